"""What travels on the queues: a pointer to an operation, never the work itself."""

from typing import Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from bbws_shared.operations import Operation, OperationType


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class OperationPointer(_Message):
    """Which operation is to be carried out."""

    tenant_id: str
    site_id: str
    operation_id: str


class OperationMessage(_Message):
    """An SQS message. The operation's id is the key by which repetitions are recognised."""

    message_type: OperationType
    correlation_id: str
    timestamp: str
    idempotency_key: str
    payload: OperationPointer

    @classmethod
    def of(cls, operation: Operation, at: str) -> Self:
        """The message that asks for `operation` to be carried out."""
        return cls(
            message_type=operation.operation_type,
            correlation_id=operation.correlation_id,
            timestamp=at,
            idempotency_key=operation.operation_id,
            payload=OperationPointer(
                tenant_id=operation.tenant_id,
                site_id=operation.site_id,
                operation_id=operation.operation_id,
            ),
        )
