"""One emulated account for all tests of this folder: foundation and stack applied as the runbook says.

Making it takes two minutes, most of which the AWS provider waits for S3 and SQS to settle, so nothing
here may change it but `test_destroy`, which comes last.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from terraform import ground, workbench
from terraform.account import Account
from terraform.workbench import Workbench

_FOLDER = Path(__file__).parent
_LAST = "test_destroy"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.timeout(420))
    # The account goes last.
    items.sort(key=lambda item: item.path.parent == _FOLDER and item.path.stem == _LAST)


@dataclass(frozen=True)
class Stack:
    """The stack of DEV, applied.

    Attributes:
        plan: What the plan that was applied printed.
        calls: How many requests the account had answered before the stack was initialised.
    """

    bench: Workbench
    account: Account
    ground: ground.Ground
    plan: str
    calls: int


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Terraform has its settings and, without a mirror, its provider."""
    return tmp_path_factory.mktemp("terraform-home")


@pytest.fixture(scope="session")
def provider(cache: Path) -> Path:
    """The AWS provider can be had. Else the tests that need it are skipped, but never on CI."""
    probe = cache / "probe"
    probe.mkdir()
    (probe / "versions.tf").write_text((workbench.ROOT / "terraform/versions.tf").read_text())
    (probe / "locals.tf").write_text("locals {\n  tags = {}\n}\n")
    try:
        Workbench(cache, None, cache).run("terraform init -backend=false", within="probe")
    except workbench.TerraformFailed as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the AWS provider cannot be had (set TF_PROVIDER_MIRROR): {error}")
    return cache


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The emulated account of DEV."""
    folder = tmp_path_factory.mktemp("account")
    with Account(workbench.ACCOUNTS["dev"], folder) as running:
        yield running


@pytest.fixture(scope="session")
def bench(account: Account, provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A copy of the repository, in which commands reach the account of DEV."""
    folder = tmp_path_factory.mktemp("repository")
    workbench.copy_repository(folder)
    return Workbench(folder, account.url, provider)


@pytest.fixture(scope="session")
def foundation(bench: Workbench) -> str:
    """The foundation, applied as terraform/README.md says it; what that printed."""
    return bench.run(workbench.readme_block("A fresh account"), ENV="dev")


@pytest.fixture(scope="session")
def stack(bench: Workbench, account: Account, foundation: str, request: Any) -> Stack:
    """The stack, applied with the commands of the runbook's section 4."""
    prepared = ground.prepare(account.url, "dev")
    calls = len(account.calls())
    began = time.monotonic()
    bench.run(workbench.initialisation("dev"))
    planned = bench.run(workbench.plan("dev", "-out=tfplan"))
    bench.run("terraform apply tfplan")
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(f"\nstack applied in {time.monotonic() - began:.0f} s")
    return Stack(bench, account, prepared, planned, calls)


@pytest.fixture(scope="session")
def aws(stack: Stack) -> Callable[[str], Any]:
    """A boto3 client of the applied account, by service."""
    return lambda service: ground.client(stack.account.url, service)
