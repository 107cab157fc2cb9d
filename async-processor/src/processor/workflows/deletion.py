"""SITE_DELETION and SITE_PURGE: a backup first, then the site is gone.

A PROD site is only retired by its deletion: backed up and taken offline. It is removed by the
purge, which the reconciler begins when the grace is over.
"""

from typing import Final

from bbws_shared import reservations
from bbws_shared.events import EventType
from bbws_shared.observability import Metric
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import TOMBSTONE_SECONDS, Site, SiteStatus
from bbws_shared.timestamps import moment
from bbws_shared.wordpress_transport import WordPressRefused
from processor import plugin_records
from processor.failures import Failure
from processor.template_uses import moved_use
from processor.workflow import Continue, Done, Ending, Step, Work, Workflow
from processor.workflows.backup import back_up_site, back_up_site_step, given_up_backup

_NO_SUCH_SITE: Final = "bbws_site_not_found"


def _back_up_site(work: Work) -> Done | Continue:
    """Back the site up, unless an earlier deletion has removed it, or has begun to.

    The next step removes what that one may have left: WordPress knows a site no more from the moment
    in which its removal begins.
    """
    try:
        return back_up_site(work)
    except WordPressRefused as refusal:
        if not _is_gone(work, refusal):
            raise
    return Done(
        site={"backup_id": _previous_backup(work.operation)},
        writes=given_up_backup(work.site, work.operation, work.at),
    )


def _previous_backup(operation: Operation) -> str | None:
    """The backup that the site had when it was asked to be deleted."""
    backup_id: str | None = operation.inputs.get("previousBackupId")
    return backup_id


def _suspend_site(work: Work) -> Done:
    """Nobody sees the site from now on; one that an earlier deletion removed nobody has seen since."""
    if work.site.wordpress_site_id is not None:
        try:
            work.wordpress.set_site_status(work.site.wordpress_site_id, "suspended")
        except WordPressRefused as refusal:
            if not _is_gone(work, refusal):
                raise
    return Done()


def _is_gone(work: Work, refusal: WordPressRefused) -> bool:
    """Whether WordPress knows the site no more, neither by its own id nor by ours."""
    return refusal.code == _NO_SUCH_SITE and work.wordpress.find_site(work.site.site_id) is None


def _delete_wordpress_site(work: Work) -> Done:
    """Delete it, also when its creation was cut off before its id was recorded."""
    wordpress_site_id = work.site.wordpress_site_id
    if wordpress_site_id is None:
        found = work.wordpress.find_site(work.site.site_id)
        wordpress_site_id = None if found is None else found.id
    if wordpress_site_id is not None:
        work.wordpress.delete_site(wordpress_site_id)
    # A deletion that fails behind this, and is asked for again, has nothing to back up any more.
    return Done(site={"wordpress_site_id": None})


def _forget_plugins(work: Work) -> Done:
    plugin_records.forget(work.table, work.site)
    return Done(
        site={"template_id": None, "template_version": None},
        writes=moved_use(work.table, work.site.template_id, None),
    )


def _retired(site: Site, _operation: Operation, at: str) -> Ending:
    return Ending(
        site.changed(at, active_operation_id=None),
        EventType.SITE_DELETION_SCHEDULED,
        f"The site is offline and will be deleted after {site.purge_after}",
        {"purgeAfter": site.purge_after, "backupId": site.backup_id},
    )


def _deleted(site: Site, _operation: Operation, at: str) -> Ending:
    gone = site.transition(
        SiteStatus.DELETED,
        at,
        active_operation_id=None,
        holds_address=False,
        expires_at=int(moment(at).timestamp()) + TOMBSTONE_SECONDS,
    )
    return Ending(
        gone,
        EventType.SITE_DELETED,
        "The site is deleted",
        {"backupId": site.backup_id, "siteName": site.site_name},
        [(Metric.SITE_DELETED, 1)],
        reservations.release(site) if site.holds_address else [],
    )


def _fail(site: Site, operation: Operation, at: str, failure: Failure) -> Ending:
    """The site FAILED, and it keeps all that it held: the deletion can be asked for again."""
    given_up = given_up_backup(site, operation, at)
    failed = site.transition(
        SiteStatus.FAILED,
        at,
        active_operation_id=None,
        status_reason=failure.message,
        purge_after=None,
        backup_id=_previous_backup(operation) if given_up else site.backup_id,
    )
    return Ending(
        failed,
        EventType.SITE_DELETION_FAILED,
        facts={"error": failure.told(), "siteName": site.site_name},
        writes=given_up,
    )


_REMOVAL: Final = (
    Step("delete_wordpress_site", "Deleting the site from WordPress", 85, _delete_wordpress_site),
    Step("forget_plugins", "Removing the site's records", 95, _forget_plugins),
)

_BACK_UP_SITE_STEP: Final = back_up_site_step(50, _back_up_site)

DELETION: Final = Workflow(
    OperationType.SITE_DELETION, (_BACK_UP_SITE_STEP, *_REMOVAL), _deleted, _fail
)
RETIREMENT: Final = Workflow(
    OperationType.SITE_DELETION,
    (_BACK_UP_SITE_STEP, Step("suspend_site", "Taking the site offline", 95, _suspend_site)),
    _retired,
    _fail,
)
PURGE: Final = Workflow(OperationType.SITE_PURGE, _REMOVAL, _deleted, _fail)
