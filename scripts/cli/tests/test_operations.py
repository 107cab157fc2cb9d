"""Operations: watched, waited for, called off and begun again."""

from collections.abc import Callable
from typing import Any

from click.testing import Result
from e2e.portal import TENANT, Backstage

from bbws_local.specification import PROCESSOR

type Bbws = Callable[..., Result]
type Told = Callable[..., Any]

NEW = ("sites", "create", "my-shop", "--name", "My Shop")


def _refusal_of_wordpress(backstage: Backstage) -> None:
    backstage.wordpress.add_fault(
        "status", method="POST", path="/sites$", status=400, code="bbws_no", message="Not today."
    )


def test_operations_are_listed_by_state_and_site(bbws: Bbws, told: Told, site: str) -> None:
    header, line = bbws("operations", "list").stdout.splitlines()
    assert header.split()[:2] == ["operationId", "operationType"]
    operation = line.split()[0]

    assert told("operations", "get", operation)["siteId"] == site
    assert told("operations", "list", "--status", "completed", "--site", site)["count"] == 1
    assert told("operations", "list", "--status", "failed")["count"] == 0


def test_watching_one_that_has_ended_prints_it_at_once(bbws: Bbws, told: Told, site: str) -> None:
    (operation,) = told("operations", "list")["items"]
    result = bbws("operations", "watch", operation["operationId"])

    assert result.exit_code == 0
    assert result.stderr == "100 %  The site is ready at https://corner-shop.wpdev.bbws.io\n"
    assert "create_wordpress_site  COMPLETED" in result.stdout


def test_each_progress_is_a_line_where_there_is_no_terminal(
    bbws: Bbws, backstage: Backstage
) -> None:
    backstage.wordpress.add_fault("latency", method="POST", path="/sites$", seconds=1.5, times=1)
    result = bbws(*NEW, "--wait")

    assert result.exit_code == 0
    lines = result.stderr.splitlines()
    assert len(lines) == len(set(lines))
    assert lines[-1].startswith("100 %  ")
    assert all(line[:3].strip().isdecimal() for line in lines)


def test_a_terminal_shows_a_bar(bbws: Bbws) -> None:
    result = bbws(*NEW, "--wait", TTY_COMPATIBLE="1", COLUMNS="120")

    assert result.exit_code == 0
    assert "━━━━" in result.stderr
    assert "100%" in result.stderr
    assert "The site is ready at" in result.stderr


def test_one_that_fails_is_told_with_its_reason_and_can_be_retried(
    bbws: Bbws, told: Told, backstage: Backstage
) -> None:
    _refusal_of_wordpress(backstage)
    failed = bbws(*NEW, "--wait")

    assert failed.exit_code == 1
    assert "FAILED" in failed.stdout
    assert "Error: The operation failed: " in failed.stderr
    assert "Not today." in failed.stderr
    assert "\n  Code: WP_001\n" in failed.stderr
    operation = failed.stderr.strip().rpartition("Operation: ")[2]

    backstage.wordpress.clear_faults()
    assert bbws("operations", "retry", operation, "--validate-only").exit_code == 0
    assert bbws("operations", "retry", operation, "--wait").exit_code == 0
    assert told("sites", "list")["items"][0]["status"] == "ACTIVE"


def test_one_that_waits_can_be_called_off_and_is_then_told_as_cancelled(
    bbws: Bbws, told: Told, backstage: Backstage
) -> None:
    backstage.stop(PROCESSOR)
    operation = told(*NEW)["operationId"]

    assert told("operations", "cancel", operation)["status"] == "CANCELLED"
    watched = bbws("operations", "watch", operation)
    assert watched.exit_code == 1
    assert "Error: The operation cancelled" not in watched.stderr
    assert "Error: The operation was cancelled" in watched.stderr
    refused = bbws("operations", "cancel", operation)
    assert refused.exit_code == 1
    assert "Code: OP_002 (HTTP 409)" in refused.stderr


def test_patience_ends_and_the_operation_goes_on(bbws: Bbws, backstage: Backstage) -> None:
    backstage.stop(PROCESSOR)
    result = bbws(*NEW, "--wait", "--timeout", "1")

    assert result.exit_code == 1
    assert "Error: The operation is still PENDING after 1 s." in result.stderr
    (line,) = [one for one in result.stderr.splitlines() if "bbws operations watch" in one]
    backstage.start(PROCESSOR)
    command = line.removeprefix("It goes on; watch it: bbws ").split()
    assert bbws(*command).exit_code == 0
    assert len(backstage.effects("site_created", TENANT)) == 1
