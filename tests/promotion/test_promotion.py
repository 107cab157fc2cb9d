"""The promotion DEV → SIT → PROD as the workflows do it, and each of its gates when it fails."""

from collections.abc import Mapping

import pytest

from bbws_local.specification import SERVICES
from promotion.accounts import EmulatedAccount
from promotion.player import Play, Player
from promotion.releases import damage, write_release, write_sums

type Accounts = Mapping[str, EmulatedAccount]

VERSION = "v1.0.0"
FIRST = dict.fromkeys(SERVICES, "1")
WANTED = {"artifact_version": VERSION, "approve_deployment": "true"}


@pytest.fixture
def in_dev(player: Player, accounts: Accounts) -> Player:
    """Version 1.0.0 is released, and runs in DEV."""
    write_release(player.releases / VERSION, "1.0.0")
    accounts["dev"].deploy("1.0.0")
    return forget(player, accounts)


@pytest.fixture
def in_sit(in_dev: Player, accounts: Accounts) -> Player:
    """It runs in SIT too."""
    accounts["sit"].deploy("1.0.0")
    return forget(in_dev, accounts)


def succeeded(play: Play) -> bool:
    assert play.failed is None, play.failed.output
    return set(play.results().values()) == {"success"}


def forget(player: Player, accounts: Accounts) -> Player:
    """What was called so far does not count."""
    for account in accounts.values():
        account.calls.clear()
    (player.folder / "terraform-calls").unlink(missing_ok=True)
    return player


def assert_stopped(player: Player, accounts: Accounts, play: Play, job: str, message: str) -> None:
    """The run failed in this job with this message, and nothing was changed anywhere."""
    assert play.failed is not None
    assert play.failed.name == job
    assert message in " ".join(play.failed.output.split())
    after = list(play.results())[list(play.results()).index(job) + 1 :]
    assert {play.results()[name] for name in after} <= {"skipped"}
    assert {name: account.changes() for name, account in accounts.items()} == {
        "dev": [], "sit": [], "prod": [],
    }  # fmt: skip
    assert player.terraform_calls() == []


def code_in(account: EmulatedAccount) -> list[str]:
    """The code that serves."""
    client = account.client("lambda")
    return [
        client.get_function_configuration(FunctionName=account.function(service), Qualifier="live")[
            "CodeSha256"
        ]
        for service in SERVICES
    ]


def test_a_version_goes_from_dev_to_prod_byte_for_byte(player: Player, accounts: Accounts) -> None:
    player.build("1.0.0")
    write_release(player.releases / VERSION, "1.0.0")
    assert succeeded(player.play("deploy-dev.yml"))
    assert succeeded(player.play("deploy-sit.yml", **WANTED))
    play = player.play("deploy-prod.yml", **WANTED)
    assert succeeded(play)
    assert {name: account.live() for name, account in accounts.items()} == {
        "dev": FIRST, "sit": FIRST, "prod": FIRST,
    }  # fmt: skip
    assert code_in(accounts["dev"]) == code_in(accounts["sit"]) == code_in(accounts["prod"])
    assert "## PROD" in play.summary
    assert "| `prod-bbws-sites-service` | 1.0.0 | 1 | Active |" in play.summary


def test_prod_has_the_stages_and_the_two_approvals_of_the_runbook(in_sit: Player) -> None:
    in_sit.service_tests.clear()
    play = in_sit.play("deploy-prod.yml", **WANTED)
    assert [(job.name, job.environment) for job in play.jobs] == [
        ("check-request", None),
        ("check-sit-health", None),
        ("test", None),
        ("approve", "prod-business-owner"),
        ("deploy", "prod"),
        ("smoke-tests", None),
    ]
    assert len(in_sit.service_tests) == 1
    checked = play.jobs[1].output
    assert "SIT is healthy: all four functions are Active." in checked
    assert "SIT had 0 errors in 24 hours" in checked


