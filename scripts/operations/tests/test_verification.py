"""Is what was deployed there, and what is it?"""

from pathlib import Path

import pytest
from promotion.accounts import EmulatedAccount
from promotion.releases import write_release
from promotion.standing_in import Run

from bbws_local.specification import SERVICES


@pytest.fixture(autouse=True)
def deployed(account: EmulatedAccount) -> None:
    account.deploy("1.0.0")


def test_a_whole_deployment_passes(run: Run, account: EmulatedAccount) -> None:
    said = run("verify_deployment", "--artifact-version", "v1.0.0").output
    assert said.count("OK ") == 9  # functions, queues with the DLQ, table
    assert account.changes() == []


def test_another_release_than_the_one_wanted_is_named(run: Run) -> None:
    run(
        "verify_deployment", "--artifact-version", "v1.0.1",
        fails="dev-bbws-sites-service serves release 1.0.0, not 1.0.1",
    )  # fmt: skip


def test_other_code_than_the_packages_is_named(run: Run, tmp_path: Path) -> None:
    release = write_release(tmp_path, "1.0.0", content="another build")
    run(
        "verify_deployment", "--artifacts", release,
        fails="dev-bbws-sites-service serves other code (version 1) than the package",
    )  # fmt: skip
    run("verify_deployment", "--artifacts", release, "--built", fails="exclude", status=2)


def test_an_unfinished_shift_is_no_whole_deployment(run: Run, account: EmulatedAccount) -> None:
    account.deploy("1.1.0")
    account.point("sites-service", "1", {"2": 0.1})
    run("verify_deployment", fails="dev-bbws-sites-service does not serve (A deployment of")


@pytest.mark.parametrize("what", ["queue", "table", "function", "state"])
def test_what_is_missing_is_named(run: Run, account: EmulatedAccount, what: str) -> None:
    match what:
        case "queue":
            sqs, name = account.client("sqs"), "bbws-wp-site-update-dev"
            sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
            expected = f"{name} does not exist"
        case "table":
            account.client("dynamodb").delete_table(TableName="sites")
            expected = "table sites does not exist"
        case "function":
            account.client("lambda").delete_function(FunctionName="dev-bbws-sites-service")
            expected = "dev-bbws-sites-service does not serve"
        case _:
            account.states["dev-bbws-sites-service"] = "Failed"
            expected = "dev-bbws-sites-service is Failed, not Active (for the test)"
    run("verify_deployment", fails=expected)


@pytest.mark.parametrize("operation", ["GetQueueUrl", "DescribeTable"])
def test_what_aws_refuses_is_not_called_missing(
    run: Run, account: EmulatedAccount, operation: str
) -> None:
    account.refusals[operation] = "AccessDeniedException"
    run("verify_deployment", fails=f"AWS refused {operation}: AccessDeniedException")


def test_the_summary_names_release_and_version(run: Run, account: EmulatedAccount) -> None:
    account.deploy("1.1.0")
    account.point("sites-service", "1", {"2": 0.1})
    account.client("lambda").delete_alias(FunctionName="dev-bbws-plugins-service", Name="live")
    lines = run("summarize_deployment").output.splitlines()
    assert lines[0] == "## DEV"
    assert "| `dev-bbws-sites-service` | 1.0.0 | 1, 10% of the calls to 2 | Active |" in lines
    assert "| `dev-bbws-templates-service` | 1.1.0 | 2 | Active |" in lines
    assert "| `dev-bbws-plugins-service` | - | - | **not deployed** |" in lines
    assert len(lines) == 4 + len(SERVICES)
