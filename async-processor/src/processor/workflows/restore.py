"""SITE_RESTORE: a site's content as a backup holds it; within its grace it calls a deletion off."""

from typing import Final

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.events import EventType
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site, SiteStatus
from processor import plugin_records
from processor.failures import Failure
from processor.template_uses import moved_use
from processor.workflow import Continue, Done, Ending, Step, Work, Workflow


def _backup_of(work: Work) -> Item:
    backup_id = work.operation.inputs["backupId"]
    backup = work.table.get(keys.backup(work.site.tenant_id, work.site.site_id, backup_id))
    if backup is None:
        raise LookupError(f"backup {backup_id} is gone")
    return backup


def _restore_content(work: Work) -> Done | Continue:
    site, operation = work.site, work.operation
    backup = _backup_of(work)
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


def _restore_records(work: Work) -> Done:
    """What we have on record of the content goes back with it."""
    site, backup = work.site, _backup_of(work)
    state = backup.get("siteState")
    if state is None:
        return Done()
    present = {plugin.slug: plugin for plugin in work.wordpress.plugins(site.domain)}
    missing = plugin_records.bring_back(work.table, site, backup["backupId"], present)
    template_id = state.get("templateId")
    return Done(
        site={
            "configuration": state["configuration"],
            "template_id": template_id,
            "template_version": state.get("templateVersion"),
        },
        facts={"pluginsMissing": missing},
        writes=moved_use(work.table, site.template_id, template_id),
    )


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
        {
            "backupId": operation.inputs["backupId"],
            "siteName": site.site_name,
            "pluginsMissing": operation.facts.get("pluginsMissing") or None,
        },
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
        Step("restore_records", "Restoring settings and plugins", 85, _restore_records),
        Step("open_site", "Taking the site online", 90, _open_site),
        Step("verify_site", "Checking that the site works", 95, _verify_site),
    ),
    _restored,
    _fail,
)
