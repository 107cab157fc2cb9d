"""Three emulated accounts: DEV with everything that runs in it, SIT before its first deployment, PROD deployed."""

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

# Before the emulator is imported: the account is the runbook's (section 11).
os.environ["MOTO_ACCOUNT_ID"] = "536580886816"

import pytest
from e2e.portal import TENANT, Backstage, Portal
from terraform import ground, workbench
from terraform.account import Account
from terraform.present import stack_on_terraform
from terraform.workbench import Workbench

from bbws_local.stack import LocalStack
from bbws_local.terraform.account import architecture
from runbook.shell import Shell

_executed: Final[list[str]] = []
_not_executed: Final[list[str]] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many blocks there are, ran and passed, and why the others cannot run."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if "::test_a_block_does_what_it_says[" in report.nodeid
    ]
    if not reports:
        return
    passed = sum(report.passed for report in reports)
    terminalreporter.section("runbook")
    terminalreporter.line(
        f"{len(reports) + len(_not_executed)} blocks: {len(reports)} executed, {passed} passed,"
        f" {len(_not_executed)} not executable"
    )
    for line in _not_executed:
        terminalreporter.line(f"  not executed: {line}")


@pytest.fixture(scope="session")
def note() -> list[str]:
    """Where a block is written down that cannot be run."""
    return _not_executed


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("terraform-home")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """DEV: the local stack in an account that Terraform made."""
    with stack_on_terraform(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def others(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Others"]:
    """SIT and PROD, made while DEV is used: it takes minutes, in which nothing is computed."""
    with Others(cache, tmp_path_factory.mktemp("accounts")) as running:
        yield running


class Others:
    """The accounts beside DEV."""

    def __init__(self, cache: Path, folder: Path) -> None:
        self._cache = cache
        self._folder = folder
        self._ending = ExitStack()
        self._making: dict[str, Future[str]] = {}

    def __enter__(self) -> "Others":
        makers = self._ending.enter_context(ThreadPoolExecutor(2))
        for environment in ("sit", "prod"):
            self._making[environment] = makers.submit(self._make, environment)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def url(self, environment: str) -> str:
        """Where an account answers, when it is ready."""
        return self._making[environment].result()

    def _make(self, environment: str) -> str:
        folder = self._folder / environment
        folder.mkdir()
        account = self._ending.enter_context(Account(workbench.ACCOUNTS[environment], folder))
        copy = folder / "repository"
        copy.mkdir()
        workbench.copy_repository(copy)
        bench = Workbench(copy, account.url, self._cache)
        bench.run(workbench.readme_block("A fresh account"), ENV=environment)
        ground.prepare(account.url, environment)
        if environment == "prod":
            bench.run(workbench.initialisation(environment))
            bench.run(workbench.plan(environment, "-out=tfplan"))
            bench.run("terraform apply tfplan")
        return account.url


@pytest.fixture(scope="session")
def shells(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Shell]:
    """A person's shell for each account, with a checkout of its own: Terraform keeps one backend in a folder."""
    accounts = ("dev", "sit", "prod")
    return {account: Shell(tmp_path_factory.mktemp(account), cache) for account in accounts}


@pytest.fixture(scope="session")
def facts(stack: LocalStack) -> Mapping[str, str]:
    """What only the moment knows, by the names that plans use."""
    token = stack.tokens["staff"]["super-admin"]
    lock_id = str(uuid.uuid4())
    key = "site-management-lambda/dev/terraform.tfstate"
    info = {"ID": lock_id, "Who": "a-person@somewhere", "Operation": "OperationTypeApply"}
    lock = {
        "LockID": {"S": f"bbws-terraform-state-dev/{key}"},
        "Info": {"S": json.dumps(info | {"Path": f"bbws-terraform-state-dev/{key}"})},
    }
    return {
        "api_url": stack.api_url,
        "token": token,
        "auth_token": f"Bearer {token}",
        "tenant": TENANT,
        "architecture": architecture(),
        "site": _failed_site(stack),
        "last_commit": "HEAD",
        "previous_tag": "v0.0.1",
        "previous_version": "1",
        "lock_id": lock_id,
        "lock": json.dumps(lock),
    }


def _failed_site(stack: LocalStack) -> str:
    """A site whose creation failed for a reason that is gone."""
    behind, portal = Backstage(stack), Portal.of(stack)
    behind.wordpress.add_fault(kind="status", status=400, path="/sites", times=1)
    created = portal.create("once-refused")
    assert portal.wait_for(created["operationId"])["status"] == "FAILED"
    site: str = created["siteId"]
    return site
