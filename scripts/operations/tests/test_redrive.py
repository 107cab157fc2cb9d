"""The state of its operation decides what becomes of a message of the DLQ."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from promotion.accounts import EmulatedAccount
from promotion.standing_in import Run

from bbws_operations.dead_letters import queue_kind
from bbws_shared.attributes import to_attributes
from bbws_shared.config import QueueSettings
from bbws_shared.operations import OperationType
from bbws_shared.queues import OperationQueues

type GiveUp = Callable[..., str]
type Bodies = Callable[[str], list[str]]


@pytest.fixture
def bodies(account: EmulatedAccount) -> Bodies:
    """What is in a queue."""

    def read(kind: str) -> list[str]:
        sqs = account.client("sqs")
        url = sqs.get_queue_url(QueueName=f"bbws-wp-site-{kind}-dev")["QueueUrl"]
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return sorted(message["Body"] for message in got.get("Messages", []))

    return read


@pytest.fixture
def give_up(account: EmulatedAccount) -> GiveUp:
    """Put a message of an operation in this state into the DLQ; its body."""

    def put(status: str | None, number: int = 1, kind: str = "SITE_CREATION") -> str:
        operation = f"op-{number}"
        if status:
            item = {"PK": "TENANT#tenant-123", "SK": f"OP#{operation}", "status": status}
            account.client("dynamodb").put_item(TableName="sites", Item=to_attributes(item))
        pointer = {"tenantId": "tenant-123", "siteId": f"site-{number}", "operationId": operation}
        body = json.dumps({"messageType": kind, "payload": pointer})
        send(account, body)
        return body

    return put


def send(account: EmulatedAccount, body: str) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="bbws-wp-site-operations-dlq-dev")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS"])
@pytest.mark.parametrize(
    ("kind", "queue"),
    [("SITE_CLONE", "creation"), ("SITE_BACKUP", "update"), ("SITE_PURGE", "deletion")],
)
def test_what_its_operation_waits_for_goes_back_to_its_queue(
    run: Run, give_up: GiveUp, bodies: Bodies, status: str, kind: str, queue: str
) -> None:
    body = give_up(status, kind=kind)
    said = run("redrive_dlq").output
    assert f"redriven  op-1 of site-1 ({status})" in said
    assert bodies(queue) == [body]
    assert bodies("operations-dlq") == []


def test_a_failed_operation_keeps_its_message_and_says_how_to_go_on(
    run: Run, give_up: GiveUp, bodies: Bodies
) -> None:
    body = give_up("FAILED")
    said = run("redrive_dlq").output
    assert "kept      op-1 of site-1 (FAILED)  try again: scripts/retry_site site-1" in said
    assert bodies("operations-dlq") == [body]


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED", None])
def test_what_is_over_is_removed(
    run: Run, give_up: GiveUp, bodies: Bodies, status: str | None
) -> None:
    give_up(status)
    assert "removed" in run("redrive_dlq").output
    assert bodies("operations-dlq") == []


def test_all_messages_are_dealt_with_and_a_second_run_finds_what_stays(
    run: Run, give_up: GiveUp, bodies: Bodies, account: EmulatedAccount
) -> None:
    for number in range(12):
        give_up("PENDING" if number % 2 else "FAILED", number)
    send(account, "not JSON")
    send(account, '{"payload": []}')
    said = run("redrive_dlq").output
    assert said.splitlines()[-1] == (
        "bbws-wp-site-operations-dlq-dev: 6 redriven, 6 kept, 2 foreign"
    )
    assert run("redrive_dlq").output.splitlines()[-1].endswith("dlq-dev: 6 kept, 2 foreign")
    assert len(bodies("creation")) == 6


def test_a_dry_run_moves_nothing(run: Run, give_up: GiveUp, bodies: Bodies) -> None:
    body = give_up("PENDING")
    assert run("redrive_dlq", "--dry-run").output.endswith("1 redriven (dry run)\n")
    assert bodies("operations-dlq") == [body]
    assert bodies("creation") == []


def test_an_empty_dlq_is_said(run: Run) -> None:
    assert run("redrive_dlq").output == "bbws-wp-site-operations-dlq-dev: empty\n"


def test_the_queues_are_those_of_the_services() -> None:
    settings: Any = QueueSettings.model_construct(
        creation_queue_url="creation", update_queue_url="update", deletion_queue_url="deletion"
    )
    queues = OperationQueues(None, settings)
    assert {kind: queue_kind(kind) for kind in OperationType} == {
        kind: queues.url(kind) for kind in OperationType
    }
