"""Releases of a few bytes, in the form that scripts/build_release makes."""

import hashlib
import io
import zipfile
from pathlib import Path

from bbws_local.specification import SERVICES


def package(version: str, content: str = "") -> bytes:
    """A service's package of a version; other `content` is other code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("bbws_shared/version.py"), f'"""Ours."""\n\n__version__ = "{version}"\n'
        )
        archive.writestr(zipfile.ZipInfo("a.py"), f"# {content}\n")
    return buffer.getvalue()


def write_release(folder: Path, version: str, content: str = "") -> Path:
    """The files of a release."""
    folder.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        (folder / f"{service}.zip").write_bytes(package(version, content))
    write_sums(folder)
    return folder


def write_sums(folder: Path) -> None:
    """MD5SUMS of the packages as they are."""
    sums = (
        f"{hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()}  {file.name}\n"
        for file in sorted(folder.glob("*.zip"))
    )
    (folder / "MD5SUMS").write_text("".join(sums))


def damage(archive: Path) -> None:
    """Change one byte."""
    content = bytearray(archive.read_bytes())
    content[-30] ^= 1
    archive.write_bytes(bytes(content))
