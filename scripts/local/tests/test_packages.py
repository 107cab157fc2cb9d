"""When the functions' packages are built, in a small repository of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bbws_local.packages import BuildFailed, ensure_packages
from bbws_local.specification import SERVICES

_BUILD = """#!/bin/sh
if [ -e "$0.broken" ]; then echo "collecting $1"; echo "no such wheel" >&2; exit 1; fi
mkdir -p "$DIST/$1" && echo "$ARCH" >> "$DIST/$1/lambda.zip"
"""

type Build = Callable[[], list[str]]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    files = {
        "scripts/build_service.sh": _BUILD,
        "scripts/packaging/src/packaging.py": "",
        "shared/src/shared.py": "",
        "shared/pyproject.toml": "",
        "constraints.txt": "boto3==1",
        **{f"{service}/src/handler.py": service for service in SERVICES},
        **{f"{service}/requirements.txt": "pydantic" for service in SERVICES},
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "scripts" / "build_service.sh").chmod(0o755)
    return tmp_path


@pytest.fixture
def build(repository: Path) -> Build:
    """Ask for the packages; what was said."""

    def ensure() -> list[str]:
        said: list[str] = []
        ensure_packages(repository, said.append)
        return said

    return ensure


def test_missing_packages_are_built_for_this_machine(repository: Path) -> None:
    said: list[str] = []
    packages = ensure_packages(repository, said.append)

    assert said == [f"building {', '.join(SERVICES)}"]
    assert set(packages) == set(SERVICES)
    for service, package in packages.items():
        assert package == repository / ".local" / "packages" / service / "lambda.zip"
        assert package.read_text() == "native\n"


def test_fresh_packages_are_not_built_again(build: Build, repository: Path) -> None:
    build()

    assert build() == []
    package = repository / ".local/packages/sites-service/lambda.zip"
    assert package.read_text() == "native\n"


@pytest.mark.parametrize(
    "changed",
    [
        "sites-service/src/handler.py",
        "sites-service/src/new.py",
        "sites-service/requirements.txt",
        ".local/packages/sites-service/inputs.sha256",
    ],
)
def test_a_change_in_a_service_builds_that_service(
    build: Build, repository: Path, changed: str
) -> None:
    build()
    (repository / changed).write_text("different")

    assert build() == ["building sites-service"]
    assert build() == []


@pytest.mark.parametrize(
    "changed",
    [
        "shared/src/shared.py",
        "shared/pyproject.toml",
        "constraints.txt",
        "scripts/packaging/src/packaging.py",
    ],
)
def test_a_change_in_what_services_share_builds_all(
    build: Build, repository: Path, changed: str
) -> None:
    build()
    (repository / changed).write_text("different")

    assert build() == [f"building {', '.join(SERVICES)}"]


def test_a_removed_source_or_package_is_a_change(build: Build, repository: Path) -> None:
    build()
    (repository / "sites-service/src/handler.py").unlink()
    (repository / ".local/packages/plugins-service/lambda.zip").unlink()

    assert build() == ["building sites-service, plugins-service"]


@pytest.mark.parametrize("changed", ["README.md", "sites-service/src/__pycache__/handler.pyc"])
def test_what_packages_do_not_depend_on_builds_nothing(
    build: Build, repository: Path, changed: str
) -> None:
    build()
    file = repository / changed
    file.parent.mkdir(exist_ok=True)
    file.write_text("different")

    assert build() == []


def test_a_failed_build_says_which_and_why_and_is_tried_again(
    build: Build, repository: Path
) -> None:
    broken = repository / "scripts" / "build_service.sh.broken"
    broken.touch()

    with pytest.raises(BuildFailed) as caught:
        build()
    assert str(caught.value) == (
        "sites-service could not be built:\ncollecting sites-service\nno such wheel"
    )
    broken.unlink()
    assert build() == [f"building {', '.join(SERVICES)}"]
