"""May what runs here be promoted?"""

from datetime import timedelta

import pytest
from promotion.accounts import EmulatedAccount
from promotion.standing_in import Run


@pytest.fixture(autouse=True)
def deployed(account: EmulatedAccount) -> None:
    account.deploy("1.0.0")


def test_active_functions_are_healthy(run: Run, account: EmulatedAccount) -> None:
    said = run("check_health").output
    assert "DEV is healthy: all four functions are Active." in said
    assert said.count("OK ") == 4
    assert account.changes() == []


def test_an_inactive_function_is_named(run: Run, account: EmulatedAccount) -> None:
    account.states["dev-bbws-plugins-service"] = "Inactive"
    run(
        "check_health", fails="DEV is not healthy: dev-bbws-plugins-service is Inactive, not Active"
    )


def test_a_missing_function_is_named(run: Run, account: EmulatedAccount) -> None:
    account.client("lambda").delete_function(FunctionName="dev-bbws-sites-service")
    run("check_health", fails="dev-bbws-sites-service does not exist")


def test_a_function_that_nobody_can_call_is_named(run: Run, account: EmulatedAccount) -> None:
    account.client("lambda").delete_alias(FunctionName="dev-bbws-sites-service", Name="live")
    run("check_health", fails="dev-bbws-sites-service has no alias live")


def test_what_aws_refuses_is_said_without_a_stack_trace(run: Run, account: EmulatedAccount) -> None:
    account.refusals["GetFunctionConfiguration"] = "AccessDeniedException"
    run("check_health", fails="error: AWS refused GetFunctionConfiguration: AccessDeniedException")


def test_an_account_out_of_reach_is_said(
    run: Run, account: EmulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    run("check_health", fails="error: AWS could not be asked: Could not connect")


def test_nine_errors_in_a_day_are_allowed(run: Run, account: EmulatedAccount) -> None:
    account.fail("sites-service", 5)
    account.fail("async-processor", 4, ago=timedelta(hours=23))
    said = run("check_error_rate").output
    assert "DEV had 9 errors in 24 hours (fewer than 10)." in said
    assert account.changes() == []


def test_ten_errors_in_a_day_are_too_many(run: Run, account: EmulatedAccount) -> None:
    account.fail("sites-service", 5)
    account.fail("async-processor", 5)
    run(
        "check_error_rate",
        fails="DEV had 10 errors in the last 24 hours, and fewer than 10 are allowed: "
        "dev-bbws-sites-service 5, dev-bbws-async-processor 5.",
    )


def test_errors_of_the_day_before_do_not_count(run: Run, account: EmulatedAccount) -> None:
    account.fail("sites-service", 40, ago=timedelta(hours=25))
    assert "DEV had 0 errors" in run("check_error_rate").output


def test_an_environment_must_be_one_of_ours(run: Run) -> None:
    run("check_health", "--environment", "uat", fails="'uat' is not one of", status=2)
