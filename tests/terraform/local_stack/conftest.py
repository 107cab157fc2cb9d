"""Two local stacks side by side: one whose account Terraform made, and the quick one."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bbws_local.specification import StackOptions
from bbws_local.stack import LocalStack
from terraform.present import stack_on_terraform

ROOT = Path(__file__).resolve().parents[3]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            # The first test waits until Terraform has made the account.
            item.add_marker(pytest.mark.timeout(600), append=False)


@pytest.fixture(scope="session")
def terraformed(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[LocalStack]:
    """A local stack in an account that Terraform has made."""
    state = tmp_path_factory.mktemp("terraformed")
    began = time.monotonic()
    with stack_on_terraform(state) as stack:
        reporter = request.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(f"\nlocal stack on Terraform: {time.monotonic() - began:.0f} s")
        yield stack
    shutil.rmtree(state / "terraform", ignore_errors=True)


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A local stack as `make run` starts it."""
    state = tmp_path_factory.mktemp("quick")
    with LocalStack(StackOptions(ROOT, state, log_to_console=False)) as stack:
        yield stack
