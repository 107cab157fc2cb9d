"""One emulated account for all tests of this folder: foundation and stack applied as the runbook says.

Making it takes two minutes, most of which the AWS provider waits for S3 and SQS to settle. So it begins
at once, while the tests that can do without it run; and nothing here may change it but `test_destroy`,
which comes last.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from terraform import ground, workbench
from terraform.account import Account
from terraform.present import provider_in
from terraform.workbench import Workbench

_FOLDER = Path(__file__).parent
_LAST = "test_destroy"
_SECONDS = pytest.StashKey[float]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.timeout(420))
    items.sort(key=_place)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if seconds := config.stash.get(_SECONDS, None):
        terminalreporter.write_line(f"foundation and stack applied in {seconds:.0f} s")


def _place(item: pytest.Item) -> int:
    """First what needs no account, then what looks at it, then what takes it down."""
    if _FOLDER not in item.path.parents:
        return 0
    if item.path.stem == _LAST:
        return 2
    return int(_needs_stack(item))


def _needs_stack(item: pytest.Item) -> bool:
    return "stack" in getattr(item, "fixturenames", ())


@dataclass(frozen=True)
class Stack:
    """The stack of DEV, applied.

    Attributes:
        plan: What the plan that was applied printed.
        calls: How many requests the account had answered before the stack was initialised.
        seconds: How long foundation and stack took.
    """

    bench: Workbench
    account: Account
    ground: ground.Ground
    plan: str
    calls: int
    seconds: float


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Terraform has its settings and, without a mirror, its provider."""
    return tmp_path_factory.mktemp("terraform-home")


@pytest.fixture(scope="session")
def provider(cache: Path) -> Path:
    """The AWS provider can be had. Else the tests that need it are skipped, but never on CI."""
    return provider_in(cache)


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
def applying(bench: Workbench, account: Account) -> Iterator[Future[Stack]]:
    """Foundation and stack, under way."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        yield executor.submit(_apply, bench, account)


def _apply(bench: Workbench, account: Account) -> Stack:
    """The foundation as terraform/README.md says it, and the stack with the runbook's commands (§4)."""
    began = os.times().elapsed  # Some tests hold the clock of this process meanwhile.
    bench.run(workbench.readme_block("A fresh account"), ENV="dev")
    prepared = ground.prepare(account.url, "dev")
    calls = len(account.calls())
    bench.run(workbench.initialisation("dev"))
    planned = bench.run(workbench.plan("dev", "-out=tfplan"))
    bench.run("terraform apply tfplan")
    return Stack(bench, account, prepared, planned, calls, os.times().elapsed - began)


@pytest.fixture(scope="session", autouse=True)
def beginning(request: pytest.FixtureRequest) -> None:
    """Begin to apply when any test will want it."""
    if any(_needs_stack(item) for item in request.session.items):
        request.getfixturevalue("applying")


@pytest.fixture(scope="session")
def stack(applying: Future[Stack], pytestconfig: pytest.Config) -> Stack:
    """The stack, applied."""
    applied = applying.result()
    pytestconfig.stash[_SECONDS] = applied.seconds
    return applied


@pytest.fixture(scope="session")
def aws(stack: Stack) -> Callable[[str], Any]:
    """A boto3 client of the applied account, by service."""
    return lambda service: ground.client(stack.account.url, service)
