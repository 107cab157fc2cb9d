"""The files of a release: whole, of one version, with notes, and with a bill of what is in them."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bbws_packaging.changelog import notes_of
from bbws_packaging.errors import PackagingError
from bbws_packaging.services import SERVICES

type Build = Callable[..., "subprocess.CompletedProcess[str]"]

REPOSITORY = Path(__file__).resolve().parents[2]
ARCHIVES = [f"{service.name}.zip" for service in SERVICES]
CHANGELOG = """# Changelog

## [Unreleased]

## [1.0.1] - 2026-02-01

### Fixed

- A thing.

## [1.0.0] - 2026-01-25

- All.

[1.0.0]: https://example.com
"""


@pytest.fixture
def release_checkout(checkout: Callable[[str], Path]) -> Path:
    """A checkout whose version is 1.0.1, and in which the packages are installed already."""
    made = checkout("release")
    shutil.copy(REPOSITORY / "scripts" / "build_release", made / "scripts")
    (made / ".venv").symlink_to(REPOSITORY / ".venv")
    cache = REPOSITORY / ".build" / "dependencies"
    if cache.is_dir():
        (made / ".build").mkdir()
        (made / ".build" / "dependencies").symlink_to(cache)
    (made / "shared/src/bbws_shared/version.py").write_text('__version__ = "1.0.1"\n')
    (made / "CHANGELOG.md").write_text(CHANGELOG)
    return made


@pytest.fixture
def released(release_checkout: Path, build: Build, tmp_path: Path) -> Path:
    """Its release."""
    folder = tmp_path / "files"
    result = build(release_checkout, "build_release", str(folder), "--tag", "v1.0.1")
    assert result.returncode == 0, result.stderr
    return folder


def test_a_release_has_the_packages_their_sums_the_bill_and_the_notes(released: Path) -> None:
    assert sorted(file.name for file in released.iterdir()) == sorted(
        [*ARCHIVES, "MD5SUMS", "NOTES.md", "sbom.cdx.json"]
    )
    assert (released / "NOTES.md").read_text() == "### Fixed\n\n- A thing.\n"
    lines = (released / "MD5SUMS").read_text().splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    assert sorted(sums) == sorted([*ARCHIVES, "sbom.cdx.json"])
    for name, expected in sums.items():
        content = (released / name).read_bytes()
        assert hashlib.md5(content, usedforsecurity=False).hexdigest() == expected
    assert_bill_is_of(released)


def assert_bill_is_of(released: Path) -> None:
    """It is CycloneDX, and says what is in each ZIP, with the ZIP's SHA-256."""
    text = (released / "sbom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    assert bill["metadata"]["component"]["version"] == "1.0.1"
    components = {one["bom-ref"]: one for one in bill["components"]}
    depends = {one["ref"]: set(one.get("dependsOn", [])) for one in bill["dependencies"]}
    for service in SERVICES:
        archive = released / f"{service.name}.zip"
        (digest,) = components[service.name]["hashes"]
        assert digest == {
            "alg": "SHA-256",
            "content": hashlib.sha256(archive.read_bytes()).hexdigest(),
        }
        assert {ref.partition("?")[0] for ref in depends[service.name]} == _inside(archive)
    assert all(one.get("licenses") for one in components.values() if one["type"] == "library")


def _inside(archive: Path) -> set[str]:
    """The libraries whose metadata a package holds, as package URLs."""
    found = set()
    with zipfile.ZipFile(archive) as package:
        for name in package.namelist():
            if name.endswith(".dist-info/METADATA"):
                fields: Any = HeaderParser().parsestr(package.read(name).decode())
                project = fields["Name"].lower().replace("_", "-").replace(".", "-")
                found.add(f"pkg:pypi/{project}@{fields['Version']}")
    return found


def test_a_tag_of_another_version_makes_no_release(
    release_checkout: Path, build: Build, tmp_path: Path
) -> None:
    result = build(release_checkout, "build_release", str(tmp_path / "files"), "--tag", "v1.0.2")
    assert result.returncode == 1
    assert "The tag is v1.0.2, and the version in shared/src/bbws_shared/version.py is 1.0.1." in (
        result.stderr
    )
    assert not (tmp_path / "files").exists()


def test_a_version_without_notes_makes_no_release(
    release_checkout: Path, build: Build, tmp_path: Path
) -> None:
    (release_checkout / "CHANGELOG.md").write_text(CHANGELOG.replace("[1.0.1]", "[1.0.2]"))
    result = build(release_checkout, "build_release", str(tmp_path / "files"))
    assert result.returncode == 1
    assert "CHANGELOG.md has no section '## [1.0.1] - YYYY-MM-DD'" in result.stderr


def test_a_folder_that_is_in_use_is_left_alone(
    release_checkout: Path, build: Build, tmp_path: Path
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "old.zip").touch()
    result = build(release_checkout, "build_release", str(tmp_path / "files"))
    assert result.returncode == 1
    assert "is not empty" in result.stderr


def test_the_notes_are_the_versions_own(tmp_path: Path) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(CHANGELOG)
    assert notes_of(changelog, "1.0.0") == "- All.\n"
    changelog.write_text("## [1.0.0] - 2026-01-25\n\n## [0.9.0] - 2026-01-01\n\n- Old.\n")
    with pytest.raises(PackagingError, match="is empty"):
        notes_of(changelog, "1.0.0")
