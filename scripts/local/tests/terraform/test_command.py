"""How Terraform is run, with a program in its place that says what it was told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bbws_local.terraform.command import (
    Terraform,
    TerraformFailed,
    TerraformMissing,
    provider_mirror,
    require_terraform,
)

ENDPOINT = "http://127.0.0.1:4566"


class Bench:
    """A `terraform` that runs a few lines of shell, and what it and the runner wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "terraform.log"
        self.said: list[str] = []
        self.is_called_off = False

    def does(self, *lines: str) -> Terraform:
        program = self.folder / "bin" / "terraform"
        program.parent.mkdir(exist_ok=True)
        program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        program.chmod(0o755)
        cache = self.folder / "cache"
        return Terraform(self.folder, ENDPOINT, cache, self.log, self._say, tell_every_seconds=0)

    def _say(self, text: str) -> None:
        self.said.append(text)
        if self.is_called_off:
            raise KeyboardInterrupt


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    for name in ("TF_PROVIDER_MIRROR", "TF_CLI_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Bench(tmp_path)


def test_a_missing_program_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        TerraformMissing, match=r"no terraform on the PATH\. Install Terraform 1\.5"
    ):
        require_terraform()


def test_it_reaches_the_emulator_and_no_account_of_the_developers(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("TF_VAR_environment", "prod")
    bench.does("env").apply("-var=environment=dev")
    seen = bench.log.read_text()

    assert f"AWS_ENDPOINT_URL={ENDPOINT}\n" in seen
    assert "AWS_ACCESS_KEY_ID=AKIALOCALSTACKPERSON\n" in seen
    assert "AWS_SHARED_CREDENTIALS_FILE=/dev/null\n" in seen
    for foreign in ("production", "AKIAREAL", "TF_VAR_environment"):
        assert foreign not in seen


def test_the_backends_settings_are_handed_over(bench: Bench) -> None:
    bench.does('echo "$@"').init(bucket="state", encrypt="true")
    assert (
        "init -input=false -no-color -backend-config=bucket=state -backend-config=encrypt=true"
        in (bench.log.read_text())
    )


def test_a_failure_is_told_with_its_last_words(bench: Bench) -> None:
    terraform = bench.does('echo "Plan: 3 to add"', 'echo "Error: no such bucket"', "exit 1")
    with pytest.raises(TerraformFailed) as failure:
        terraform.apply()
    assert str(failure.value).endswith("Error: no such bucket")
    assert "Plan" not in str(failure.value)
    assert str(bench.log) in str(failure.value)


def test_a_provider_that_cannot_be_had_is_told_as_that(bench: Bench) -> None:
    terraform = bench.does('echo "Error: Failed to query available provider packages"', "exit 1")
    with pytest.raises(TerraformMissing, match="TF_PROVIDER_MIRROR names a folder"):
        terraform.init()


def test_another_failure_of_init_is_none_of_the_provider(bench: Bench) -> None:
    with pytest.raises(TerraformFailed, match="state is locked"):
        bench.does('echo "Error: the state is locked"', "exit 1").init()


def test_how_far_it_has_come_is_told_while_it_runs(bench: Bench) -> None:
    bench.does('echo "Plan: 2 to add, 0 to change"', 'echo "a: Creation complete after 1s"').apply()
    assert bench.said[-1].startswith("Terraform: 1 of 2 resources after ")


def test_when_it_is_called_off_nothing_of_it_goes_on(
    bench: Bench, eventually: Callable[[Callable[[], Any]], Any]
) -> None:
    bench.is_called_off = True
    terraform = bench.does("sleep 60 &", "echo $! > provider", 'echo "Plan: 1 to add"', "wait")
    with pytest.raises(KeyboardInterrupt):
        terraform.apply()
    provider = Path("/proc", (bench.folder / "provider").read_text().strip(), "status")
    eventually(lambda: not provider.exists() or "State:\tZ" in provider.read_text())


def test_a_named_mirror_is_taken_and_written_into_the_settings(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    monkeypatch.setenv("TF_PROVIDER_MIRROR", str(mirror))
    assert provider_mirror() is None
    (mirror / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
    assert provider_mirror() == mirror
    bench.does('cat "$TF_CLI_CONFIG_FILE"').init()
    assert f'filesystem_mirror {{\n    path = "{mirror}"' in bench.log.read_text()


def test_the_developers_own_settings_are_kept_where_no_mirror_is_named(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.tfrc"
    own.write_text("# mine\n")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    bench.does('cat "$TF_CLI_CONFIG_FILE"').init()
    assert "# mine" in bench.log.read_text()
