"""What an execution environment starts from: the unpacked ZIP and the runtime folder."""

import hashlib
import importlib.metadata
import importlib.util
import shutil
import tempfile
import time
import zipfile
from pathlib import Path

_KEPT_SECONDS = 24 * 60 * 60
# awslambdaric and what it imports; nothing else of the developer's site-packages may be seen.
_RUNTIME_MODULES = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")


def unpack(package: Path, name: str, tasks_directory: Path) -> Path:
    """The task root of a ZIP, `{tasks_directory}/{name}-{md5}`; unpacked once per content.

    Raises FileNotFoundError or zipfile.BadZipFile when the package is no usable ZIP.
    """
    digest = hashlib.md5(package.read_bytes(), usedforsecurity=False).hexdigest()
    task_root = tasks_directory / f"{name}-{digest}"
    if not task_root.is_dir():
        tasks_directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=tasks_directory) as scratch:
            content = Path(scratch) / "content"
            with zipfile.ZipFile(package) as archive:
                archive.extractall(content)
            _move_into_place(content, task_root)
        _forget_old(tasks_directory, name, task_root)
    return task_root


def _forget_old(tasks_directory: Path, name: str, current: Path) -> None:
    """Remove what earlier packages left; not what another stack may have started from today."""
    for folder in tasks_directory.glob(f"{name}-*"):
        if folder != current and time.time() - folder.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def runtime_directory(parent: Path) -> Path:
    """A folder with the AWS Lambda Runtime Interface Client alone, as `/var/runtime` holds it."""
    folder = parent / f"awslambdaric-{importlib.metadata.version('awslambdaric')}"
    if not folder.is_dir():
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent) as scratch:
            content = Path(scratch) / "content"
            content.mkdir()
            for module in _RUNTIME_MODULES:
                _copy_module(module, content)
            _move_into_place(content, folder)
    return folder


def _copy_module(name: str, folder: Path) -> None:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed; install awslambdaric")
    origin = Path(found.origin)
    if origin.name == "__init__.py":
        shutil.copytree(
            origin.parent, folder / name, ignore=shutil.ignore_patterns("__pycache__", "tests")
        )
    else:
        shutil.copy2(origin, folder / origin.name)


def _move_into_place(content: Path, target: Path) -> None:
    try:
        content.rename(target)
    except OSError:
        # Another process unpacked the same content first.
        if not target.is_dir():
            raise
