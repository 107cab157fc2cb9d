"""Two local stacks side by side: one whose account Terraform made, and the quick one."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from bbws_local.specification import StackOptions
from bbws_local.stack import LocalStack
from bbws_local.terraform.command import TerraformMissing

ROOT = Path(__file__).resolve().parents[3]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            # The first test waits until Terraform has made the account.
            item.add_marker(pytest.mark.timeout(600), append=False)


def _without_terraform(error: TerraformMissing) -> NoReturn:
    """Nobody's machine has to have Terraform; the one that decides about a merge has."""
    if os.environ.get("CI") == "true":
        raise error
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def terraformed(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[LocalStack]:
    """A local stack in an account that Terraform has made."""
    state = tmp_path_factory.mktemp("terraformed")
    options = StackOptions(ROOT, state, provision="terraform", log_to_console=False)
    stack = LocalStack(options)
    began = time.monotonic()
    try:
        stack.start()
    except TerraformMissing as error:
        _without_terraform(error)
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(f"\nlocal stack on Terraform: {time.monotonic() - began:.0f} s")
    try:
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(state / "terraform", ignore_errors=True)


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A local stack as `make run` starts it."""
    state = tmp_path_factory.mktemp("quick")
    with LocalStack(StackOptions(ROOT, state, log_to_console=False)) as stack:
        yield stack
