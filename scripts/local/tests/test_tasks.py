"""What processes start from: the unpacked package and the runtime folder."""

import os
import time
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import pytest

from bbws_local.tasks import runtime_directory, unpack


def _package(folder: Path, text: str) -> Path:
    package = folder / "lambda.zip"
    with ZipFile(package, "w") as archive:
        archive.writestr("sites/handler.py", text)
    return package


def test_a_package_is_unpacked(tmp_path: Path) -> None:
    root = unpack(_package(tmp_path, "one"), "sites-service", tmp_path / "tasks")

    assert (root / "sites" / "handler.py").read_text() == "one"
    assert root.name.startswith("sites-service-")
    assert list((tmp_path / "tasks").iterdir()) == [root]


def test_equal_packages_are_unpacked_once(tmp_path: Path) -> None:
    package = _package(tmp_path, "one")
    root = unpack(package, "sites-service", tmp_path / "tasks")
    (root / "mark").touch()

    assert unpack(package, "sites-service", tmp_path / "tasks") == root
    assert (root / "mark").exists()


def test_a_changed_package_gets_a_folder_of_its_own_beside_one_in_use(tmp_path: Path) -> None:
    first = unpack(_package(tmp_path, "one"), "sites-service", tmp_path / "tasks")
    second = unpack(_package(tmp_path, "two"), "sites-service", tmp_path / "tasks")

    assert first != second
    assert (first / "sites" / "handler.py").read_text() == "one"
    assert (second / "sites" / "handler.py").read_text() == "two"


def test_what_is_older_than_a_day_is_removed_for_the_same_name_only(tmp_path: Path) -> None:
    tasks = tmp_path / "tasks"
    package = _package(tmp_path, "one")
    old, other = unpack(package, "sites-service", tasks), unpack(package, "plugins-service", tasks)
    yesterday = time.time() - 25 * 3600
    for folder in (old, other):
        os.utime(folder, (yesterday, yesterday))
    new = unpack(_package(tmp_path, "two"), "sites-service", tasks)

    assert set(tasks.iterdir()) == {new, other}


def test_what_is_no_package_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = tmp_path / "lambda.zip"
    broken.write_bytes(b"no zip")

    with pytest.raises(BadZipFile):
        unpack(broken, "sites-service", tmp_path / "tasks")
    with pytest.raises(FileNotFoundError):
        unpack(tmp_path / "missing.zip", "sites-service", tmp_path / "tasks")
    assert list((tmp_path / "tasks").iterdir()) == []


def test_the_runtime_folder_has_the_runtime_client_and_nothing_else(tmp_path: Path) -> None:
    folder = runtime_directory(tmp_path / "runtime")

    names = {entry.name.partition(".")[0] for entry in folder.iterdir()}
    assert names == {"awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"}
    assert not list(folder.rglob("__pycache__"))


def test_the_runtime_folder_is_made_once(tmp_path: Path) -> None:
    folder = runtime_directory(tmp_path)
    (folder / "mark").touch()

    assert runtime_directory(tmp_path) == folder
    assert (folder / "mark").exists()
