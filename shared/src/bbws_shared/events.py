"""What is published on the topic: how an operation has ended, and what else customers must hear.

An event may arrive twice (its `eventId` says so); it is never lost.
"""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from bbws_shared.operations import Operation


class EventType(StrEnum):
    """Kinds of events; subscribers filter by the message attribute `eventType`."""

    SITE_CREATED = "site.created"
    SITE_CREATION_FAILED = "site.creation_failed"
    SITE_DELETION_SCHEDULED = "site.deletion_scheduled"
    SITE_DELETED = "site.deleted"
    SITE_DELETION_FAILED = "site.deletion_failed"
    SITE_UPDATED = "site.updated"
    SITE_UPDATE_FAILED = "site.update_failed"
    SITE_STATUS_CHANGED = "site.status_changed"
    SITE_STATUS_CHANGE_FAILED = "site.status_change_failed"
    SITE_CLONED = "site.cloned"
    SITE_CLONE_FAILED = "site.clone_failed"
    SITE_PROMOTED = "site.promoted"
    SITE_PROMOTION_FAILED = "site.promotion_failed"
    SITE_BACKED_UP = "site.backed_up"
    SITE_BACKUP_FAILED = "site.backup_failed"
    SITE_RESTORED = "site.restored"
    SITE_RESTORE_FAILED = "site.restore_failed"
    TEMPLATE_APPLIED = "template.applied"
    TEMPLATE_APPLICATION_FAILED = "template.application_failed"
    PLUGIN_VULNERABLE = "plugin.vulnerable"


class Event(BaseModel):
    """An SNS message."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    event_id: str
    event_type: EventType
    timestamp: str
    correlation_id: str
    environment: str
    payload: dict[str, Any]

    @classmethod
    def of(
        cls,
        event_type: EventType,
        operation: Operation,
        environment: str,
        at: str,
        facts: Mapping[str, Any],
    ) -> Self:
        """The event that `operation` ended with; `facts` join its payload."""
        payload = {
            "tenantId": operation.tenant_id,
            "siteId": operation.site_id,
            "operationId": operation.operation_id,
            **{name: value for name, value in facts.items() if value is not None},
        }
        return cls(
            event_id=f"{operation.attempt_id}:{event_type}",
            event_type=event_type,
            timestamp=at,
            correlation_id=operation.correlation_id,
            environment=environment,
            payload=payload,
        )

    @classmethod
    def plugin_vulnerable(
        cls,
        installed: Mapping[str, Any],
        vulnerabilities: Sequence[Mapping[str, Any]],
        *,
        environment: str,
        at: str,
        correlation_id: str,
    ) -> Self:
        """The event that an installed plugin has become vulnerable.

        `installed` has tenantId, siteId, pluginId and version; `vulnerabilities` are all that the
        version has, each with its id. The same news has the same id.
        """
        known = " ".join(sorted(vulnerability["id"] for vulnerability in vulnerabilities))
        news = f"{installed['pluginId']}:{installed['version']}:{known}"
        digest = hashlib.sha256(news.encode()).hexdigest()[:32]
        return cls(
            event_id=f"{installed['siteId']}:{digest}:{EventType.PLUGIN_VULNERABLE}",
            event_type=EventType.PLUGIN_VULNERABLE,
            timestamp=at,
            correlation_id=correlation_id,
            environment=environment,
            payload={**installed, "vulnerabilities": [dict(one) for one in vulnerabilities]},
        )
