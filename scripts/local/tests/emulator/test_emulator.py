"""The emulated account answers AWS's clients, and passes invocations on to where functions run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import requests

from bbws_local.clients import AwsClients
from bbws_local.emulator import Emulator
from bbws_local.host import LambdaHost
from bbws_local.pool import FunctionPool
from bbws_local.serving import Request, Server
from bbws_local.table import INDEXES, create_table

FUNCTION = "dev-bbws-task"


@pytest.fixture(scope="module")
def function(aws: AwsClients, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The shared function, as the account describes it."""
    package = tmp_path_factory.mktemp("package") / "lambda.zip"
    with ZipFile(package, "w") as archive:
        archive.writestr("task.py", "")
    role = aws.iam.create_role(RoleName="task", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    aws.lambda_.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.12",
        Role=role,
        Handler="task.handler",
        Code={"ZipFile": package.read_bytes()},
    )
    return FUNCTION


def test_items_are_stored_and_conditions_checked(aws: AwsClients, table: str) -> None:
    item: Any = {"PK": {"S": "a"}}
    once: Any = {
        "TableName": table,
        "Item": item,
        "ConditionExpression": "attribute_not_exists(PK)",
    }
    aws.dynamodb.put_item(**once)

    with pytest.raises(aws.dynamodb.exceptions.ConditionalCheckFailedException):
        aws.dynamodb.put_item(**once)
    assert aws.dynamodb.get_item(TableName=table, Key=item)["Item"] == item


def test_messages_go_through_a_queue(aws: AwsClients, queue_url: str) -> None:
    aws.sqs.send_message(QueueUrl=queue_url, MessageBody="ž")
    (message,) = aws.sqs.receive_message(QueueUrl=queue_url)["Messages"]

    assert message["Body"] == "ž"
    aws.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])


def test_objects_are_kept_whatever_their_key(aws: AwsClients, name: str) -> None:
    aws.s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "af-south-1"}
    )
    aws.s3.put_object(Bucket=name, Key="a/b c+ž.zip", Body=b"\x00" * 70_000)

    found = aws.s3.get_object(Bucket=name, Key="a/b c+ž.zip")["Body"].read()
    assert found == b"\x00" * 70_000
    listing = aws.s3.list_objects_v2(Bucket=name)["Contents"]
    assert [entry["Key"] for entry in listing] == ["a/b c+ž.zip"]


def test_a_pre_signed_address_takes_an_object(aws: AwsClients, name: str) -> None:
    aws.s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "af-south-1"}
    )
    params = {"Bucket": name, "Key": "backup.zip"}
    url = aws.s3.generate_presigned_url("put_object", Params=params)
    assert requests.put(url, data=b"zip", timeout=5).status_code == 200

    assert aws.s3.get_object(Bucket=name, Key="backup.zip")["Body"].read() == b"zip"


def test_the_table_is_that_of_every_account(aws: AwsClients, name: str) -> None:
    create_table(aws.dynamodb, name)

    table = aws.dynamodb.describe_table(TableName=name)["Table"]
    indexes = {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
    ttl = aws.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert indexes == set(INDEXES)
    assert ttl.get("AttributeName") == "expiresAt"


def test_an_invocation_reaches_the_functions_process(
    aws: AwsClients, function: str, pool: FunctionPool
) -> None:
    answer = aws.lambda_.invoke(FunctionName=function, Payload=b'{"a": 1}')

    assert json.loads(answer["Payload"].read())["event"] == {"a": 1}
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer


def test_a_failed_invocation_says_so(aws: AwsClients, pool: FunctionPool) -> None:
    answer = aws.lambda_.invoke(FunctionName=FUNCTION, Payload=b'{"do": "raise"}')

    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "ValueError"


def test_an_asynchronous_invocation_is_accepted(aws: AwsClients, pool: FunctionPool) -> None:
    answer = aws.lambda_.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=b"{}")

    assert answer["StatusCode"] == 202


def test_a_function_that_is_unknown_to_the_host_is_not_found(aws: AwsClients) -> None:
    with pytest.raises(aws.lambda_.exceptions.ResourceNotFoundException):
        aws.lambda_.invoke(FunctionName="nowhere")


def test_a_stopped_function_is_inactive_and_refuses(
    aws: AwsClients, function: str, host: LambdaHost
) -> None:
    assert aws.lambda_.get_function_configuration(FunctionName=function)["State"] == "Active"
    requests.post(f"{host.url}/functions/{function}/stop", timeout=5)

    state = aws.lambda_.get_function_configuration(FunctionName=function)
    assert (state["State"], state["StateReasonCode"]) == ("Inactive", "Idle")
    configuration = aws.lambda_.get_function(FunctionName=function)["Configuration"]
    assert configuration["State"] == "Inactive"
    with pytest.raises(aws.lambda_.exceptions.ResourceNotReadyException):
        aws.lambda_.invoke(FunctionName=function)


def test_a_function_is_active_while_its_host_cannot_be_asked(function: str) -> None:
    alone = Emulator("http://127.0.0.1:1")
    path = f"/2015-03-31/functions/{function}/configuration"
    authorization = "AWS4-HMAC-SHA256 Credential=A/20260101/af-south-1/lambda/aws4_request, S=x"
    answer = alone.serve(Request("GET", path, [("Authorization", authorization)], b""))

    assert answer.status == 200
    assert json.loads(answer.body)["State"] == "Active"


@pytest.fixture
def control(emulator: Server) -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def test_the_emulator_says_that_it_lives(emulator: Server, control: requests.Session) -> None:
    assert control.get(f"{emulator.url}/_local/health").json() == {"status": "OK"}
    assert control.get(f"{emulator.url}/_local/nothing").status_code == 404


def test_a_chunked_upload_is_stored_as_its_content(
    emulator: Server, aws: AwsClients, name: str, control: requests.Session, tmp_path: Path
) -> None:
    aws.s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "af-south-1"}
    )
    url = aws.s3.generate_presigned_url("put_object", Params={"Bucket": name, "Key": "k"})
    assert control.put(url, data=iter([b"one", b"two"])).status_code == 200

    assert aws.s3.get_object(Bucket=name, Key="k")["Body"].read() == b"onetwo"
