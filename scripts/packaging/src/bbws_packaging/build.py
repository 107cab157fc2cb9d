"""Builds one function's package."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bbws_packaging.archive import write_md5sums, write_zip
from bbws_packaging.contents import dependency_files, source_files
from bbws_packaging.dependencies import installed
from bbws_packaging.errors import PackagingError
from bbws_packaging.platforms import Platform
from bbws_packaging.requirements import dependencies_of, named_in
from bbws_packaging.services import LambdaService

ARCHIVE_NAME: Final = "lambda.zip"
# AWS docs "Lambda quotas": deployment package, unzipped, layers included.
_UNZIPPED_LIMIT_BYTES: Final = 250 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BuiltPackage:
    """A finished package: where it is, its MD5, and its sizes in bytes."""

    archive: Path
    md5: str
    zipped_bytes: int
    unzipped_bytes: int


def build_package(
    service: LambdaService, platform: Platform, repository: Path, folder: Path, cache: Path
) -> BuiltPackage:
    """Build `lambda.zip` and `MD5SUMS` of a service into a folder, over those of an earlier build.

    Raises:
        PackagingError: Sources or wheels are missing, or the package is over Lambda's limit.
    """
    files = _files(service, platform, repository, cache)
    unzipped = sum(map(len, files.values()))
    if unzipped > _UNZIPPED_LIMIT_BYTES:
        raise PackagingError(
            f"{service.name} unzips to {unzipped} bytes; Lambda takes {_UNZIPPED_LIMIT_BYTES}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / ARCHIVE_NAME
    write_zip(files, archive)
    return BuiltPackage(archive, write_md5sums(archive), archive.stat().st_size, unzipped)


def _files(
    service: LambdaService, platform: Platform, repository: Path, cache: Path
) -> Mapping[str, bytes]:
    shared = repository / "shared"
    sources = [repository / service.name / "src" / service.package, shared / "src" / "bbws_shared"]
    for package in sources:
        if not (package / "__init__.py").is_file():
            raise PackagingError(f"{package} is not a Python package.")
    requirements = named_in(repository / service.name / "requirements.txt")
    requirements += dependencies_of(shared / "pyproject.toml")
    dependencies = installed(requirements, repository / "constraints.txt", platform, cache)
    files = dependency_files(dependencies, service.aws_apis)
    for package in sources:
        files |= source_files(package)
    return files
