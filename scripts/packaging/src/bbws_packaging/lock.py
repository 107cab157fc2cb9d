"""The command behind `make lock`: writes constraints.txt, the one place of every version."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bbws_packaging.errors import PackagingError
from bbws_packaging.requirements import dependencies_of, named_in, normalized, pins_in
from bbws_packaging.services import SERVICES

_REPOSITORY: Final = Path(__file__).resolve().parents[4]
_EVERYTHING: Final = "all"
# The repository's own projects, by name.
_PROJECTS: Final = {
    "bbws-shared": "shared",
    "bbws-local": "scripts/local",
    "bbws-cli": "scripts/cli",
}
_HEADER: Final = """\
# Every version, of run-time and development dependencies, direct and indirect. Written by `make lock`:
# it adds what a requirements file or a pyproject.toml newly names and drops what nothing needs any more;
# `make lock UPGRADE="boto3 botocore"` or `UPGRADE=all` moves versions.
"""


def main(arguments: list[str]) -> int:
    """Resolve and write; the exit status is 1 when no set of versions fits."""
    parser = argparse.ArgumentParser(prog="bbws_packaging.lock", description=__doc__)
    parser.add_argument(
        "--upgrade", nargs="*", default=[], metavar="PROJECT", help="projects to free, or all"
    )
    freed = parser.parse_args(arguments).upgrade
    constraints = _REPOSITORY / "constraints.txt"
    try:
        before = pins_in(constraints)
        after = _resolved(_requirements(), _kept(before, freed))
    except PackagingError as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return 1
    lines = (f"{name}=={version}" for name, version in sorted(after.items()))
    constraints.write_text(_HEADER + "\n".join(lines) + "\n")
    _report(before, after)
    return 0


def _requirements() -> list[str]:
    files = [_REPOSITORY / "requirements-dev.txt"]
    files += [_REPOSITORY / "scripts" / "operations" / "requirements.txt"]
    files += [_REPOSITORY / service.name / "requirements.txt" for service in SERVICES]
    named = {line for file in files for line in named_in(file)}
    for project in _PROJECTS.values():
        named.update(dependencies_of(_REPOSITORY / project / "pyproject.toml"))
    # No index has what is installed from here.
    return sorted(named - _PROJECTS.keys())


def _kept(pins: dict[str, str], freed: Iterable[str]) -> dict[str, str]:
    free = {normalized(name) for name in freed}
    if _EVERYTHING in free:
        return {}
    unknown = sorted(free - pins.keys())
    if unknown:
        raise PackagingError(f"constraints.txt has no {', '.join(unknown)} to upgrade.")
    return {name: version for name, version in pins.items() if name not in free}


def _resolved(requirements: list[str], kept: dict[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch, "constraints.txt")
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in kept.items()))
        report = Path(scratch, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"]
        command += ["--ignore-installed", "--constraint", str(constraints), "--report", str(report)]
        pip = subprocess.run(
            [*command, *requirements], stderr=subprocess.PIPE, text=True, check=False
        )
        if pip.returncode:
            raise PackagingError(f"No set of versions fits:\n{pip.stderr.strip()}")
        installs = json.loads(report.read_text())["install"]
    return {
        normalized(item["metadata"]["name"]): str(item["metadata"]["version"]) for item in installs
    }


def _report(before: dict[str, str], after: dict[str, str]) -> None:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, "new"), after.get(name, "dropped")
        if old != new:
            print(f"{name}: {old} -> {new}")
    print(f"constraints.txt: {len(after)} versions")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
