"""The product's version, and what CHANGELOG.md says of it."""

import re
from pathlib import Path
from typing import Final

from bbws_packaging.errors import PackagingError

_VERSION: Final = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


def version_of(repository: Path) -> str:
    """The version in its one place, `shared/src/bbws_shared/version.py`."""
    file = repository / "shared" / "src" / "bbws_shared" / "version.py"
    found = _VERSION.search(file.read_text())
    if found is None:
        raise PackagingError(f"{file} has no __version__.")
    return found[1]


def notes_of(changelog: Path, version: str) -> str:
    """The section of a version in a changelog as Keep a Changelog has it, without its heading.

    Raises:
        PackagingError: There is none, or it is empty; the text says what to write.
    """
    heading = re.compile(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}$", re.MULTILINE)
    text = changelog.read_text()
    found = heading.search(text)
    if found is None:
        raise PackagingError(
            f"{changelog.name} has no section '## [{version}] - YYYY-MM-DD'; move what is under "
            "'## [Unreleased]' there, with the day of the release."
        )
    notes = re.split(r"^## |^\[[^\]]+\]: ", text[found.end() :], maxsplit=1, flags=re.MULTILINE)[0]
    if not notes.strip():
        raise PackagingError(f"The section {version} of {changelog.name} is empty.")
    return notes.strip() + "\n"