def test_sit_has_the_stages_and_the_approval_of_the_runbook(in_dev: Player) -> None:
    play = in_dev.play("deploy-sit.yml", **WANTED)
    assert [(job.name, job.environment) for job in play.jobs] == [
        ("check-request", None),
        ("check-dev-health", None),
        ("test", None),
        ("deploy", "sit"),
        ("smoke-tests", None),
    ]


def test_dev_has_the_stages_of_the_runbook(player: Player, accounts: Accounts) -> None:
    player.build("1.0.0")
    play = player.play("deploy-dev.yml")
    assert succeeded(play)
    assert list(play.results()) == ["test", "build", "deploy", "verify", "summary"]
    assert "| `dev-bbws-async-processor` | 1.0.0 | 1 | Active |" in play.summary


def test_a_new_version_replaces_the_one_before(in_sit: Player, accounts: Accounts) -> None:
    in_sit.build("1.1.0")
    write_release(in_sit.releases / "v1.1.0", "1.1.0")
    assert succeeded(in_sit.play("deploy-dev.yml"))
    wanted = {**WANTED, "artifact_version": "v1.1.0"}
    play = in_sit.play("deploy-sit.yml", **wanted)
    assert succeeded(play)
    assert accounts["sit"].live() == dict.fromkeys(SERVICES, "2")
    deployed = next(job for job in play.jobs if job.name == "deploy").output
    assert "10 % of the calls go to the new versions" in deployed


def test_a_second_run_of_the_same_promotion_changes_nothing_that_serves(
    in_sit: Player, accounts: Accounts
) -> None:
    assert succeeded(in_sit.play("deploy-sit.yml", **WANTED))
    assert accounts["sit"].live() == FIRST
    assert accounts["sit"].changes() == []


# --- each gate when it fails ----------------------------------------------------------------------


@pytest.mark.parametrize("workflow", ["deploy-sit.yml", "deploy-prod.yml"])
def test_without_approval_nothing_begins(in_sit: Player, accounts: Accounts, workflow: str) -> None:
    play = in_sit.play(workflow, **{**WANTED, "approve_deployment": "false"})
    message = "error: approve_deployment is false: nothing was deployed."
    assert_stopped(in_sit, accounts, play, "check-request", message)
    assert [account.calls for account in accounts.values()] == [[], [], []]


@pytest.mark.parametrize("version", ["1.0.0", "latest", "v1.0.0; rm -r /", "$(id)"])
def test_an_input_that_is_no_version_stops(
    in_sit: Player, accounts: Accounts, version: str
) -> None:
    play = in_sit.play("deploy-sit.yml", **{**WANTED, "artifact_version": version})
    message = "error: The artifact version is written like v1.0.5"
    assert_stopped(in_sit, accounts, play, "check-request", message)


@pytest.mark.parametrize(
    ("workflow", "source"), [("deploy-sit.yml", "dev"), ("deploy-prod.yml", "sit")]
)
def test_an_inactive_function_stops_the_promotion(
    in_sit: Player, accounts: Accounts, workflow: str, source: str
) -> None:
    accounts[source].states[f"{source}-bbws-plugins-service"] = "Inactive"
    play = in_sit.play(workflow, **WANTED)
    message = (
        f"error: {source.upper()} is not healthy: {source}-bbws-plugins-service is Inactive, "
        "not Active"
    )
    assert_stopped(in_sit, accounts, play, f"check-{source}-health", message)


def test_ten_errors_in_24_hours_stop_the_promotion_to_prod(
    in_sit: Player, accounts: Accounts
) -> None:
    accounts["sit"].fail("sites-service", 7)
    accounts["sit"].fail("async-processor", 3)
    forget(in_sit, accounts)
    play = in_sit.play("deploy-prod.yml", **WANTED)
    message = (
        "error: SIT had 10 errors in the last 24 hours, and fewer than 10 are allowed: "
        "sit-bbws-sites-service 7, sit-bbws-async-processor 3."
    )
    assert_stopped(in_sit, accounts, play, "check-sit-health", message)


