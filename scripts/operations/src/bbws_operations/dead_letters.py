"""What the DLQ holds, and what becomes of each message: its operation's state decides."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bbws_operations.environment import TABLE, Environment

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_CREATION: Final = frozenset({"SITE_CREATION", "SITE_CLONE", "SITE_PROMOTION"})
_DELETION: Final = frozenset({"SITE_DELETION", "SITE_PURGE"})
_HIDDEN_SECONDS: Final = 120
"""For as long a message that was read is not read again."""


class Fate(StrEnum):
    """What becomes of a message."""

    REDRIVEN = "redriven"
    """Its operation waits for it: it goes back to its queue."""
    DEALT_WITH = "removed"
    """Its operation is over: it has nothing to do any more."""
    KEPT = "kept"
    """Its operation has failed: to deliver it again does nothing; a retry of the operation does."""
    FOREIGN = "foreign"
    """It is none of ours: a person has to look at it."""


@dataclass(frozen=True)
class DeadLetter:
    """A message of the DLQ.

    Attributes:
        kind: The queue it belongs to: creation, update or deletion.
        status: Its operation's state; None when there is no such operation.
    """

    receipt: str
    body: str
    kind: str
    site_id: str
    operation_id: str
    status: str | None
    fate: Fate


def queue_kind(message_type: str) -> str:
    """The kind of queue that a message of this type travels on (shared/src/bbws_shared/queues.py)."""
    if message_type in _CREATION:
        return "creation"
    return "deletion" if message_type in _DELETION else "update"


def dead_letters(environment: Environment, queue_url: str) -> Iterator[DeadLetter]:
    """Every message of the DLQ, each once; those that are left must be let go (`let_go`)."""
    seen = set[str]()
    while True:
        answer = environment.sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=1,
        )
        new = [one for one in answer.get("Messages", []) if one["MessageId"] not in seen]
        if not new:
            return
        for message in new:
            seen.add(message["MessageId"])
            yield _dead_letter(environment, message)


def _dead_letter(environment: Environment, message: "MessageTypeDef") -> DeadLetter:
    receipt, body = message["ReceiptHandle"], message["Body"]
    try:
        content = json.loads(body)
        pointer = content["payload"]
        kind = queue_kind(content["messageType"])
        tenant_id, site_id, operation_id = (
            str(pointer[name]) for name in ("tenantId", "siteId", "operationId")
        )
    except (ValueError, KeyError, TypeError):
        return DeadLetter(receipt, body, "", "", "", None, Fate.FOREIGN)
    status = operation_status(environment, tenant_id, operation_id)
    return DeadLetter(receipt, body, kind, site_id, operation_id, status, _fate(status))


def operation_status(environment: Environment, tenant_id: str, operation_id: str) -> str | None:
    """An operation's state; None when there is none (shared/src/bbws_shared/keys.py, `operation`)."""
    answer = environment.dynamodb.get_item(
        TableName=TABLE,
        Key={"PK": {"S": f"TENANT#{tenant_id}"}, "SK": {"S": f"OP#{operation_id}"}},
        ConsistentRead=True,
        ProjectionExpression="#status",
        ExpressionAttributeNames={"#status": "status"},
    )
    return answer["Item"]["status"]["S"] if "Item" in answer else None


def _fate(status: str | None) -> Fate:
    match status:
        case "PENDING" | "IN_PROGRESS":
            return Fate.REDRIVEN
        case "FAILED":
            return Fate.KEPT
        case _:
            return Fate.DEALT_WITH


def redrive(environment: Environment, queue_url: str, letter: DeadLetter) -> None:
    """Send it to its queue, then take it out of the DLQ: cut off in between it is there twice, not lost.

    A second delivery finds the operation's lease taken, or its work done, and leaves.
    """
    source = environment.sqs.get_queue_url(QueueName=environment.queues[letter.kind])["QueueUrl"]
    environment.sqs.send_message(QueueUrl=source, MessageBody=letter.body)
    remove(environment, queue_url, letter)


def remove(environment: Environment, queue_url: str, letter: DeadLetter) -> None:
    """Take it out of the DLQ."""
    environment.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=letter.receipt)


def let_go(environment: Environment, queue_url: str, letter: DeadLetter) -> None:
    """Let others read it again at once."""
    environment.sqs.change_message_visibility(
        QueueUrl=queue_url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
    )
