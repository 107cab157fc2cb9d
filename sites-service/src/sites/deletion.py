"""Deleting a site: after a backup, and in PROD after a grace."""

from datetime import timedelta
from typing import Any

from bbws_shared import identifiers
from bbws_shared.errors import SiteNotFound
from bbws_shared.operations import OperationType
from bbws_shared.plans import Plan
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import TransactionRefused
from bbws_shared.timestamps import timestamp
from sites.repository import new_backup
from sites.work import Origin, Work, require_free


class SiteDeletion:
    """Deletes sites."""

    def __init__(self, work: Work, grace: timedelta) -> None:
        self._work = work
        self._grace = grace

    def check(self, site: Site, *, skip_grace: bool) -> Plan:
        """What `delete` would do now. Raises the same errors."""
        if not self._goes_on(site, skip_grace=skip_grace):
            require_free(site)
            if site.status is not SiteStatus.DEPROVISIONING:
                site.transition(SiteStatus.DEPROVISIONING, site.updated_at)
        steps = ("back_up_site",) if site.wordpress_site_id is not None else ()
        if self._waits(site, skip_grace=skip_grace):
            effects = {"purgeAfter": timestamp(self._work.clock() + self._grace)}
            return Plan("deleteSite", (*steps, "suspend_site"), effects)
        removal = ("delete_wordpress_site", "forget_plugins")
        return Plan("deleteSite", (*steps, *removal), {"status": SiteStatus.DELETED})

    def delete(self, site: Site, origin: Origin, *, skip_grace: bool) -> Site:
        """Begin to delete a site, after a backup; a PROD site is removed when its grace is over.

        A repetition finds the deletion under way and gives it again; with `skip_grace` a site
        that waits for its grace to end is removed at once.

        Raises:
            OperationInFlight: when another operation works on the site.
            IllegalTransition: when the site is deleted already.
            PreconditionFailed: when the site was changed in this moment.
        """
        if self._goes_on(site, skip_grace=skip_grace):
            return site
        require_free(site)
        try:
            return self._begin(site, origin, skip_grace=skip_grace)
        except TransactionRefused:
            latest = self._work.repository.site(site.tenant_id, site.site_id)
            if latest is None:
                raise SiteNotFound(site.site_id) from None
            if not self._goes_on(latest, skip_grace=skip_grace):
                # The caller has seen another site than the one that would be deleted now.
                self._work.refuse_changed(site)
            return latest

    @staticmethod
    def _goes_on(site: Site, *, skip_grace: bool) -> bool:
        """Whether the deletion that is asked for is under way."""
        is_waiting = site.active_operation_id is None
        is_being_deleted = site.status is SiteStatus.DEPROVISIONING and (
            is_waiting or site.active_operation_id == site.deletion_operation_id
        )
        return is_being_deleted and not (skip_grace and is_waiting)

    @staticmethod
    def _waits(site: Site, *, skip_grace: bool) -> bool:
        has_content = site.wordpress_site_id is not None
        return site.environment is Environment.PROD and has_content and not skip_grace

    def _begin(self, site: Site, origin: Origin, *, skip_grace: bool) -> Site:
        now = self._work.clock()
        operation_id = identifiers.new_operation_id(now)
        changes: dict[str, Any] = {
            "active_operation_id": operation_id,
            "deletion_operation_id": operation_id,
        }
        if site.status is SiteStatus.DEPROVISIONING:
            purging = site.changed(timestamp(now), purge_after=None, **changes)
            purge = self._work.operation(OperationType.SITE_PURGE, site, origin, now, operation_id)
            self._work.repository.begin(purging, purge)
            self._work.send(purge, now)
            return purging
        has_content = site.wordpress_site_id is not None
        waits = self._waits(site, skip_grace=skip_grace)
        deleting = site.transition(
            SiteStatus.DEPROVISIONING,
            timestamp(now),
            status_reason=None,
            backup_id=identifiers.new_backup_id(now) if has_content else site.backup_id,
            purge_after=timestamp(now + self._grace) if waits else None,
            **changes,
        )
        # What a deletion that is called off goes back to; and what it is, however often it is tried.
        inputs: dict[str, Any] = {"previousStatus": site.status, "hasGrace": waits}
        if has_content:
            inputs["backupId"] = deleting.backup_id
        if site.backup_id is not None:
            inputs["previousBackupId"] = site.backup_id
        operation = self._work.operation(
            OperationType.SITE_DELETION, deleting, origin, now, operation_id, inputs
        )
        backup = [new_backup(deleting, inputs["backupId"], operation)] if has_content else []
        self._work.repository.begin(deleting, operation, *backup)
        self._work.send(operation, now)
        return deleting
