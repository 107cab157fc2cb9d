"""A deployment publishes, and then shifts the calls."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from promotion.accounts import EmulatedAccount
from promotion.releases import damage, write_release
from promotion.standing_in import Checkout, Run

from bbws_local.specification import SERVICES
from bbws_operations.environment import Environment
from bbws_operations.functions import configuration_of

type Deploy = Callable[..., Result]

OLD, NEW = dict.fromkeys(SERVICES, "1"), dict.fromkeys(SERVICES, "2")


@pytest.fixture
def deploy(run: Run, checkout: Checkout) -> Deploy:
    """Deploy what lies in the checkout, watching the alarms only once after each step."""

    def deploy_it(*arguments: object, fails: str | None = None, status: int = 1) -> Result:
        given = ("--root", checkout.root, "--watch-seconds", 0, *arguments)
        return run("deploy", *given, fails=fails, status=status)

    return deploy_it


@pytest.fixture
def deployed(deploy: Deploy, checkout: Checkout) -> None:
    """Version 1.0.0 serves, and 1.1.0 lies in the checkout."""
    checkout.build("1.0.0")
    deploy()
    checkout.build("1.1.0")


def test_terraform_is_called_as_the_runbook_calls_it(deploy: Deploy, checkout: Checkout) -> None:
    checkout.build("1.0.0")
    deploy()
    init, plan, apply = checkout.terraform_calls()
    assert init == [
        "init",
        "-backend-config=bucket=bbws-terraform-state-dev",
        "-backend-config=key=site-management-lambda/dev/terraform.tfstate",
        "-backend-config=region=af-south-1",
        "-backend-config=dynamodb_table=terraform-state-lock-dev",
        "-backend-config=encrypt=true",
        "-reconfigure",
    ]
    assert plan == [
        "plan",
        "-var=environment=dev",
        "-var-file=environments/dev/terraform.tfvars",
        "-out=tfplan",
    ]
    assert apply == ["apply", "tfplan"]


def test_a_first_deployment_serves_from_the_apply_on(
    deploy: Deploy, checkout: Checkout, account: EmulatedAccount, environment: Environment
) -> None:
    checkout.build("1.0.0")
    assert deploy().output.endswith("DEV is deployed.\n")
    assert account.live() == OLD
    assert configuration_of(environment, "dev-bbws-sites-service", "live").release == "1.0.0"


def test_new_versions_get_ten_percent_of_the_calls_and_then_all(
    deploy: Deploy, deployed: None, account: EmulatedAccount
) -> None:
    seen = []

    def look(function: str) -> bool:
        if function.endswith("async-processor"):
            seen.append(account.live())
        return False

    account.before_move = look
    said = deploy().output
    # Terraform moves none, and each step has reached the functions before the processor.
    assert [one["async-processor"] for one in seen] == ["1", "1 +2:0.1"]
    assert [one["sites-service"] for one in seen] == ["1 +2:0.1", "2"]
    assert account.live() == NEW
    assert "Shifting dev-bbws-sites-service 1 -> 2, " in said
    assert "10 % of the calls go to the new versions" in said
    assert "100 % of the calls go to the new versions" in said


def test_a_second_run_changes_nothing_that_serves(
    deploy: Deploy, deployed: None, account: EmulatedAccount
) -> None:
    deploy()
    said = deploy().output
    assert "Shifting" not in said
    assert account.live() == NEW


def test_a_run_after_one_that_was_cut_off_goes_on(
    deploy: Deploy, deployed: None, account: EmulatedAccount, checkout: Checkout
) -> None:
    deploy()
    for service in SERVICES:
        account.point(service, "1", {"2": 0.1})
    deploy()
    assert account.live() == NEW


def test_at_once_leaves_all_to_terraform(
    deploy: Deploy, deployed: None, account: EmulatedAccount
) -> None:
    account.ring()
    assert "Shifting" not in deploy("--at-once").output
    assert account.live() == NEW


def test_a_plan_changes_nothing(
    deploy: Deploy, deployed: None, account: EmulatedAccount, checkout: Checkout
) -> None:
    deploy("--plan-only")
    assert [call[0] for call in checkout.terraform_calls()][-2:] == ["init", "plan"]
    assert account.changes() == []


@pytest.mark.parametrize(("command", "left"), [("init", 0), ("plan", 0), ("apply", 0)])
def test_when_terraform_fails_the_old_versions_serve(
    deploy: Deploy, deployed: None, account: EmulatedAccount, command: str, left: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("TERRAFORM_FAILS", command)
    deploy(fails=f"terraform {command} failed")
    assert len(account.changes()) == left
    assert account.live() == OLD


@pytest.mark.parametrize("command", ["init", "plan", "apply"])
@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_a_deployment_that_is_stopped_lets_terraform_write_its_state(
    deploy: Deploy, deployed: None, checkout: Checkout, account: EmulatedAccount, command: str,
    first: signal.Signals, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("TERRAFORM_IS_STOPPED", command)
    handlers = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]

    def stop() -> None:
        while not (checkout.root / "terraform/waiting").exists():
            time.sleep(0.05)
        # As a cancelled workflow does: first the one, and then the other.
        for one in (first, signal.SIGTERM):
            os.kill(os.getpid(), one)

    stopping = threading.Thread(target=stop)
    stopping.start()
    deploy(fails=f"terraform {command} was stopped.")
    stopping.join()
    assert (checkout.root / "terraform/state").read_text() == "1 SIGINT"
    assert checkout.terraform_calls()[-1][0] == command
    assert account.live() == OLD
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_a_machine_without_terraform_is_told_so(
    deploy: Deploy, checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checkout.build("1.0.0")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    deploy(fails="terraform cannot be run")


def test_without_packages_nothing_is_done(
    deploy: Deploy, checkout: Checkout, account: EmulatedAccount
) -> None:
    deploy(fails="There is no package of sites-service, templates-service")
    assert checkout.terraform_calls() == []


def test_a_release_is_deployed_byte_for_byte(
    deploy: Deploy, run: Run, deployed: None, checkout: Checkout, account: EmulatedAccount
) -> None:
    release = write_release(checkout.root / "release", "1.2.0")
    named = ("--artifacts", release, "--artifact-version", "v1.2.0")
    deploy(*named)
    run("verify_deployment", *named)
    run("verify_artifacts", release, "--artifact-version", "v1.2.0", "--running-in", "dev")


def test_a_damaged_release_is_not_deployed(
    deploy: Deploy, deployed: None, checkout: Checkout, account: EmulatedAccount
) -> None:
    release = write_release(checkout.root / "release", "1.2.0")
    damage(release / "sites-service.zip")
    before = len(checkout.terraform_calls())
    deploy(
        "--artifacts", release, "--artifact-version", "v1.2.0",
        fails="are not those of the release: sites-service.zip has the MD5",
    )  # fmt: skip
    assert len(checkout.terraform_calls()) == before
    assert account.changes() == []


def test_a_release_needs_its_version(deploy: Deploy, checkout: Checkout, tmp_path: Path) -> None:
    deploy("--artifacts", tmp_path, fails="belong together", status=2)


def test_nothing_is_deployed_while_a_rollback_alarm_fires(
    deploy: Deploy, deployed: None, account: EmulatedAccount
) -> None:
    account.ring("rollback-api-5xx-rate")
    deploy(
        fails="an alarm of DEV fires already, so a bad version could not be told from what is bad"
    )
    assert account.changes() == []
    assert account.live() == OLD


def test_without_the_alarms_nothing_is_deployed(
    deploy: Deploy, deployed: None, account: EmulatedAccount
) -> None:
    account.client("cloudwatch").delete_alarms(AlarmNames=[account.alarm("rollback-lambda-errors")])
    deploy(fails="DEV has no alarm bbws-wp-rollback-lambda-errors-dev to watch.")
    assert account.changes() == []


def test_a_version_that_was_rolled_back_from_is_not_shifted_to_again(
    deploy: Deploy, run: Run, deployed: None, account: EmulatedAccount
) -> None:
    deploy()
    run("rollback")
    deploy(fails="Not shifted, because it was rolled back from: dev-bbws-sites-service version 2")
    assert account.live() == OLD


def test_a_fix_after_a_rollback_is_shifted_to(
    deploy: Deploy, run: Run, deployed: None, account: EmulatedAccount, checkout: Checkout
) -> None:
    deploy()
    run("rollback")
    checkout.build("1.1.1")
    deploy()
    assert account.live() == dict.fromkeys(SERVICES, "3")
