"""Sending operations to their queues."""

from collections.abc import Mapping
from typing import Any, Final

from bbws_shared.config import QueueSettings
from bbws_shared.messages import OperationMessage
from bbws_shared.operations import Operation, OperationType

_CREATION: Final = frozenset(
    {OperationType.SITE_CREATION, OperationType.SITE_CLONE, OperationType.SITE_PROMOTION}
)
_DELETION: Final = frozenset({OperationType.SITE_DELETION, OperationType.SITE_PURGE})


class OperationQueues:
    """The three queues; each kind of operation has its own."""

    def __init__(self, sqs: Any, settings: QueueSettings) -> None:
        self._sqs = sqs
        self._urls: Mapping[OperationType, str] = {
            kind: _url(kind, settings) for kind in OperationType
        }

    def url(self, kind: OperationType) -> str:
        """The queue of this kind of operation."""
        return self._urls[kind]

    def send(self, operation: Operation, at: str) -> None:
        """Ask for `operation` to be carried out. Raises botocore's errors."""
        self._sqs.send_message(
            QueueUrl=self._urls[operation.operation_type],
            MessageBody=OperationMessage.of(operation, at).model_dump_json(by_alias=True),
        )


def _url(kind: OperationType, settings: QueueSettings) -> str:
    if kind in _CREATION:
        return settings.creation_queue_url
    if kind in _DELETION:
        return settings.deletion_queue_url
    return settings.update_queue_url
