"""Calling an operation off before it has begun, and trying a failed one again."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from bbws_shared import identifiers, keys, records, reservations
from bbws_shared.errors import OperationNotChangeable, SiteNotFound
from bbws_shared.operations import Operation, OperationStatus, OperationType
from bbws_shared.plans import Plan
from bbws_shared.sites import Site, SiteStatus
from bbws_shared.table import Condition, TransactionRefused, Write, update
from bbws_shared.timestamps import timestamp
from sites.creation import SiteCreation
from sites.repository import new_backup
from sites.work import Work, require_free

_DELETIONS: Final = frozenset({OperationType.SITE_DELETION, OperationType.SITE_PURGE})
_BUILDS: Final = frozenset(
    {OperationType.SITE_CREATION, OperationType.SITE_CLONE, OperationType.SITE_PROMOTION}
)
_KEPT: Final = frozenset({"create_wordpress_site", "back_up_site"})
"""What a copy does once: its target is there, or was backed up before it was written over."""
_CANCELLED: Final = "Cancelled before it began."


class _Change(NamedTuple):
    """What becomes of the site, and what else is stored with it."""

    site: Site
    writes: list[Write]


class OperationControl:
    """Cancels and retries operations."""

    def __init__(self, work: Work, creation: SiteCreation, deletion_grace: timedelta) -> None:
        self._work = work
        self._creation = creation
        self._grace = deletion_grace

    def check_cancel(self, operation: Operation) -> Plan:
        """Raises OperationNotChangeable when it has begun or ended."""
        change = self._cancelled(operation)
        return Plan("cancelOperation", (), {"siteStatus": change.site.status})

    def cancel(self, operation: Operation) -> Operation:
        """Call an operation off that has not begun.

        Raises:
            OperationNotChangeable: when it has begun or ended, also in this very moment.
        """
        change = self._cancelled(operation)
        cancelled = operation.cancelled(timestamp(self._work.clock()))
        self._store(operation, cancelled, change)
        return cancelled

    def check_retry(self, operation: Operation) -> Plan:
        """Raises what `retry` would raise now."""
        again, change = self._retried(operation)
        left = tuple(s["name"] for s in again.steps if s["status"] != "COMPLETED")
        effects: dict[str, Any] = {"siteStatus": change.site.status}
        if operation.inputs.get("hasGrace"):
            effects["purgeAfter"] = change.site.purge_after
        return Plan("retryOperation", left, effects)

    def retry(self, operation: Operation) -> Operation:
        """Begin a failed operation again, at the step that failed.

        Raises:
            OperationNotChangeable: when it has not failed, too long ago, or something came after it.
            OperationInFlight: when another operation works on the site.
            SubdomainTaken, QuotaExceeded: when what a failed creation gave back is gone.
        """
        again, change = self._retried(operation)
        self._store(operation, again, change)
        self._work.send(again, self._work.clock())
        return again

    def _store(self, before: Operation, after: Operation, change: _Change) -> None:
        try:
            self._work.repository.store_both(after, change.site, change.writes)
        except TransactionRefused:
            raise OperationNotChangeable(
                "The operation or its site has changed at the same moment.",
                {"operationId": before.operation_id},
            ) from None

    def _site_of(self, operation: Operation) -> Site:
        site = self._work.repository.site(operation.tenant_id, operation.site_id)
        if site is None:
            raise SiteNotFound(operation.site_id)
        return site

    def _cancelled(self, operation: Operation) -> _Change:
        at = timestamp(self._work.clock())
        # The table of transitions says whether it can be; its next version is made by the caller.
        operation.cancelled(at)
        site = self._site_of(operation)
        writes = _failed_backups(operation, at) + _released_source(operation, at)
        if operation.operation_type is OperationType.SITE_PURGE:
            raise OperationNotChangeable("A purge cannot be called off; restore the backup.")
        if operation.operation_type is OperationType.SITE_DELETION:
            return _Change(_called_back(site, operation, at), writes)
        if operation.operation_type in _BUILDS and site.status is SiteStatus.PROVISIONING:
            failed = site.transition(
                SiteStatus.FAILED,
                at,
                active_operation_id=None,
                status_reason=_CANCELLED,
                holds_address=False,
            )
            return _Change(failed, writes + reservations.release(site))
        return _Change(site.changed(at, active_operation_id=None), writes)

    def _retried(self, operation: Operation) -> tuple[Operation, _Change]:
        now = self._work.clock()
        at = timestamp(now)
        again = operation.retried(at)
        site = self._site_of(operation)
        require_free(site)
        latest = self._work.repository.latest_operation(operation.tenant_id, operation.site_id)
        if latest is not None and latest.operation_id != operation.operation_id:
            raise OperationNotChangeable(
                "Another operation came after this one.", {"latestOperationId": latest.operation_id}
            )
        changes: dict[str, Any] = {
            "active_operation_id": operation.operation_id,
            "status_reason": None,
        }
        writes: list[Write] = []
        if "sourceSiteId" in operation.inputs:
            again, writes = self._copied_again(again, now)
        if operation.operation_type in _DELETIONS:
            if operation.inputs.get("hasGrace"):
                # The time that was promised is over in part; the customer has all of it again.
                changes["purge_after"] = timestamp(now + self._grace)
            deleting = site.transition(SiteStatus.DEPROVISIONING, at, **changes)
            return again, _Change(deleting, writes)
        if operation.operation_type in _BUILDS and site.status is SiteStatus.FAILED:
            if not site.holds_address:
                self._creation.check_claims(site)
                writes += reservations.claim(site, operation.operation_id)
            built = site.transition(SiteStatus.PROVISIONING, at, holds_address=True, **changes)
            return again, _Change(built, writes)
        if site.purge_after is not None:
            # A restore that calls a deletion off, as it was begun.
            changes["purge_after"] = timestamp(now + self._grace)
        return again, _Change(site.changed(at, **changes), writes)

    def _copied_again(self, again: Operation, now: datetime) -> tuple[Operation, list[Write]]:
        """A copy holds its source again, and reads it from the beginning: it was free meanwhile."""
        source_id = again.inputs["sourceSiteId"]
        source = self._work.repository.site(again.tenant_id, source_id)
        if source is None or source.status not in (SiteStatus.ACTIVE, SiteStatus.SUSPENDED):
            raise OperationNotChangeable("The source of the copy is not there any more.")
        require_free(source)
        held = source.changed(timestamp(now), active_operation_id=again.operation_id)
        if "sourceBackupId" not in again.inputs:
            return again.from_anew(_KEPT, {}), [records.replace(held)]
        backup_id = identifiers.new_backup_id(now)
        copied = again.from_anew(_KEPT, {"sourceBackupId": backup_id})
        return copied, [records.replace(held), new_backup(source, backup_id, copied)]


def _called_back(site: Site, operation: Operation, at: str) -> Site:
    previous = SiteStatus(operation.inputs["previousStatus"])
    return site.transition(
        previous,
        at,
        active_operation_id=None,
        deletion_operation_id=None,
        purge_after=None,
        backup_id=operation.inputs.get("previousBackupId"),
    )


def _failed_backups(operation: Operation, at: str) -> list[Write]:
    """The backups that the operation would have made will not be made."""
    wanted = [
        (operation.site_id, operation.inputs.get("backupId")),
        (operation.inputs.get("sourceSiteId"), operation.inputs.get("sourceBackupId")),
    ]
    return [
        update(
            keys.backup(operation.tenant_id, site_id, backup_id),
            "SET #status = :failed, completedAt = :at",
            Condition(
                "attribute_exists(PK)",
                {":failed": OperationStatus.FAILED, ":at": at},
                {"#status": "status"},
            ),
        )
        for site_id, backup_id in wanted
        if site_id and backup_id
    ]


def _released_source(operation: Operation, at: str) -> list[Write]:
    source_id = operation.inputs.get("sourceSiteId")
    if source_id is None:
        return []
    return [
        update(
            keys.site(operation.tenant_id, source_id),
            "SET #version = #version + :one, updatedAt = :at REMOVE activeOperationId",
            Condition(
                "activeOperationId = :operation",
                {":operation": operation.operation_id, ":one": 1, ":at": at},
                {"#version": "version"},
            ),
        )
    ]
