"""The command behind scripts/build_release: the files of a release, and its notes."""

import argparse
import hashlib
import shutil
import sys
from pathlib import Path
from typing import Final

from bbws_packaging import __main__ as packages
from bbws_packaging.build import ARCHIVE_NAME
from bbws_packaging.changelog import notes_of, version_of
from bbws_packaging.errors import PackagingError
from bbws_packaging.sbom import bill_of_materials
from bbws_packaging.services import SERVICES

_REPOSITORY: Final = Path(__file__).resolve().parents[4]
SBOM: Final = "sbom.cdx.json"
NOTES: Final = "NOTES.md"
"""What the release says of itself; no file of it."""


def main(arguments: list[str]) -> int:
    """Build; the exit status is 1 when version, changelog and tag do not agree, or a build fails."""
    parser = argparse.ArgumentParser(prog="scripts/build_release", description=main.__doc__)
    parser.add_argument(
        "folder", type=Path, help="where the files are put; it must be new or empty"
    )
    parser.add_argument("--tag", help="the release's tag, v1.0.5, which must be the version's")
    given = parser.parse_args(arguments)
    try:
        version = _agreed_version(given.tag)
        notes = notes_of(_REPOSITORY / "CHANGELOG.md", version)
        _refuse_used(given.folder)
        if status := packages.main([]):
            return status
        _gather(given.folder, version)
        (given.folder / NOTES).write_text(notes)
    except PackagingError as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return 1
    print(
        f"{version} is in {given.folder}: {', '.join(sorted(f.name for f in given.folder.iterdir()))}"
    )
    return 0


def _agreed_version(tag: str | None) -> str:
    version = version_of(_REPOSITORY)
    if tag is not None and tag != f"v{version}":
        raise PackagingError(
            f"The tag is {tag}, and the version in shared/src/bbws_shared/version.py is {version}."
        )
    return version


def _refuse_used(folder: Path) -> None:
    """A file of an earlier release must not get into this one."""
    if folder.exists() and any(folder.iterdir()):
        raise PackagingError(f"{folder} is not empty.")


def _gather(folder: Path, version: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    archives = {}
    for service in SERVICES:
        archives[service.name] = folder / f"{service.name}.zip"
        built = _REPOSITORY / service.name / "dist" / ARCHIVE_NAME
        shutil.copyfile(built, archives[service.name])
    (folder / SBOM).write_text(bill_of_materials(archives, version))
    files = sorted([*archives.values(), folder / SBOM])
    sums = (
        f"{hashlib.md5(f.read_bytes(), usedforsecurity=False).hexdigest()}  {f.name}\n"
        for f in files
    )
    (folder / "MD5SUMS").write_text("".join(sums))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
