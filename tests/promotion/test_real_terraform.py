"""scripts/deploy with the real Terraform and the real stack, on an account made by the foundation.

It takes five minutes, most of which the AWS provider waits for S3 and SQS to settle.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from terraform import ground, workbench
from terraform.account import Account
from terraform.present import provider_in
from terraform.workbench import Workbench

from bbws_local.specification import SERVICES
from promotion.accounts import EmulatedAccount
from promotion.releases import package

pytestmark = pytest.mark.timeout(1500)

OLD, NEW = dict.fromkeys(SERVICES, "1"), dict.fromkeys(SERVICES, "2")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Terraform has its settings; without the AWS provider the tests are skipped, but never on CI."""
    return provider_in(tmp_path_factory.mktemp("terraform-home"))


@pytest.fixture(scope="module")
def bench(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A copy of the repository, in which version 1.0.0 is built, and an account with its foundation."""
    folder = tmp_path_factory.mktemp("repository")
    workbench.copy_repository(folder)
    build(folder, "1.0.0")
    with Account(workbench.ACCOUNTS["dev"], tmp_path_factory.mktemp("account")) as account:
        made = Workbench(folder, account.url, cache)
        made.run(workbench.readme_block("A fresh account"), ENV="dev")
        ground.prepare(account.url, "dev")
        yield made


def build(root: Path, version: str) -> None:
    """What a build of a version leaves: its packages, and the version in its one place."""
    for service in SERVICES:
        (root / service / "dist" / "lambda.zip").write_bytes(package(version))
    file = root / "shared" / "src" / "bbws_shared" / "version.py"
    file.write_text(f'__version__ = "{version}"\n')


def run(bench: Workbench, program: str, *arguments: object, status: int = 0) -> str:
    """Run a program of scripts/ on the account; what it prints."""
    ran = subprocess.run(
        [workbench.ROOT / "scripts" / program, "--environment", "dev", *map(str, arguments)],
        env=dict(bench.environment()),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode == status, ran.stdout
    return ran.stdout


def deploy(bench: Workbench, *arguments: object, status: int = 0) -> str:
    given = ("--root", bench.folder, "--watch-seconds", 1, *arguments)
    return run(bench, "deploy", *given, status=status)


def test_deploying_shifting_rolling_back_and_the_plain_apply(bench: Workbench) -> None:
    """One after the other on the same account, because making it takes minutes."""
    assert bench.endpoint_url is not None
    account = EmulatedAccount("dev", bench.endpoint_url)
    try:
        first_deployment_serves(bench, account)
        next_one_is_shifted(bench, account)
        rollback_leads_back(bench, account)
        fix_goes_forward(bench, account)
        plain_apply_of_the_runbook_serves_at_once(bench, account)
    finally:
        account.close()


def first_deployment_serves(bench: Workbench, account: EmulatedAccount) -> None:
    said = deploy(bench)
    assert "Shifting" not in said
    assert account.live() == OLD
    assert "DEV is healthy" in run(bench, "check_health")
    assert "DEV is deployed" in run(bench, "verify_deployment", "--artifact-version", "v1.0.0")


def next_one_is_shifted(bench: Workbench, account: EmulatedAccount) -> None:
    build(bench.folder, "1.1.0")
    said = deploy(bench)
    # With the versions held, the plan moves no alias.
    assert "Plan: 0 to add, 4 to change, 0 to destroy." in said
    assert "Shifting dev-bbws-sites-service 1 -> 2, " in said
    assert account.live() == NEW
    run(bench, "verify_deployment", "--artifact-version", "v1.1.0")
    assert "No changes." in deploy(bench)
    assert "No changes." in bench.run(workbench.plan("dev"))


def rollback_leads_back(bench: Workbench, account: EmulatedAccount) -> None:
    run(bench, "rollback")
    assert account.live() == OLD
    assert "Not shifted, because it was rolled back from" in deploy(bench, status=1)
    assert account.live() == OLD


def fix_goes_forward(bench: Workbench, account: EmulatedAccount) -> None:
    build(bench.folder, "1.1.1")
    deploy(bench)
    assert account.live() == dict.fromkeys(SERVICES, "3")


def plain_apply_of_the_runbook_serves_at_once(bench: Workbench, account: EmulatedAccount) -> None:
    build(bench.folder, "1.2.0")
    bench.run(workbench.plan("dev", "-out=tfplan"))
    bench.run("terraform apply tfplan")
    assert account.live() == dict.fromkeys(SERVICES, "4")
    run(bench, "verify_deployment", "--artifact-version", "v1.2.0")
