"""The kinds of operations, their states, and the limits of both."""

from enum import StrEnum
from typing import Final


class OperationType(StrEnum):
    """What is done; also the `messageType` on the queue."""

    SITE_CREATION = "SITE_CREATION"
    SITE_UPDATE = "SITE_UPDATE"
    SITE_STATUS = "SITE_STATUS"
    SITE_CLONE = "SITE_CLONE"
    SITE_PROMOTION = "SITE_PROMOTION"
    SITE_BACKUP = "SITE_BACKUP"
    SITE_RESTORE = "SITE_RESTORE"
    SITE_DELETION = "SITE_DELETION"
    SITE_PURGE = "SITE_PURGE"
    TEMPLATE_APPLICATION = "TEMPLATE_APPLICATION"


class OperationStatus(StrEnum):
    """The states of an operation (docs/architecture.md, section 4)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


OPERATION_TRANSITIONS: Final[dict[OperationStatus, frozenset[OperationStatus]]] = {
    OperationStatus.PENDING: frozenset(
        # FAILED: no delivery within the time an operation may take.
        {OperationStatus.IN_PROGRESS, OperationStatus.CANCELLED, OperationStatus.FAILED}
    ),
    OperationStatus.IN_PROGRESS: frozenset({OperationStatus.COMPLETED, OperationStatus.FAILED}),
    OperationStatus.FAILED: frozenset({OperationStatus.PENDING}),
    OperationStatus.COMPLETED: frozenset(),
    OperationStatus.CANCELLED: frozenset(),
}
IN_FLIGHT: Final = frozenset({OperationStatus.PENDING, OperationStatus.IN_PROGRESS})
MAX_RESEND_DOUBLINGS: Final = 4
OPERATION_TIMEOUT_SECONDS: Final = 900.0
"""How long an operation may make no progress, and how long what it has seen of a site holds good."""
OUTDATED_SOON: Final = frozenset(
    {
        OperationType.SITE_BACKUP,
        OperationType.SITE_RESTORE,
        OperationType.SITE_DELETION,
        OperationType.TEMPLATE_APPLICATION,
    }
)
"""They rest on a backup, or go on in the middle of one, of a site that goes on meanwhile."""
