"""Faults put into calls of the emulated account."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from bbws_local.clients import AwsClients
from bbws_local.serving import Server

type AddFault = Callable[..., dict[str, Any]]
type Eventually = Callable[[Callable[[], Any]], Any]


def _refusal(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def _put(aws: AwsClients, table: str, key: str) -> None:
    aws.dynamodb.put_item(TableName=table, Item={"PK": {"S": key}})


def _keys(aws: AwsClients, table: str) -> set[str]:
    return {item["PK"]["S"] for item in aws.dynamodb.scan(TableName=table)["Items"]}


def _faults(emulator: Server) -> Any:
    return requests.get(f"{emulator.url}/_local/faults", timeout=5).json()


def test_a_call_fails_with_the_faults_status_and_code_and_has_no_effect(
    aws: AwsClients, table: str, add_fault: AddFault
) -> None:
    add_fault("dynamodb", "PutItem", status=400, code="AccessDeniedException")

    assert _refusal(lambda: _put(aws, table, "a")) == (400, "AccessDeniedException")
    assert _keys(aws, table) == set()


def test_without_a_code_it_is_an_internal_failure(
    emulator: Server, aws: AwsClients, table: str, add_fault: AddFault
) -> None:
    add_fault("dynamodb", "PutItem", status=500)

    assert _refusal(lambda: _put(aws, table, "a")) == (500, "InternalFailure")
    assert _faults(emulator)[0]["hits"] == 3  # the SDK tries again


@pytest.mark.parametrize(
    "call",
    [
        lambda aws: aws.sns.list_topics(),
        lambda aws: aws.s3.list_buckets(),
        lambda aws: aws.lambda_.list_functions(),
        lambda aws: aws.sqs.list_queues(),
        lambda aws: aws.secretsmanager.list_secrets(),
        lambda aws: aws.cloudwatch.list_metrics(),
        lambda aws: aws.apigatewayv2.get_apis(),
    ],
    ids=["query", "s3", "lambda", "sqs", "json", "cbor", "apigateway"],
)
def test_every_protocols_client_understands_the_error(
    aws: AwsClients, add_fault: AddFault, call: Callable[[AwsClients], Any]
) -> None:
    add_fault("*", "*", status=403, code="AccessDenied")

    assert _refusal(lambda: call(aws)) == (403, "AccessDenied")


def test_a_fault_hits_only_its_operation_and_service(
    aws: AwsClients, table: str, queue_url: str, add_fault: AddFault
) -> None:
    add_fault("dynamodb", "DeleteItem", status=400)
    add_fault("sqs", "PutItem", status=400)
    _put(aws, table, "a")

    add_fault("*", "SendMessage", status=400)
    _refusal(lambda: aws.sqs.send_message(QueueUrl=queue_url, MessageBody="a"))


def test_a_fault_ends_after_its_times(
    emulator: Server, aws: AwsClients, table: str, add_fault: AddFault
) -> None:
    add_fault("dynamodb", "PutItem", status=400, times=2)

    for key in ("a", "b"):
        _refusal(partial(_put, aws, table, key))
    _put(aws, table, "c")
    assert _keys(aws, table) == {"c"}
    assert _faults(emulator)[0]["hits"] == 2


def test_a_fault_hits_only_calls_that_carry_its_text(
    aws: AwsClients, table: str, add_fault: AddFault
) -> None:
    add_fault("dynamodb", "PutItem", status=400, match="poison")

    _put(aws, table, "fine")
    _refusal(lambda: _put(aws, table, "poisoned"))
    assert _keys(aws, table) == {"fine"}


def test_a_fault_that_only_delays_lets_the_call_pass(
    aws: AwsClients, table: str, add_fault: AddFault
) -> None:
    added = add_fault("dynamodb", "PutItem", delaySeconds=0.05)
    _put(aws, table, "late")

    assert added == {
        "service": "dynamodb", "operation": "PutItem", "delaySeconds": 0.05, "status": None,
        "code": None, "times": None, "match": "", "hits": 0, "inProgress": 0,
    }  # fmt: skip
    assert _keys(aws, table) == {"late"}


def test_a_delayed_call_whose_caller_is_gone_has_no_effect(
    emulator: Server, aws: AwsClients, table: str, add_fault: AddFault, eventually: Eventually
) -> None:
    add_fault("dynamodb", "PutItem", delaySeconds=30)
    impatient = boto3.client(
        "dynamodb",
        endpoint_url=emulator.url,
        region_name="af-south-1",
        aws_access_key_id="a",
        aws_secret_access_key="s",
        config=Config(read_timeout=0.1, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ReadTimeoutError):
        impatient.put_item(TableName=table, Item={"PK": {"S": "ghost"}})
    impatient.close()

    eventually(lambda: _faults(emulator)[0]["inProgress"] == 0)
    assert _faults(emulator)[0]["hits"] == 1
    assert _keys(aws, table) == set()


def test_clearing_the_faults_ends_delays_under_way(
    emulator: Server, aws: AwsClients, table: str, add_fault: AddFault, eventually: Eventually
) -> None:
    add_fault("dynamodb", "PutItem", delaySeconds=30)
    caller = threading.Thread(target=_put, args=(aws, table, "held"))
    caller.start()
    eventually(lambda: _faults(emulator)[0]["inProgress"] == 1)
    assert requests.delete(f"{emulator.url}/_local/faults", timeout=5).status_code == 204
    caller.join(timeout=5)

    assert _keys(aws, table) == {"held"}
    assert _faults(emulator) == []


@pytest.mark.parametrize("body", ["no json", "[]", '{"service": "s3"}', '{"colour": "red"}'])
def test_a_fault_that_is_none_is_refused(emulator: Server, body: str) -> None:
    answer = requests.post(f"{emulator.url}/_local/faults", data=body, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["message"]
    assert _faults(emulator) == []
