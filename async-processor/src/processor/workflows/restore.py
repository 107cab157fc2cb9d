"""SITE_RESTORE: a site's content as a backup holds it; within its grace it calls a deletion off."""

from typing import Final

from bbws_shared import keys
from bbws_shared.events import EventType
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site, SiteStatus
from processor.failures import Failure
from processor.workflow import Continue, Done, Ending, Step, Work, Workflow


def _restore_content(work: Work) -> Done | Continue:
    site, operation = work.site, work.operation
    backup_id = operation.inputs["backupId"]
    backup = work.table.get(keys.backup(site.tenant_id, site.site_id, backup_id))
    if backup is None:
        raise LookupError(f"backup {backup_id} is gone")
    batch = work.wordpress.restore(
        site.wordpress_id,
        operation.operation_id,
        work.backups.download_url(backup["objectKey"]),
        backup["sha256"],
        operation.facts.get("restoreCursor"),
    )
    if not batch.done:
        return Continue({"restoreCursor": batch.cursor}, batch.progress)
    return Done()


def _open_site(work: Work) -> Done:
    """A site that was offline to be deleted is served again; a suspended one stays so."""
    if work.site.status is SiteStatus.DEPROVISIONING:
        work.wordpress.set_site_status(work.site.wordpress_id, "active")
    return Done()


def _verify_site(work: Work) -> Done:
    work.wordpress.get_site(work.site.wordpress_id)
    return Done()


def _restored(site: Site, operation: Operation, at: str) -> Ending:
    changes = {
        "active_operation_id": None,
        "status_reason": None,
        "purge_after": None,
        "deletion_operation_id": None,
    }
    restored = (
        site.transition(SiteStatus.ACTIVE, at, **changes)
        if site.status is SiteStatus.DEPROVISIONING
        else site.changed(at, active_operation_id=None)
    )
    return Ending(
        restored,
        EventType.SITE_RESTORED,
        "The site is as the backup holds it",
        {"backupId": operation.inputs["backupId"], "siteName": site.site_name},
    )


def _fail(site: Site, _operation: Operation, at: str, failure: Failure) -> Ending:
    """The site stays in the state it was in; a restore can be asked for again."""
    return Ending(
        site.changed(at, active_operation_id=None),
        EventType.SITE_RESTORE_FAILED,
        facts={"error": failure.told(), "siteName": site.site_name},
    )


RESTORE: Final = Workflow(
    OperationType.SITE_RESTORE,
    (
        Step("restore_content", "Restoring the content", 80, _restore_content),
        Step("open_site", "Taking the site online", 90, _open_site),
        Step("verify_site", "Checking that the site works", 95, _verify_site),
    ),
    _restored,
    _fail,
)
