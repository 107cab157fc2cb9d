import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
Build = Callable[..., subprocess.CompletedProcess[str]]


def test_unknown_service_is_answered_with_those_there_are(build: Build) -> None:
    refused = build(REPOSITORY, "build_service.sh", "site-service")
    assert refused.returncode == 1
    assert refused.stderr == (
        "error: There is no service 'site-service'. Services: "
        "sites-service, templates-service, plugins-service, async-processor.\n"
    )


def test_unknown_architecture_is_refused(build: Build) -> None:
    refused = build(REPOSITORY, "build_service.sh", "sites-service", ARCH="sparc")
    assert refused.returncode == 1
    assert "Lambda has arm64 and x86_64" in refused.stderr


def test_another_python_is_refused_by_name(build: Build) -> None:
    refused = build(REPOSITORY, "build_service.sh", "sites-service", PYTHON="/bin/false")
    assert refused.returncode == 1
    assert "PYTHON is '/bin/false', which is not a Python 3.12 that runs" in refused.stderr


def test_dependency_without_a_wheel_is_named_and_leaves_no_package(
    build: Build, checkout: Callable[[str], Path]
) -> None:
    repository = checkout("no-wheel")
    with (repository / "constraints.txt").open("a") as constraints:
        constraints.write("no-such-project-of-ours==1.0\n")
    with (repository / "templates-service" / "requirements.txt").open("a") as requirements:
        requirements.write("no-such-project-of-ours\n")
    refused = build(repository, "build_service.sh", "templates-service")
    assert refused.returncode == 1
    assert "cannot be installed for arm64, CPython 3.12. Only wheels are taken" in refused.stderr
    assert "no-such-project-of-ours" in refused.stderr
    assert not (repository / "templates-service" / "dist").exists()


def test_dependency_without_a_pin_is_named(build: Build, checkout: Callable[[str], Path]) -> None:
    repository = checkout("no-pin")
    constraints = repository / "constraints.txt"
    pins = constraints.read_text().splitlines()
    constraints.write_text("\n".join(pin for pin in pins if not pin.startswith("six==")) + "\n")
    refused = build(repository, "build_service.sh", "templates-service")
    assert refused.returncode == 1
    assert "No pin in constraints.txt for six; run `make lock`" in refused.stderr


@pytest.mark.parametrize(
    "script", ["build_all.sh", "build_service.sh", "smoke_test.sh", "gates.sh"]
)
def test_help_is_on_standard_output(build: Build, script: str) -> None:
    helped = build(REPOSITORY, script, "--help")
    assert helped.returncode == 0
    assert helped.stdout.startswith("Usage: ")
