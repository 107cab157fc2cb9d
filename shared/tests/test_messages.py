"""What is sent, to which queue, and that the other side reads what was meant."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bbws_local.testing import Account
from bbws_shared.config import QueueSettings
from bbws_shared.events import Event, EventType
from bbws_shared.messages import OperationMessage
from bbws_shared.operations import Operation, OperationType
from bbws_shared.queues import OperationQueues

_AT = "2026-01-25T08:00:00.000Z"
_OPERATIONS = st.builds(
    Operation.new,
    st.sampled_from(OperationType),
    st.just(_AT),
    operation_id=st.text(),
    tenant_id=st.text(),
    site_id=st.text(),
    correlation_id=st.text(),
    created_by=st.just("me"),
)
_QUEUES = {
    "SITE_CREATION": "CREATION_QUEUE_URL",
    "SITE_CLONE": "CREATION_QUEUE_URL",
    "SITE_PROMOTION": "CREATION_QUEUE_URL",
    "SITE_DELETION": "DELETION_QUEUE_URL",
    "SITE_PURGE": "DELETION_QUEUE_URL",
    "SITE_UPDATE": "UPDATE_QUEUE_URL",
    "SITE_STATUS": "UPDATE_QUEUE_URL",
    "SITE_BACKUP": "UPDATE_QUEUE_URL",
    "SITE_RESTORE": "UPDATE_QUEUE_URL",
    "TEMPLATE_APPLICATION": "UPDATE_QUEUE_URL",
}


@given(_OPERATIONS)
def test_a_message_is_read_as_it_was_written(operation: Operation) -> None:
    message = OperationMessage.of(operation, _AT)
    assert OperationMessage.model_validate_json(message.model_dump_json(by_alias=True)) == message


@given(_OPERATIONS)
def test_a_message_points_to_its_operation_and_carries_nothing_else(operation: Operation) -> None:
    text = OperationMessage.of(operation, _AT).model_dump_json(by_alias=True)
    assert json.loads(text) == {
        "messageType": operation.operation_type,
        "correlationId": operation.correlation_id,
        "timestamp": _AT,
        "idempotencyKey": operation.operation_id,
        "payload": {
            "tenantId": operation.tenant_id,
            "siteId": operation.site_id,
            "operationId": operation.operation_id,
        },
    }


def test_a_field_of_a_later_release_does_not_stop_an_earlier_one(operation: Any) -> None:
    content = OperationMessage.of(operation(), _AT).model_dump(by_alias=True, mode="json")
    assert OperationMessage.model_validate({**content, "priority": "high"})


@pytest.mark.parametrize("missing", ["messageType", "correlationId", "idempotencyKey", "payload"])
def test_half_a_message_is_refused(operation: Any, missing: str) -> None:
    content = OperationMessage.of(operation(), _AT).model_dump(by_alias=True, mode="json")
    del content[missing]
    with pytest.raises(ValidationError, match=missing):
        OperationMessage.model_validate(content)


def test_an_unknown_kind_of_operation_is_refused(operation: Any) -> None:
    content = OperationMessage.of(operation(), _AT).model_dump(by_alias=True, mode="json")
    with pytest.raises(ValidationError, match="messageType"):
        OperationMessage.model_validate({**content, "messageType": "SITE_EXPLOSION"})


def test_each_kind_of_operation_has_its_queue(
    account: Account, variables: dict[str, str], operation: Any
) -> None:
    queues = OperationQueues(account.client("sqs"), QueueSettings.load(variables))
    assert set(_QUEUES) == set(OperationType)
    for kind in OperationType:
        queues.send(operation(kind), _AT)
        queue = variables[_QUEUES[kind]]
        assert queues.url(kind) == queue
        (message,) = account.messages(queue)
        assert json.loads(message["Body"])["messageType"] == kind
        account.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def test_a_message_is_sent_in_one_call(
    account: Account, variables: dict[str, str], operation: Any
) -> None:
    OperationQueues(account.client("sqs"), QueueSettings.load(variables)).send(operation(), _AT)
    assert account.calls == ["sqs.SendMessage"]


def test_a_queue_that_is_gone_is_the_senders_matter(
    account: Account, variables: dict[str, str], operation: Any
) -> None:
    queues = OperationQueues(account.client("sqs"), QueueSettings.load(variables))
    account.client("sqs").delete_queue(QueueUrl=variables["CREATION_QUEUE_URL"])
    with pytest.raises(account.client("sqs").exceptions.QueueDoesNotExist):
        queues.send(operation(), _AT)


@given(
    _OPERATIONS,
    st.sampled_from(EventType),
    st.dictionaries(st.text(), st.none() | st.text() | st.integers()),
)
def test_an_event_is_read_as_it_was_written_without_empty_facts(
    operation: Operation, kind: EventType, facts: dict[str, Any]
) -> None:
    event = Event.of(kind, operation, "dev", _AT, facts)
    assert Event.model_validate_json(event.model_dump_json(by_alias=True)) == event
    pointers = {"tenantId", "siteId", "operationId"}
    assert set(event.payload) == pointers | {k for k, v in facts.items() if v is not None}


def test_an_event_tells_its_operation_and_a_repetition_has_the_same_id(operation: Any) -> None:
    first = Event.of(EventType.SITE_CREATED, operation(), "dev", _AT, {"url": "https://shop"})
    later = Event.of(EventType.SITE_CREATED, operation(), "dev", "2026-01-25T09:00:00.000Z", {})
    assert first.model_dump(by_alias=True, mode="json") == {
        "eventId": "op-1:site.created",
        "eventType": "site.created",
        "timestamp": _AT,
        "correlationId": "portal-42",
        "environment": "dev",
        "payload": {
            "tenantId": "tenant-123",
            "siteId": "site-1",
            "operationId": "op-1",
            "url": "https://shop",
        },
    }
    assert later.event_id == first.event_id
    failed = Event.of(EventType.SITE_CREATION_FAILED, operation(), "dev", _AT, {})
    assert failed.event_id != first.event_id
