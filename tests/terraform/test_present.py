"""Without Terraform a test is skipped and says what to do, but never on CI."""

from pathlib import Path

import pytest

from terraform.present import provider_in, stack_on_terraform


@pytest.fixture(params=["", "true"], ids=["a laptop", "CI"])
def outcome(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> type[BaseException]:
    """How a test ends on a machine that has everything but Terraform."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "bash").symlink_to("/bin/bash")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("CI", request.param)
    return pytest.fail.Exception if request.param else pytest.skip.Exception


def test_no_stack_is_made(outcome: type[BaseException], tmp_path: Path) -> None:
    with (
        pytest.raises(outcome, match="there is no terraform on the PATH"),
        stack_on_terraform(tmp_path / "state"),
    ):
        raise AssertionError


def test_no_provider_is_had(outcome: type[BaseException], tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    with pytest.raises(outcome, match="the AWS provider cannot be had"):
        provider_in(tmp_path / "cache")
