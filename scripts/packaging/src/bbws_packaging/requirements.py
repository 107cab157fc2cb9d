"""Reads requirement files, constraints and project metadata."""

import re
import tomllib
from pathlib import Path

from bbws_packaging.errors import PackagingError

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;#]+)")


def normalized(name: str) -> str:
    """A project's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named_in(requirements: Path) -> list[str]:
    """The projects a requirements file names itself, without its options (`-c`, `-r`, `-e`)."""
    lines = (
        re.sub(r"(^|\s)#.*", "", line).strip() for line in requirements.read_text().splitlines()
    )
    return [line for line in lines if line and not line.startswith("-")]


def dependencies_of(pyproject: Path) -> list[str]:
    """The run-time dependencies a project declares."""
    project = tomllib.loads(pyproject.read_text())["project"]
    return [str(dependency) for dependency in project.get("dependencies", [])]


def pins_in(constraints: Path) -> dict[str, str]:
    """Version by normalized project name.

    Raises:
        PackagingError: A line is not `name==version`.
    """
    pins: dict[str, str] = {}
    for line in named_in(constraints):
        pin = _PIN.match(line)
        if pin is None:
            raise PackagingError(
                f"{constraints.name} has {line!r}; every line must be name==version."
            )
        pins[normalized(pin["name"])] = pin["version"]
    return pins
