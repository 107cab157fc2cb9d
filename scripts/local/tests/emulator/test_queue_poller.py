"""Queues that invoke a function: what is deleted, what stays, what waits."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import count
from typing import Any

import pytest
import requests

from bbws_local.clients import AwsClients
from bbws_local.console import Console
from bbws_local.host import LambdaHost
from bbws_local.poller import QueuePoller
from bbws_local.specification import EventSourceMapping, QueueSpecification

type AddFault = Callable[..., dict[str, Any]]
type Eventually = Callable[[Callable[[], Any]], Any]
type Lines = list[tuple[str, str, str]]

FUNCTION = "dev-bbws-task"


@pytest.fixture
def screen() -> StringIO:
    return StringIO()


@pytest.fixture
def poller(
    aws: AwsClients, host: LambdaHost, name: str, queue_url: str, screen: StringIO
) -> Iterator[QueuePoller]:
    queue = QueueSpecification(name, "QUEUE_URL", 3600)
    mapping = EventSourceMapping(queue, FUNCTION, batch_size=10)
    poller = QueuePoller(aws, host, mapping, 1, Console(screen))
    yield poller
    poller.stop()


def _send(aws: AwsClients, queue_url: str, *bodies: str) -> None:
    for body in bodies:
        attributes: Any = {"tenant": {"DataType": "String", "StringValue": "tenant-123"}}
        aws.sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=attributes)


def _left(aws: AwsClients, queue_url: str) -> tuple[int, int]:
    """Messages that can be received, and those in flight."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
    return int(found[names[0]]), int(found[names[1]])


def _events(lines: Lines) -> list[dict[str, Any]]:
    return [json.loads(text) for *_, text in lines if text.startswith('{"Records"')]


def test_messages_become_one_event_and_are_deleted_when_it_succeeds(
    aws: AwsClients, queue_url: str, poller: QueuePoller, lines: Lines, eventually: Eventually,
    name: str,
) -> None:  # fmt: skip
    _send(aws, queue_url, "one", "two")
    poller.start()
    eventually(lambda: _left(aws, queue_url) == (0, 0) and _events(lines))

    (event,) = _events(lines)
    assert [record["body"] for record in event["Records"]] == ["one", "two"]
    record = event["Records"][0]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == f"arn:aws:sqs:af-south-1:123456789012:{name}"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["tenant"] == {
        "stringValue": "tenant-123",
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "String",
    }


def test_the_failures_a_function_names_stay_in_flight(
    aws: AwsClients, queue_url: str, poller: QueuePoller, eventually: Eventually
) -> None:
    _send(aws, queue_url, "one", "fail", "two")
    poller.start()

    eventually(lambda: _left(aws, queue_url) == (0, 1))


def test_a_failed_invocation_keeps_the_whole_batch(
    aws: AwsClients, queue_url: str, poller: QueuePoller, lines: Lines, eventually: Eventually
) -> None:
    _send(aws, queue_url, "one", "raise")
    poller.start()
    eventually(lambda: any(text.startswith("[ERROR]") for *_, text in lines))

    assert _left(aws, queue_url) == (0, 2)
    _send(aws, queue_url, "three")
    eventually(lambda: len(_events(lines)) == 2)


def test_a_stopped_functions_messages_wait_for_its_start(
    aws: AwsClients, queue_url: str, poller: QueuePoller, host: LambdaHost, eventually: Eventually
) -> None:
    requests.post(f"{host.url}/functions/{FUNCTION}/stop", timeout=5)
    _send(aws, queue_url, "one")
    poller.start()
    assert _left(aws, queue_url) == (1, 0)

    requests.post(f"{host.url}/functions/{FUNCTION}/start", timeout=5)
    eventually(lambda: _left(aws, queue_url) == (0, 0))


def test_messages_received_while_the_function_stops_return_to_the_queue(
    aws: AwsClients, queue_url: str, poller: QueuePoller, host: LambdaHost, eventually: Eventually,
    add_fault: AddFault,
) -> None:  # fmt: skip
    _send(aws, queue_url, "one")
    add_fault("sqs", "ReceiveMessage", delaySeconds=30)
    poller.start()
    faults = f"{aws.endpoint_url}/_local/faults"
    eventually(lambda: requests.get(faults, timeout=5).json()[0]["inProgress"] == 1)
    requests.post(f"{host.url}/functions/{FUNCTION}/stop", timeout=5)
    requests.delete(faults, timeout=5)

    own = count(1)
    eventually(lambda: _receives(aws, queue_url) > next(own))


def _receives(aws: AwsClients, queue_url: str) -> int:
    """How often the message was received, this time included; it stays visible."""
    names: Any = ["ApproximateReceiveCount"]
    (message,) = aws.sqs.receive_message(
        QueueUrl=queue_url,
        VisibilityTimeout=0,
        WaitTimeSeconds=5,
        MessageSystemAttributeNames=names,
    )["Messages"]
    return int(message["Attributes"]["ApproximateReceiveCount"])


def test_a_queue_that_cannot_be_read_is_told_and_read_again(
    aws: AwsClients, queue_url: str, poller: QueuePoller, screen: StringIO, name: str,
    add_fault: AddFault, eventually: Eventually,
) -> None:  # fmt: skip
    add_fault("sqs", "ReceiveMessage", status=403, code="AccessDenied", times=1)
    _send(aws, queue_url, "one")
    poller.start()

    eventually(lambda: f"queue {name} cannot be read" in screen.getvalue())
    eventually(lambda: _left(aws, queue_url) == (0, 0))


def test_messages_that_cannot_be_deleted_are_told(
    aws: AwsClients, queue_url: str, poller: QueuePoller, screen: StringIO,
    add_fault: AddFault, eventually: Eventually,
) -> None:  # fmt: skip
    add_fault("sqs", "DeleteMessage", status=403, code="AccessDenied", times=1)
    _send(aws, queue_url, "one")
    poller.start()

    eventually(lambda: "messages not deleted" in screen.getvalue())
    assert _left(aws, queue_url) == (0, 1)