@pytest.mark.parametrize("workflow", ["deploy-sit.yml", "deploy-prod.yml"])
def test_a_changed_byte_in_a_package_stops_the_promotion(
    in_sit: Player, accounts: Accounts, workflow: str
) -> None:
    damage(in_sit.releases / VERSION / "templates-service.zip")
    play = in_sit.play(workflow, **WANTED)
    message = "are not those of the release: templates-service.zip has the MD5"
    assert_stopped(in_sit, accounts, play, "deploy", message)


@pytest.mark.parametrize(
    ("workflow", "source"), [("deploy-sit.yml", "dev"), ("deploy-prod.yml", "sit")]
)
def test_a_changed_package_with_sums_to_match_stops_the_promotion_too(
    in_sit: Player, accounts: Accounts, workflow: str, source: str
) -> None:
    write_release(in_sit.releases / VERSION, "1.0.0", content="not what was tested")
    play = in_sit.play(workflow, **WANTED)
    message = f"error: {source.upper()} runs other code than these artifacts, though both say 1.0.0"
    assert_stopped(in_sit, accounts, play, "deploy", message)


def test_a_version_that_sit_does_not_run_stops_the_promotion_to_prod(
    in_sit: Player, accounts: Accounts
) -> None:
    write_release(in_sit.releases / "v1.1.0", "1.1.0")
    play = in_sit.play("deploy-prod.yml", **{**WANTED, "artifact_version": "v1.1.0"})
    message = "error: SIT does not run 1.1.0: it runs 1.0.0. Only what SIT runs can be promoted."
    assert_stopped(in_sit, accounts, play, "deploy", message)


def test_a_version_that_was_never_released_stops_the_promotion(
    in_sit: Player, accounts: Accounts
) -> None:
    play = in_sit.play("deploy-sit.yml", **{**WANTED, "artifact_version": "v9.9.9"})
    assert_stopped(
        in_sit, accounts, play, "deploy", "error: the release v9.9.9 could not be downloaded"
    )


def test_artifacts_that_say_another_version_inside_stop_the_promotion(
    in_sit: Player, accounts: Accounts
) -> None:
    folder = write_release(in_sit.releases / VERSION, "1.0.1")
    write_sums(folder)
    play = in_sit.play("deploy-prod.yml", **WANTED)
    message = "error: The artifacts are not of version 1.0.0: sites-service.zip is 1.0.1"
    assert_stopped(in_sit, accounts, play, "deploy", message)


def test_what_was_rolled_back_in_sit_is_not_promoted(in_sit: Player, accounts: Accounts) -> None:
    accounts["sit"].deploy("1.1.0")
    for service in SERVICES:
        accounts["sit"].point(service, "1")
    write_release(in_sit.releases / "v1.1.0", "1.1.0")
    forget(in_sit, accounts)
    play = in_sit.play("deploy-prod.yml", **{**WANTED, "artifact_version": "v1.1.0"})
    assert_stopped(
        in_sit, accounts, play, "deploy", "error: SIT does not run 1.1.0: it runs 1.0.0."
    )


def test_an_alarm_that_fires_stops_the_deployment(in_sit: Player, accounts: Accounts) -> None:
    accounts["prod"].deploy("0.9.0")
    accounts["prod"].ring("rollback-api-5xx-rate")
    forget(in_sit, accounts)
    play = in_sit.play("deploy-prod.yml", **WANTED)
    message = "error: Nothing was deployed: an alarm of PROD fires already"
    assert_stopped(in_sit, accounts, play, "deploy", message)


def test_a_failing_deployment_still_says_what_serves(in_sit: Player, accounts: Accounts) -> None:
    accounts["prod"].deploy("0.9.0")
    accounts["prod"].ring()
    play = in_sit.play("deploy-prod.yml", **WANTED)
    assert "| `prod-bbws-sites-service` | 0.9.0 | 1 | Active |" in play.summary
