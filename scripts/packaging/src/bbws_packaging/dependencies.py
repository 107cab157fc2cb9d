"""Installs a function's dependencies for its platform, once for every function that has the same."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath
from typing import Final

from bbws_packaging.bytecode import compiled, compiled_name
from bbws_packaging.errors import PackagingError
from bbws_packaging.platforms import PYTHON_VERSION, Platform
from bbws_packaging.requirements import normalized, pins_in

_FORM: Final = "compiled-1"
"""Changes when a set's files are prepared in another way, so that older sets are not taken."""


def installed(
    requirements: Sequence[str], constraints: Path, platform: Platform, cache: Path
) -> Path:
    """The folder holding the dependencies, installed now unless an earlier build left it.

    Args:
        requirements: Projects by name.
        constraints: File with every version, those of indirect dependencies too.
        platform: What the wheels must run on.
        cache: Folder of installed dependency sets. Sets in it are complete and never altered.

    Raises:
        PackagingError: A wheel is missing for the platform, or a dependency has no pin.
    """
    wanted = sorted({normalized(name): name for name in requirements}.values(), key=normalized)
    ready = cache / _key(wanted, constraints, platform)
    if ready.is_dir():
        return ready
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="installing-", dir=cache) as scratch:
        target = Path(scratch, "dependencies")
        _pip_install(wanted, constraints, platform, target)
        _refuse_unpinned(target, constraints)
        _compile(target)
        _publish(target, ready)
    return ready


def _compile(target: Path) -> None:
    """Lay the compiled form beside every module of the dependencies."""
    for module in sorted(target.rglob("*.py")):
        inside = PurePosixPath(module.relative_to(target).as_posix())
        with suppress(SyntaxError):  # a template or an example, which nobody imports
            content = compiled(inside, module.read_bytes())
            file = target / compiled_name(inside)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)


def _key(requirements: Sequence[str], constraints: Path, platform: Platform) -> str:
    pins = sorted(pins_in(constraints).items())
    inputs = json.dumps([_FORM, requirements, pins, platform.wheel_tags, PYTHON_VERSION])
    return f"{platform.arch}-{hashlib.sha256(inputs.encode()).hexdigest()[:16]}"


def _publish(target: Path, ready: Path) -> None:
    """A rename is whole or not at all, so neither a crash nor a second build leaves half a set."""
    try:
        target.rename(ready)
    except OSError:
        if not ready.is_dir():
            raise
        shutil.rmtree(target)


def _pip_install(
    requirements: Sequence[str], constraints: Path, platform: Platform, target: Path
) -> None:
    if importlib.util.find_spec("pip") is None:
        raise PackagingError(f"{sys.executable} has no pip; `make venv` makes a .venv that has.")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-compile"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON_VERSION]
    command += [argument for tag in platform.wheel_tags for argument in ("--platform", tag)]
    command += ["--constraint", str(constraints), "--target", str(target), *requirements]
    # A virtual environment being compulsory, or another target, would be the developer's setting
    # for installing into an interpreter; this installs into a folder.
    environment = {
        k: v for k, v in os.environ.items() if k not in {"PIP_REQUIRE_VIRTUALENV", "PIP_USER"}
    }
    pip = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if pip.returncode:
        complaints = [line for line in pip.stderr.splitlines() if line.startswith("ERROR")]
        raise PackagingError(
            f"The dependencies cannot be installed for {platform.arch}, CPython {PYTHON_VERSION}. "
            "Only wheels are taken; a version without one for "
            f"{' or '.join(platform.wheel_tags)} needs another pin in {constraints.name}.\n"
            + "\n".join(complaints or pip.stderr.splitlines()[-10:])
        )


def _refuse_unpinned(target: Path, constraints: Path) -> None:
    pins = pins_in(constraints)
    unpinned = sorted(
        distribution.name
        for distribution in distributions(path=[str(target)])
        if pins.get(normalized(distribution.name)) != distribution.version
    )
    if unpinned:
        raise PackagingError(
            f"No pin in {constraints.name} for {', '.join(unpinned)}; run `make lock`, so that every "
            "build takes the same version."
        )
