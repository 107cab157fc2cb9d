"""Writes ZIP files whose bytes depend on names and contents alone."""

import hashlib
import os
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bbws_packaging.errors import PackagingError

_EARLIEST: Final = 315_532_800  # 1980-01-01T00:00:00Z, the first moment a ZIP can express
_DEFLATE_LEVEL: Final = 9
_FILE_MODE: Final = 0o100644
_UNIX: Final = 3


def write_zip(files: Mapping[str, bytes], archive: Path) -> None:
    """Write the files in the order of their names, with one time and one mode for all.

    The time is 1980-01-01, or `SOURCE_DATE_EPOCH` (seconds) where the environment sets it
    (reproducible-builds.org/specs/source-date-epoch). Mode 0644 lets Lambda's user read whatever
    the umask of the build was; shared objects and modules need no execute bit. The archive appears
    at its place only when it is complete.
    """
    unfinished = archive.with_name(f".{archive.name}.{os.getpid()}")
    moment = _moment()
    try:
        with zipfile.ZipFile(unfinished, "w") as bundle:
            for name in sorted(files):
                bundle.writestr(
                    _entry(name, moment),
                    files[name],
                    compress_type=zipfile.ZIP_DEFLATED,
                    compresslevel=_DEFLATE_LEVEL,
                )
        unfinished.replace(archive)
    finally:
        unfinished.unlink(missing_ok=True)


def write_md5sums(archive: Path) -> str:
    """Write `MD5SUMS` beside the archive, in the form `md5sum --check` reads.

    Returns:
        The archive's MD5 in hexadecimal.
    """
    digest = hashlib.md5(archive.read_bytes(), usedforsecurity=False).hexdigest()
    archive.with_name("MD5SUMS").write_text(f"{digest}  {archive.name}\n")
    return digest


def _moment() -> tuple[int, int, int, int, int, int]:
    given = os.environ.get("SOURCE_DATE_EPOCH") or str(_EARLIEST)
    if not given.isdecimal():
        raise PackagingError(f"SOURCE_DATE_EPOCH is {given!r}; it must be a number of seconds.")
    utc = time.gmtime(max(int(given), _EARLIEST))
    return utc.tm_year, utc.tm_mon, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec


def _entry(name: str, moment: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=moment)
    entry.create_system = _UNIX
    entry.external_attr = _FILE_MODE << 16
    return entry
