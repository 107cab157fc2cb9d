"""The functions' ZIPs for this machine: built when they are missing or older than their sources."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from bbws_local.specification import SERVICES

_COMMON_INPUTS: Final = ("shared/src", "shared/pyproject.toml", "constraints.txt")
_BUILD_INPUTS: Final = ("scripts/packaging/src",)


class BuildFailed(Exception):
    """A package could not be built; the text is the build's last words."""


def ensure_packages(root: Path, say: Callable[[str], None]) -> Mapping[str, Path]:
    """The ZIP of each service, `{root}/.local/packages/{service}/lambda.zip`.

    Raises:
        BuildFailed: with what the build printed.
    """
    folder = root / ".local" / "packages"
    stale = [service for service in SERVICES if not _is_fresh(root, folder, service)]
    if stale:
        say(f"building {', '.join(stale)}")
        with ThreadPoolExecutor(max_workers=2) as builders:
            for _ in builders.map(lambda service: _build(root, folder, service), stale):
                pass
    return {service: _package(folder, service) for service in SERVICES}


def _package(folder: Path, service: str) -> Path:
    return folder / service / "lambda.zip"


def _record(folder: Path, service: str) -> Path:
    return folder / service / "inputs.sha256"


def _is_fresh(root: Path, folder: Path, service: str) -> bool:
    record = _record(folder, service)
    return (
        _package(folder, service).is_file()
        and record.is_file()
        and record.read_text() == _digest(root, service)
    )


def _build(root: Path, folder: Path, service: str) -> None:
    digest = _digest(root, service)
    built = subprocess.run(
        [str(root / "scripts" / "build_service.sh"), service],
        env={**os.environ, "ARCH": "native", "DIST": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        raise BuildFailed(f"{service} could not be built:\n{built.stdout}{built.stderr}".strip())
    _record(folder, service).write_text(digest)


def _digest(root: Path, service: str) -> str:
    """What the bytes of a package depend on, as one hexadecimal SHA-256."""
    own = (f"{service}/src", f"{service}/requirements.txt")
    digest = hashlib.sha256()
    for name in (*_COMMON_INPUTS, *_BUILD_INPUTS, *own):
        for file in _files(root / name):
            digest.update(f"{file.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        found = (f for f in path.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
        yield from sorted(found)
