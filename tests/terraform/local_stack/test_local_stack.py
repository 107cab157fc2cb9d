"""`make run PROVISION=terraform`: the same system, in an account that Terraform made."""

import os
import subprocess
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from bbws_local.iam.credentials import access_key_id
from bbws_local.specification import SERVICES
from bbws_local.stack import LocalStack
from terraform.local_stack.conftest import ROOT

STATE = "site-management-lambda/dev/terraform.tfstate"


def test_the_runbooks_smoke_test_passes(terraformed: LocalStack) -> None:
    description = terraformed.options.state_directory / "stack.json"
    result = subprocess.run(
        [ROOT / "scripts" / "smoke" / "local.sh"],
        env={**os.environ, "STACK": str(description)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    for check in ("POST sites ", "POST plugin ", "the site's promote ", "the deletion of site-"):
        assert f"OK    {check}" in result.stdout
    assert "SKIP" not in result.stdout


def test_the_state_is_in_the_bucket_and_nobody_holds_the_lock(terraformed: LocalStack) -> None:
    clients = terraformed.clients
    assert clients.s3.head_object(Bucket="bbws-terraform-state-dev", Key=STATE)["ContentLength"] > 0
    locks = clients.dynamodb.scan(TableName="terraform-state-lock-dev")["Items"]
    # What stays is the digest of the state, by which a stale copy is noticed.
    assert [item["LockID"]["S"] for item in locks] == [f"bbws-terraform-state-dev/{STATE}-md5"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_function_runs_with_what_terraform_gave_it(terraformed: LocalStack, service: str) -> None:
    function = terraformed.specification.function(service)
    made = terraformed.clients.lambda_.get_function_configuration(
        FunctionName=function.name, Qualifier="live"
    )
    assert made["Environment"]["Variables"] == function.environment
    assert (made["Timeout"], made["MemorySize"]) == (function.timeout_seconds, function.memory_mb)
    assert made["Handler"] == function.handler
    # Only Terraform traces and has a VPC, so nobody else has made this one.
    assert made["TracingConfig"]["Mode"] == "Active"


def _as(stack: LocalStack, service: str, aws: str) -> Any:
    """A client with the credentials of a function."""
    return boto3.client(
        aws,  # type: ignore[call-overload]
        endpoint_url=stack.aws_endpoint_url,
        region_name="af-south-1",
        aws_access_key_id=access_key_id(stack.specification.function(service).name),
        aws_secret_access_key="local",
    )


def test_a_function_is_refused_what_its_role_does_not_allow(terraformed: LocalStack) -> None:
    table = terraformed.specification.table_name
    allowed = _as(terraformed, "sites-service", "dynamodb")
    key = {"PK": {"S": "TENANT#none"}, "SK": {"S": "QUOTA"}}
    assert "Item" not in allowed.get_item(TableName=table, Key=key)
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:Scan") as refusal:
        allowed.scan(TableName=table)
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "assumed-role/dev-bbws-sites-service-role/" in str(refusal.value)


def test_one_functions_permissions_are_not_anothers(terraformed: LocalStack) -> None:
    topic = terraformed.specification.topic_arn
    with pytest.raises(ClientError, match=f"sns:Publish on resource: {topic}"):
        _as(terraformed, "sites-service", "sns").publish(TopicArn=topic, Message="not mine")
    sqs = _as(terraformed, "templates-service", "sqs")
    url = terraformed.clients.sqs.get_queue_url(QueueName="bbws-wp-site-creation-dev")["QueueUrl"]
    with pytest.raises(ClientError, match="sqs:SendMessage"):
        sqs.send_message(QueueUrl=url, MessageBody="{}")
