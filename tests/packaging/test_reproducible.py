import hashlib
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

Build = Callable[..., subprocess.CompletedProcess[str]]

REPOSITORY = Path(__file__).resolve().parents[2]
LONG_AGO = 1_000_000_000


def test_folder_umask_zone_locale_and_times_of_the_sources_do_not_change_a_byte(
    build: Build, checkout: Callable[[str], Path], packages: Callable[[str], Path]
) -> None:
    elsewhere = checkout("another folder with a longer name")
    for file in elsewhere.rglob("*"):
        if file.is_file():
            os.utime(file, (LONG_AGO, LONG_AGO))
            file.chmod(0o700 if file.suffix == ".sh" else 0o600)

    # Its dependencies are installed anew: the folder has no .build of an earlier one.
    built = build(
        elsewhere,
        "build_service.sh",
        "async-processor",
        umask=0o077,
        TZ="Pacific/Auckland",
        LC_ALL="C.UTF-8",
        PYTHONHASHSEED="7",
    )

    assert built.returncode == 0, built.stderr
    other = elsewhere / "async-processor" / "dist" / "lambda.zip"
    here = packages("arm64") / "async-processor" / "lambda.zip"
    assert other.read_bytes() == here.read_bytes()


def test_md5sums_is_what_md5sum_checks(packages: Callable[[str], Path]) -> None:
    folder = packages("native") / "sites-service"
    digest = hashlib.md5((folder / "lambda.zip").read_bytes(), usedforsecurity=False).hexdigest()
    assert (folder / "MD5SUMS").read_text() == f"{digest}  lambda.zip\n"


def test_entries_are_sorted_and_have_one_time_and_one_mode(packages: Callable[[str], Path]) -> None:
    with zipfile.ZipFile(packages("native") / "sites-service" / "lambda.zip") as bundle:
        entries = bundle.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}


def test_source_date_epoch_sets_the_time(build: Build, tmp_path: Path) -> None:
    built = build(
        REPOSITORY,
        "build_service.sh",
        "templates-service",
        ARCH="native",
        DIST=str(tmp_path),
        SOURCE_DATE_EPOCH="1700000000",
    )
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(tmp_path / "templates-service" / "lambda.zip") as bundle:
        assert bundle.infolist()[0].date_time == (2023, 11, 14, 22, 13, 20)
