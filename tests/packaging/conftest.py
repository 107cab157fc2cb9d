"""Builds packages of this repository with the commands the runbook names, in folders of the tests' own."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bbws_packaging.platforms import platform_named

REPOSITORY = Path(__file__).resolve().parents[2]
BUILT_FROM = (
    "constraints.txt",
    "scripts/build_all.sh",
    "scripts/build_service.sh",
    "scripts/packaging",
    "shared",
    "sites-service",
    "templates-service",
    "plugins-service",
    "async-processor",
)

Build = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.packaging)
            item.add_marker(pytest.mark.timeout(300))  # pip may have to download every wheel


@pytest.fixture(scope="session")
def build() -> Build:
    """Runs a script of a repository's scripts folder; environment variables are keywords."""

    def run(
        repository: Path, script: str, *arguments: str, umask: int = -1, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [repository / "scripts" / script, *arguments],
            env={**os.environ, "PYTHON": sys.executable, **environment},
            umask=umask,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def checkout(tmp_path: Path) -> Callable[[str], Path]:
    """Makes another checkout of what packages are built from, with times of its own."""

    def copy(name: str) -> Path:
        left_out = shutil.ignore_patterns("dist", "__pycache__", ".*_cache", "*.egg-info")
        for entry in BUILT_FROM:
            source, target = REPOSITORY / entry, tmp_path / name / entry
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                # copyfile, not copy2: the files are as new as a fresh clone's.
                shutil.copytree(source, target, ignore=left_out, copy_function=shutil.copy)
            else:
                shutil.copy(source, target)
        return tmp_path / name

    return copy


@pytest.fixture(scope="session")
def packages(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder with every service's package for an architecture, built once."""
    folders: dict[str, Path] = {}

    def built(arch: str) -> Path:
        arch = platform_named(arch).arch
        if arch not in folders:
            folder = tmp_path_factory.mktemp(arch)
            result = build(REPOSITORY, "build_all.sh", ARCH=arch, DIST=str(folder))
            assert result.returncode == 0, result.stderr
            folders[arch] = folder
        return folders[arch]

    return built


@pytest.fixture
def unzipped(packages: Callable[[str], Path], tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A service's package for this machine's processor, unzipped as Lambda does."""

    def extract(service: str) -> Path:
        folder = tmp_path / service
        with zipfile.ZipFile(packages("native") / service / "lambda.zip") as bundle:
            bundle.extractall(folder)
        return folder

    yield extract
    shutil.rmtree(tmp_path)
