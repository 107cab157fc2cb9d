"""Changing a site that is there: settings, status, backups, restore."""

from datetime import timedelta
from typing import Any, Final

from bbws_shared import identifiers
from bbws_shared.errors import IllegalTransition, InvalidRequest
from bbws_shared.operations import Operation, OperationType
from bbws_shared.plans import Plan
from bbws_shared.sites import SITE_TRANSITIONS, Site, SiteStatus
from bbws_shared.timestamps import timestamp
from sites.models import RestoreRequest, SiteUpdate, StatusChange
from sites.repository import new_backup
from sites.work import Origin, Work, require_free, require_not_prod, require_status

_USABLE: Final = (SiteStatus.ACTIVE, SiteStatus.SUSPENDED)


class SiteChanges:
    """Each change is checked, then planned or begun."""

    def __init__(self, work: Work, deletion_grace: timedelta) -> None:
        self._work = work
        self._grace = deletion_grace

    def check_update(self, site: Site, wanted: SiteUpdate) -> Plan:
        """Raises ProdChangedDirectly for PROD, IllegalTransition or OperationInFlight."""
        require_not_prod(site.environment)
        require_status(site, *_USABLE)
        require_free(site)
        return Plan("updateSite", ("update_wordpress_site",), wanted.given())

    def update(self, site: Site, wanted: SiteUpdate, origin: Origin) -> tuple[Site, Operation]:
        """Begin to change a site's name and settings."""
        self.check_update(site, wanted)
        return self._work.begin(OperationType.SITE_UPDATE, site, origin, wanted.given())

    def check_status(self, site: Site, wanted: StatusChange) -> Plan:
        """Raises IllegalTransition, also for the status that the site has, or OperationInFlight."""
        target = SiteStatus(wanted.status)
        if site.status not in _USABLE or target not in SITE_TRANSITIONS[site.status]:
            raise IllegalTransition(
                f"A site that is {site.status} cannot become {target}.",
                {"currentStatus": site.status, "requestedStatus": target},
            )
        require_free(site)
        return Plan("setSiteStatus", ("set_wordpress_status",), wanted.given())

    def set_status(
        self, site: Site, wanted: StatusChange, origin: Origin
    ) -> tuple[Site, Operation]:
        """Begin to suspend a site, or to take it online again."""
        self.check_status(site, wanted)
        return self._work.begin(OperationType.SITE_STATUS, site, origin, wanted.given())

    def check_backup(self, site: Site) -> Plan:
        """Raises IllegalTransition or OperationInFlight."""
        require_status(site, *_USABLE)
        require_free(site)
        return Plan("createBackup", ("back_up_site",))

    def back_up(self, site: Site, origin: Origin) -> tuple[str, Operation]:
        """Begin to back a site up; the backup's id and the operation."""
        self.check_backup(site)
        backup_id = identifiers.new_backup_id(self._work.clock())
        _, operation = self._work.begin(
            OperationType.SITE_BACKUP,
            site,
            origin,
            {"backupId": backup_id},
            lambda operation: [new_backup(site, backup_id, operation)],
        )
        return backup_id, operation

    def check_restore(self, site: Site, wanted: RestoreRequest) -> Plan:
        """Raises IllegalTransition, OperationInFlight, or InvalidRequest for no such backup."""
        is_in_grace = site.status is SiteStatus.DEPROVISIONING and site.purge_after is not None
        if not is_in_grace:
            require_status(site, *_USABLE)
        require_free(site)
        backup = self._work.repository.backup(site, wanted.backup_id)
        if backup is None or backup["status"] != "COMPLETED":
            raise InvalidRequest.field("backupId", "is no completed backup of this site")
        effects: dict[str, Any] = {"backupId": wanted.backup_id, "backupOf": backup["createdAt"]}
        if is_in_grace:
            effects["status"] = SiteStatus.ACTIVE
        steps = ("restore_content", "restore_records", "open_site", "verify_site")
        return Plan("restoreSite", steps, effects)

    def restore(self, site: Site, wanted: RestoreRequest, origin: Origin) -> tuple[Site, Operation]:
        """Begin to restore a site; one in its grace is called back from its deletion."""
        self.check_restore(site, wanted)
        if site.purge_after is not None:
            # Whoever wants it back has all of the grace again, should this restore fail.
            purge_after = timestamp(self._work.clock() + self._grace)
            site = site.model_copy(update={"purge_after": purge_after})
        inputs = {"backupId": wanted.backup_id}
        return self._work.begin(OperationType.SITE_RESTORE, site, origin, inputs)
