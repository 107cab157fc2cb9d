"""The files of a release (scripts/build_release makes them): are they what they claim to be?"""

import base64
import hashlib
import re
import shutil
import zipfile
from pathlib import Path
from typing import Final

from bbws_operations.environment import SERVICES
from bbws_operations.errors import Failure

MD5SUMS: Final = "MD5SUMS"
ARCHIVES: Final = {service: f"{service}.zip" for service in SERVICES}
"""The file of each service in a release."""
_PACKAGE: Final = Path("dist", "lambda.zip")
_VERSION_FILE: Final = "bbws_shared/version.py"
_VERSION: Final = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
_SUM: Final = re.compile(r"^([0-9a-f]{32}) [ *](\S+)$")
_TAG: Final = re.compile(r"v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)")


def version_of_tag(tag: str) -> str:
    """`1.0.5` of the artifact version `v1.0.5`. Failure when it is none."""
    found = _TAG.fullmatch(tag)
    if found is None:
        raise Failure(f"The artifact version is written like v1.0.5, not {tag!r}.")
    return found[1]


def verify_checksums(folder: Path) -> list[str]:
    """Hold every file that MD5SUMS names to its sum; the names.

    Raises:
        Failure: MD5SUMS is missing or has not the four packages, a file is missing or is another.
    """
    sums = _sums(folder / MD5SUMS)
    if unnamed := sorted(set(ARCHIVES.values()) - sums.keys()):
        raise Failure(f"{MD5SUMS} does not name {', '.join(unnamed)}: this is no whole release.")
    wrong = []
    for name, expected in sums.items():
        file = folder / name
        if not file.is_file():
            wrong.append(f"{name} is missing")
        elif (
            seen := hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
        ) != expected:
            wrong.append(f"{name} has the MD5 {seen}, and {MD5SUMS} says {expected}")
    if wrong:
        raise Failure(
            f"The artifacts in {folder} are not those of the release: {'; '.join(wrong)}."
        )
    return list(sums)


def _sums(file: Path) -> dict[str, str]:
    if not file.is_file():
        raise Failure(f"There is no {file}; scripts/fetch_release downloads a release.")
    sums = {}
    for line in file.read_text().splitlines():
        found = _SUM.fullmatch(line)
        if found is None or Path(found[2]).name != found[2]:
            raise Failure(f"{file} has the line {line!r}; each must be an MD5 and a file's name.")
        sums[found[2]] = found[1]
    return sums


def version_in(archive: Path) -> str:
    """The product's version in a package. Failure when it has none, or is no ZIP."""
    try:
        with zipfile.ZipFile(archive) as package:
            found = _VERSION.search(package.read(_VERSION_FILE).decode())
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise Failure(f"{archive} is no package of this service: {error}.") from error
    if found is None:
        raise Failure(f"{archive} has no version in {_VERSION_FILE}.")
    return found[1]


def verify_versions(folder: Path, version: str) -> None:
    """Every package is of this version. Failure when one is not."""
    versions = {name: version_in(folder / name) for name in ARCHIVES.values()}
    if other := {name: found for name, found in versions.items() if found != version}:
        named = ", ".join(f"{name} is {found}" for name, found in other.items())
        raise Failure(f"The artifacts are not of version {version}: {named}.")


def code_sha256(archive: Path) -> str:
    """A package's SHA-256, as Lambda gives it for the code that runs."""
    return base64.b64encode(hashlib.sha256(archive.read_bytes()).digest()).decode()


def package_in(root: Path, service: str) -> Path:
    """Where Terraform looks for a service's package in a checkout."""
    return root / service / _PACKAGE


def lay_out(folder: Path, root: Path) -> None:
    """Put a release's packages where Terraform looks for them, over those of a build."""
    for service, name in ARCHIVES.items():
        package = package_in(root, service)
        package.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, package)
