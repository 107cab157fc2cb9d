"""The runbook's manual deployment (§4), as written."""

import re
import shutil

import pytest

from terraform import runbook, workbench
from terraform.conftest import Stack


def test_the_api_s_url_is_an_output(stack: Stack) -> None:
    printed = stack.bench.run("terraform output api_gateway_url").strip()
    assert re.fullmatch(
        r'"https://[a-z0-9]+\.execute-api\.af-south-1\.amazonaws\.com/dev"', printed
    )


def test_a_second_plan_finds_nothing_to_change(stack: Stack) -> None:
    printed = stack.bench.run(workbench.plan("dev", "-detailed-exitcode"))
    assert "No changes. Your infrastructure matches the configuration." in printed


def test_the_state_lies_in_the_bucket_and_the_lock_was_taken(stack: Stack) -> None:
    printed = stack.bench.run(
        runbook.PREAMBLE + "aws s3api head-object --bucket bbws-terraform-state-dev"
        " --key site-management-lambda/dev/terraform.tfstate"
    )
    assert "ContentLength" in printed
    locks = [call for call in stack.account.calls() if call["operation"] == "PutItem"]
    assert all(call["service"] == "dynamodb" for call in locks)
    assert locks


def test_somebody_else_s_lock_stops_an_apply(stack: Stack) -> None:
    lock = "bbws-terraform-state-dev/site-management-lambda/dev/terraform.tfstate"
    info = '{\\"ID\\":\\"11111111-1111-1111-1111-111111111111\\",\\"Who\\":\\"somebody@else\\"}'
    item = f'{{"LockID": {{"S": "{lock}"}}, "Info": {{"S": "{info}"}}}}'
    table = "--table-name terraform-state-lock-dev"
    stack.bench.run(f"{runbook.PREAMBLE} aws dynamodb put-item {table} --item '{item}'")
    try:
        printed = stack.bench.run(workbench.plan("dev"), succeeds=False)
    finally:
        key = f'{{"LockID": {{"S": "{lock}"}}}}'
        stack.bench.run(f"{runbook.PREAMBLE} aws dynamodb delete-item {table} --key '{key}'")
    assert "Error acquiring the state lock" in printed
    assert "somebody@else" in printed


def test_the_backend_file_is_the_same_backend(stack: Stack) -> None:
    # Another folder, so that the first one's initialisation stays.
    copy = stack.bench.folder / "copy"
    shutil.copytree(stack.bench.folder / "terraform", copy / "terraform", symlinks=True)
    shutil.copytree(stack.bench.folder / "openapi", copy / "openapi")
    shutil.rmtree(copy / "terraform" / ".terraform")
    stack.bench.run(
        "terraform init -backend-config=environments/${ENV}/backend.tfvars",
        within="copy/terraform",
        ENV="dev",
    )
    printed = stack.bench.run("terraform state list", within="copy/terraform")
    assert "aws_apigatewayv2_api.this" in printed


@pytest.mark.parametrize("name", runbook.COMMANDS)
def test_the_runbook_s_commands_find_everything_by_its_name(stack: Stack, name: str) -> None:
    printed = stack.bench.run(runbook.PREAMBLE + runbook.COMMANDS[name])
    for expected in runbook.ANSWERS.get(name, []):
        assert expected in printed


def test_another_account_than_the_environment_s_is_refused(stack: Stack) -> None:
    printed = stack.bench.run(workbench.plan("sit", "-lock=false"), succeeds=False)
    assert "AWS account ID not allowed: 536580886816" in printed
