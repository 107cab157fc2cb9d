"""What a release is made of, and that it never changes."""

import os
import subprocess
from pathlib import Path

import pytest

from workflows.described import ROOT

FILES = ("sites-service.zip", "MD5SUMS", "sbom.cdx.json", "NOTES.md")
GH = """#!/bin/bash
echo "gh $*" >> "$GH_CALLS"
[[ "$1 $2" != "release view" || -n $GH_HAS_IT ]]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "release"
    made.mkdir()
    for name in FILES:
        (made / name).write_text(name)
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(0o755)
    return made


def run(
    folder: Path, program: str, *arguments: object, **variables: str
) -> tuple[int, str, list[str]]:
    """Exit status, what was printed, and the calls of gh."""
    calls = folder.parent / "calls"
    ran = subprocess.run(
        [ROOT / "scripts" / program, *map(str, arguments)],
        env={
            "PATH": f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "GH_CALLS": str(calls),
            "GH_HAS_IT": "",
            **variables,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout, calls.read_text().splitlines() if calls.exists() else []


def test_a_release_is_published_only_when_it_is_whole(folder: Path) -> None:
    status, _, calls = run(folder, "publish_release", "v1.0.0", folder)
    assert status == 0
    create, edit = calls[1:]
    assert create.startswith("gh release create v1.0.0 ")
    for name in FILES[:3]:
        assert f"{folder / name} " in create
    assert " --draft --verify-tag --title v1.0.0 --notes-file " in create
    assert edit == "gh release edit v1.0.0 --draft=false"


def test_a_version_with_a_suffix_is_a_prerelease(folder: Path) -> None:
    _, _, calls = run(folder, "publish_release", "v1.0.0-rc.1", folder)
    assert calls[1].endswith(" --prerelease")


def test_a_release_that_exists_is_left_as_it_is(folder: Path) -> None:
    status, said, calls = run(folder, "publish_release", "v1.0.0", folder, GH_HAS_IT="1")
    assert status == 1
    assert "the release v1.0.0 exists already" in said
    assert calls == ["gh release view v1.0.0"]


@pytest.mark.parametrize("missing", FILES)
def test_a_release_without_one_of_its_files_is_not_made(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    status, said, calls = run(folder, "publish_release", "v1.0.0", folder)
    assert status == 1
    assert "error: there is no" in said
    assert calls == []


@pytest.mark.parametrize("program", ["publish_release", "fetch_release"])
def test_wrong_usage_shows_how_it_is_used(folder: Path, program: str) -> None:
    status, said, _ = run(folder, program, "v1.0.0")
    assert status == 2
    assert said.startswith(f"Usage: scripts/{program} VERSION FOLDER")
    assert run(folder, program, "--help")[0] == 0


def test_only_the_files_of_a_release_are_downloaded(folder: Path) -> None:
    status, _, calls = run(folder, "fetch_release", "v1.0.0", folder)
    assert status == 0
    assert calls == [
        f"gh release download v1.0.0 --dir {folder} --clobber --pattern *.zip --pattern MD5SUMS "
        "--pattern *.cdx.json"
    ]


@pytest.mark.parametrize("version", ["1.0.0", "latest", "v1", "v1.0.0/../.."])
def test_what_is_no_version_is_not_asked_for(folder: Path, version: str) -> None:
    status, said, calls = run(folder, "fetch_release", version, folder)
    assert status == 2
    assert "a version is written like v1.0.5" in said
    assert calls == []
