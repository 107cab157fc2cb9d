"""One command leads back, and says what it did."""

import pytest
from promotion.accounts import EmulatedAccount
from promotion.standing_in import Run

from bbws_local.specification import SERVICES

FIRST, SECOND, THIRD = (dict.fromkeys(SERVICES, str(number)) for number in (1, 2, 3))


@pytest.fixture(autouse=True)
def deployed(account: EmulatedAccount) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        account.deploy(version)


def test_all_functions_go_to_the_version_before(run: Run, account: EmulatedAccount) -> None:
    assert run("rollback").output.count("version 3 -> 2") == 4
    assert account.live() == SECOND
    assert account.aliases("sites-service") == {"live": "2", "rolled-back-3": "3"}


def test_a_second_run_moves_nothing(run: Run, account: EmulatedAccount) -> None:
    run("rollback")
    assert run("rollback").output.count("stays at version 2, moved back before") == 4
    assert account.live() == SECOND


def test_one_function_goes_back_alone(run: Run, account: EmulatedAccount) -> None:
    run("rollback", "--service", "plugins-service")
    assert account.live() == {**THIRD, "plugins-service": "2"}


def test_a_share_of_the_calls_is_taken_back(run: Run, account: EmulatedAccount) -> None:
    account.point("sites-service", "2", {"3": 0.1})
    run("rollback", "--service", "sites-service")
    assert account.live()["sites-service"] == "2"


def test_all_go_to_a_release_that_is_named(run: Run, account: EmulatedAccount) -> None:
    said = run("rollback", "--to", "v1.0.0", "--cause", "ticket 7").output
    assert said.count("version 3 -> 1") == 4
    assert account.live() == FIRST
    alias = account.client("lambda").get_alias(FunctionName="dev-bbws-sites-service", Name="live")
    assert alias["Description"] == "Rolled back from version 3: ticket 7"


def test_one_function_goes_to_a_version_that_is_named(run: Run, account: EmulatedAccount) -> None:
    run("rollback", "--service", "sites-service", "--to", "1")
    assert account.live() == {**THIRD, "sites-service": "1"}


def test_what_is_there_already_stays(run: Run, account: EmulatedAccount) -> None:
    assert run("rollback", "--to", "v1.2.0").output.count("stays at version 3") == 4
    assert account.changes() == []


def test_forward_again_is_possible_and_nothing_is_held_against_the_version(
    run: Run, account: EmulatedAccount
) -> None:
    run("rollback", "--service", "sites-service", "--to", "1")
    run("rollback", "--service", "sites-service", "--to", "2")
    assert account.live()["sites-service"] == "2"
    assert "rolled-back-1" not in account.aliases("sites-service")


def test_a_share_is_taken_back_to_the_version_that_is_named(
    run: Run, account: EmulatedAccount
) -> None:
    account.point("sites-service", "2", {"3": 0.1})
    run("rollback", "--service", "sites-service", "--to", "2")
    assert account.aliases("sites-service") == {"live": "2", "rolled-back-3": "3"}
    assert account.live()["sites-service"] == "2"


def test_a_release_that_was_left_is_no_goal(run: Run, account: EmulatedAccount) -> None:
    run("rollback")
    run(
        "rollback",
        "--to",
        "v1.2.0",
        fails="Nothing was moved. dev-bbws-sites-service has no version",
    )
    assert account.live() == SECOND


def test_a_release_that_not_every_function_has_moves_none(
    run: Run, account: EmulatedAccount
) -> None:
    account.publish("sites-service", b"alone", "Sites, release 1.3.0")
    run(
        "rollback",
        "--to",
        "v1.3.0",
        fails="dev-bbws-templates-service has no version of release 1.3.0",
    )
    assert account.live() == THIRD


@pytest.mark.parametrize("target", ["9", "v9.9.9"])
def test_an_unknown_goal_moves_nothing(run: Run, account: EmulatedAccount, target: str) -> None:
    run("rollback", "--service", "sites-service", "--to", target, fails="Nothing was moved.")
    assert account.changes() == []


def test_a_number_needs_its_function(run: Run) -> None:
    run("rollback", "--to", "2", fails="Numbers differ between functions", status=2)


def test_a_dry_run_says_the_same_and_moves_nothing(run: Run, account: EmulatedAccount) -> None:
    assert run("rollback", "--dry-run").output.count("version 3, to 2") == 4
    assert run("rollback", "--dry-run", "--to", "v1.0.0").output.count("3 -> 1 (dry run)") == 4
    assert account.live() == THIRD
    run("rollback")
    assert run("rollback", "--dry-run").output.count("version 2, stays") == 4


def test_where_there_is_no_version_before_nothing_is_moved(
    run: Run, account: EmulatedAccount
) -> None:
    for _ in range(2):
        run("rollback", "--to", "v1.0.0")
    account.client("lambda").delete_alias(FunctionName="dev-bbws-sites-service", Name="live")
    run("rollback", fails="Nothing was moved.")
    run(
        "rollback",
        "--to",
        "v1.0.0",
        fails="Nothing was moved. dev-bbws-sites-service has no alias live",
    )
