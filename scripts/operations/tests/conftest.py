"""The programs against an emulated account, with Terraform stood in for."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from promotion.accounts import EmulatedAccount, emulated_accounts
from promotion.standing_in import Checkout, Run, checkout_of

from bbws_operations.cli import program
from bbws_operations.environment import Environment

_OWN: Final = ("AWS_", "TF_", "TERRAFORM_", "MOTO_")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatedAccount]:
    """DEV with everything around the functions, and no function yet."""
    for name in [name for name in os.environ if name.startswith(_OWN)]:
        monkeypatch.delenv(name)
    with emulated_accounts("dev") as accounts:
        made = accounts["dev"]
        for name, value in made.variables.items():
            monkeypatch.setenv(name, value)
        made.surround()
        yield made


@pytest.fixture
def environment(account: EmulatedAccount) -> Iterator[Environment]:
    """The same account, as the programs have it."""
    with closing(Environment(account.environment)) as opened:
        yield opened


@pytest.fixture
def run(account: EmulatedAccount) -> Run:
    """Run a program by its name; `fails` is what its last words must hold, else it must end well."""

    def run_it(name: str, *arguments: Any, fails: str | None = None, status: int = 1) -> Result:
        account.calls.clear()
        result = CliRunner().invoke(program(name), [str(argument) for argument in arguments])
        if fails is None:
            assert result.exit_code == 0, result.output
        else:
            assert result.exit_code == status, result.output
            assert fails in " ".join(result.output.split())
        return result

    return run_it


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout without Terraform's files, and a `terraform` on PATH that publishes versions."""
    made = checkout_of(tmp_path)
    variables: Mapping[str, str] = made.variables
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return made
