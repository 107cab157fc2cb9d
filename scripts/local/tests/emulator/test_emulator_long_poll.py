"""ReceiveMessage that waits: it wakes for a message and holds nobody up."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from bbws_local.clients import AwsClients
from bbws_local.serving import Server

type Eventually = Callable[[Callable[[], Any]], Any]


class _Receiver:
    """One ReceiveMessage in a thread of its own."""

    def __init__(self, aws: AwsClients, queue_url: str, seconds: int | None) -> None:
        self._aws = aws
        self._more: dict[str, Any] = {"QueueUrl": queue_url}
        if seconds is not None:
            self._more["WaitTimeSeconds"] = seconds
        self.bodies: list[str] = []
        self.thread = threading.Thread(target=self._receive)
        self.thread.start()

    def _receive(self) -> None:
        messages = self._aws.sqs.receive_message(**self._more).get("Messages", [])
        self.bodies = [message["Body"] for message in messages]


@pytest.fixture
def receive(aws: AwsClients, queue_url: str) -> Iterator[Callable[..., _Receiver]]:
    made: list[_Receiver] = []

    def start(seconds: int | None = 10) -> _Receiver:
        made.append(_Receiver(aws, queue_url, seconds))
        return made[-1]

    yield start
    for receiver in made:
        aws.sqs.send_message(QueueUrl=queue_url, MessageBody="end")
        receiver.thread.join(timeout=5)


def test_a_message_wakes_the_one_who_waits(
    aws: AwsClients, queue_url: str, receive: Callable[..., _Receiver]
) -> None:
    began = time.monotonic()
    receiver = receive(10)
    aws.sqs.send_message(QueueUrl=queue_url, MessageBody="hello")
    receiver.thread.join(timeout=5)

    assert receiver.bodies == ["hello"]
    assert time.monotonic() - began < 5


def test_other_calls_are_answered_while_somebody_waits(
    aws: AwsClients, queue_url: str, table: str, receive: Callable[..., _Receiver]
) -> None:
    receiver = receive(10)
    began = time.monotonic()
    for key in range(20):
        aws.dynamodb.put_item(TableName=table, Item={"PK": {"S": str(key)}})

    assert time.monotonic() - began < 5
    assert receiver.thread.is_alive()


def test_the_queues_own_wait_counts_where_the_call_names_none(
    aws: AwsClients, queue_url: str, receive: Callable[..., _Receiver]
) -> None:
    aws.sqs.set_queue_attributes(
        QueueUrl=queue_url, Attributes={"ReceiveMessageWaitTimeSeconds": "10"}
    )
    receiver = receive(None)
    receiver.thread.join(timeout=0.1)
    assert receiver.thread.is_alive()
    aws.sqs.send_message(QueueUrl=queue_url, MessageBody="hello")
    receiver.thread.join(timeout=5)

    assert receiver.bodies == ["hello"]


def test_a_wait_without_a_message_ends_empty(aws: AwsClients, queue_url: str) -> None:
    began = time.monotonic()
    answer = aws.sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1)

    assert answer.get("Messages", []) == []
    assert 0.9 < time.monotonic() - began < 3


def test_without_a_wait_the_answer_comes_at_once(aws: AwsClients, queue_url: str) -> None:
    began = time.monotonic()

    assert "Messages" not in aws.sqs.receive_message(QueueUrl=queue_url)
    assert time.monotonic() - began < 1


def test_a_message_is_not_handed_to_somebody_who_has_gone(
    emulator: Server, aws: AwsClients, queue_url: str
) -> None:
    impatient = boto3.client(
        "sqs",
        endpoint_url=emulator.url,
        region_name="af-south-1",
        aws_access_key_id="a",
        aws_secret_access_key="s",
        config=Config(read_timeout=0.1, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ReadTimeoutError):
        impatient.receive_message(QueueUrl=queue_url, WaitTimeSeconds=20)
    impatient.close()
    time.sleep(0.1)
    aws.sqs.send_message(QueueUrl=queue_url, MessageBody="kept")

    (message,) = aws.sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=2)["Messages"]
    assert message["Body"] == "kept"


def test_of_two_who_wait_one_gets_the_message(
    aws: AwsClients, queue_url: str, receive: Callable[..., _Receiver]
) -> None:
    receivers = [receive(1), receive(1)]
    aws.sqs.send_message(QueueUrl=queue_url, MessageBody="once")
    for receiver in receivers:
        receiver.thread.join(timeout=5)

    assert sorted(receiver.bodies for receiver in receivers) == [[], ["once"]]


def test_a_queue_that_does_not_exist_is_an_error_at_once(emulator: Server, aws: AwsClients) -> None:
    url = f"{emulator.url}/123456789012/nowhere"
    with pytest.raises(aws.sqs.exceptions.QueueDoesNotExist):
        aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)


def test_older_sdks_wait_too(emulator: Server, aws: AwsClients, queue_url: str) -> None:
    credential = "AWS4-HMAC-SHA256 Credential=A/20260101/af-south-1/sqs/aws4_request, S=x"
    form = {"Action": "ReceiveMessage", "QueueUrl": queue_url, "WaitTimeSeconds": "5"}
    aws.sqs.send_message(QueueUrl=queue_url, MessageBody="hello")
    answer = requests.post(
        emulator.url, data=form, headers={"Authorization": credential}, timeout=10
    )

    assert answer.status_code == 200
    assert "<Body>hello</Body>" in answer.text
