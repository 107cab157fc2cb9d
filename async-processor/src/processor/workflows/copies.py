"""SITE_CLONE and SITE_PROMOTION: a site's content under another address.

The operation belongs to the target; the source is named in its inputs and cannot change meanwhile,
for it carries the same operation as its active one.
"""

from typing import Final

from bbws_shared import keys, reservations
from bbws_shared.events import EventType
from bbws_shared.observability import Metric
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site, SiteStatus
from bbws_shared.table import Condition, Write, update
from bbws_shared.timestamps import seconds_between
from processor import plugin_records
from processor.failures import Failure
from processor.template_uses import moved_use
from processor.workflow import Continue, Done, Ending, Step, Work, Workflow
from processor.workflows.backup import (
    back_up,
    back_up_site_step,
    fail_backup,
    given_up_backup,
)
from processor.workflows.creation import create_wordpress_site_step, verify_site_step

_BACK_UP_SOURCE: Final = "back_up_source"


def _source_of(work: Work) -> Site:
    source_id = work.operation.inputs["sourceSiteId"]
    item = work.table.get(keys.site(work.site.tenant_id, source_id))
    if item is None:
        raise LookupError(f"source {source_id} is gone")
    return Site.from_item(item)


def _back_up_source(work: Work) -> Done | Continue:
    return back_up(
        work, _source_of(work), work.operation.inputs["sourceBackupId"], "sourceBackupCursor"
    )


def _copy_content(work: Work) -> Done | Continue:
    batch = work.wordpress.copy_site(
        _source_of(work).wordpress_id,
        work.operation.attempt_id,
        work.site.wordpress_id,
        work.operation.facts.get("copyCursor"),
    )
    if not batch.done:
        return Continue({"copyCursor": batch.cursor}, batch.progress)
    return Done()


def _configure_copy(work: Work) -> Done:
    """The copy has the source's settings, and the title that it was asked for with."""
    source = _source_of(work)
    configuration = {**source.configuration, **work.operation.inputs.get("configuration", {})}
    work.wordpress.update_site(work.site.wordpress_id, configuration)
    return Done(
        site={
            "configuration": configuration,
            "template_id": source.template_id,
            "template_version": source.template_version,
        },
        writes=moved_use(work.table, work.site.template_id, source.template_id),
    )


def _copy_plugin_records(work: Work) -> Done:
    plugin_records.copy(work.table, _source_of(work), work.site)
    return Done()


def _done(event: EventType, message: str, site: Site, operation: Operation, at: str) -> Ending:
    changes = {"active_operation_id": None, "status_reason": None}
    is_new = site.status is SiteStatus.PROVISIONING
    active = (
        site.transition(SiteStatus.ACTIVE, at, **changes) if is_new else site.changed(at, **changes)
    )
    duration = seconds_between(operation.created_at, at)
    return Ending(
        active,
        event,
        f"{message} {active.url}",
        {
            "url": active.url,
            "siteName": active.site_name,
            "environment": active.environment,
            "sourceSiteId": operation.inputs["sourceSiteId"],
        },
        [(Metric.SITE_CREATED, 1), (Metric.SITE_CREATION_DURATION, duration)] if is_new else [],
        [_release_source(site, operation, at)],
    )


def _cloned(site: Site, operation: Operation, at: str) -> Ending:
    return _done(EventType.SITE_CLONED, "The copy is ready at", site, operation, at)


def _promoted(site: Site, operation: Operation, at: str) -> Ending:
    return _done(EventType.SITE_PROMOTED, "The site is promoted to", site, operation, at)


def _failed(
    event: EventType, site: Site, operation: Operation, at: str, failure: Failure
) -> Ending:
    """A new target FAILED; one that was there before keeps serving what it has."""
    is_new = site.status is SiteStatus.PROVISIONING
    is_unbuilt = (
        is_new and site.wordpress_site_id is None and failure.left_nothing and site.holds_address
    )
    failed = (
        site.transition(
            SiteStatus.FAILED,
            at,
            active_operation_id=None,
            status_reason=failure.message,
            holds_address=site.holds_address and not is_unbuilt,
        )
        if is_new
        else site.changed(at, active_operation_id=None)
    )
    return Ending(
        failed,
        event,
        facts={"error": failure.told(), "siteName": site.site_name},
        measures=[(Metric.SITE_CREATION_FAILED, 1)] if is_new else [],
        writes=[
            *([] if is_new else given_up_backup(site, operation, at)),
            *_given_up_source_backup(operation, at),
            *(reservations.release(site) if is_unbuilt else []),
            _release_source(site, operation, at),
        ],
    )


def _clone_failed(site: Site, operation: Operation, at: str, failure: Failure) -> Ending:
    return _failed(EventType.SITE_CLONE_FAILED, site, operation, at, failure)


def _promotion_failed(site: Site, operation: Operation, at: str, failure: Failure) -> Ending:
    return _failed(EventType.SITE_PROMOTION_FAILED, site, operation, at, failure)


def _given_up_source_backup(operation: Operation, at: str) -> list[Write]:
    backup_id = operation.inputs.get("sourceBackupId")
    is_done = any(
        s["name"] == _BACK_UP_SOURCE and s["status"] == "COMPLETED" for s in operation.steps
    )
    if backup_id is None or is_done:
        return []
    source_id = operation.inputs["sourceSiteId"]
    return [fail_backup(keys.backup(operation.tenant_id, source_id, backup_id), at)]


def _release_source(site: Site, operation: Operation, at: str) -> Write:
    """The source can be changed again. It holds this operation until here, so it is unchanged."""
    return update(
        keys.site(site.tenant_id, operation.inputs["sourceSiteId"]),
        "SET #version = #version + :one, updatedAt = :at REMOVE activeOperationId",
        Condition(
            "activeOperationId = :operation",
            {":operation": operation.operation_id, ":one": 1, ":at": at},
            {"#version": "version"},
        ),
    )


_BACK_UP_SOURCE_STEP: Final = Step(_BACK_UP_SOURCE, "Backing up the source", 10, _back_up_source)
_COPYING: Final = (
    Step("copy_content", "Copying the content", 70, _copy_content),
    Step("configure_copy", "Configuring the copy", 80, _configure_copy),
    Step("copy_plugin_records", "Recording the plugins", 90, _copy_plugin_records),
    verify_site_step(95),
)

CLONE: Final = Workflow(
    OperationType.SITE_CLONE,
    (create_wordpress_site_step(30), *_COPYING),
    _cloned,
    _clone_failed,
)
PROMOTION: Final = Workflow(
    OperationType.SITE_PROMOTION,
    (
        _BACK_UP_SOURCE_STEP,
        create_wordpress_site_step(30),
        *_COPYING,
    ),
    _promoted,
    _promotion_failed,
)
REFRESH: Final = Workflow(
    OperationType.SITE_PROMOTION,
    (
        _BACK_UP_SOURCE_STEP,
        back_up_site_step(30),
        *_COPYING,
    ),
    _promoted,
    _promotion_failed,
)
