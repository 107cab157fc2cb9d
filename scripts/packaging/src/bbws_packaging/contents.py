"""Decides which files a package holds."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from bbws_packaging.bytecode import compiled, compiled_name

# Stubs and C sources serve a developer, not a function.
_LEFT_OUT_SUFFIXES: Final = frozenset({".c", ".h", ".pyi", ".pyo", ".pyx"})
_LEFT_OUT_FOLDERS: Final = frozenset({"bin", "test", "tests"})

# Of a wheel's metadata stay METADATA, by which Amazon Inspector (and importlib.metadata) recognises
# a dependency and its version, and the licence texts, which must travel with every copy.
_KEPT_METADATA: Final = ("METADATA", "LICENSE", "LICENCE", "NOTICE", "COPYING", "AUTHORS")

# What every client loads from botocore/data besides the definition of its API.
_COMMON_BOTOCORE_DATA: Final = frozenset(
    {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
)


def source_files(package: Path) -> dict[str, bytes]:
    """The files of one of our own packages, by their path in the ZIP, with their compiled form.

    A developer's own `__pycache__` is left alone: its files know this machine's paths and times.
    """
    files: dict[str, bytes] = {}
    for found, file in _files(package):
        if not _is_runtime_file(found) or found.suffix == ".pyc":
            continue
        inside, content = PurePosixPath(package.name, found), file.read_bytes()
        files[str(inside)] = content
        if inside.suffix == ".py":
            files[str(compiled_name(inside))] = compiled(inside, content)
    return files


def dependency_files(installed: Path, aws_apis: frozenset[str]) -> dict[str, bytes]:
    """The files of the installed dependencies that a function calling these APIs can need."""
    return {
        str(inside): file.read_bytes()
        for inside, file in _files(installed)
        if _is_runtime_file(inside)
        and _is_kept_metadata(inside)
        and _is_needed_aws_data(inside, aws_apis)
    }


def _files(folder: Path) -> Iterator[tuple[PurePosixPath, Path]]:
    for file in folder.rglob("*"):
        if file.is_file():
            yield PurePosixPath(file.relative_to(folder).as_posix()), file


def _is_runtime_file(inside: PurePosixPath) -> bool:
    folders = inside.parts[:-1]
    return not (
        inside.suffix in _LEFT_OUT_SUFFIXES
        or inside.name.startswith(".")
        or any(folder in _LEFT_OUT_FOLDERS or folder.endswith("-stubs") for folder in folders)
    )


def _is_kept_metadata(inside: PurePosixPath) -> bool:
    return not inside.parts[0].endswith(".dist-info") or inside.name.startswith(_KEPT_METADATA)


def _is_needed_aws_data(inside: PurePosixPath, aws_apis: frozenset[str]) -> bool:
    match inside.parts:
        case ("botocore", "data", api, *_, file):
            return api in aws_apis and not file.startswith("examples-")
        case ("botocore", "data", file):
            return file in _COMMON_BOTOCORE_DATA
        # Definitions of boto3's resources; the functions use clients only.
        case ("boto3", "data" | "examples", *_):
            return False
        case _:
            return True
