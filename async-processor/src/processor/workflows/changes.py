"""SITE_UPDATE and SITE_STATUS: changes of a site that is there, and stays as it was on a failure."""

from typing import Any, Final

from bbws_shared.events import EventType
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site, SiteStatus
from processor.failures import Failure
from processor.workflow import Done, Ending, Step, Work, Workflow

_WORDPRESS_STATUS: Final = {SiteStatus.ACTIVE: "active", SiteStatus.SUSPENDED: "suspended"}


def _update_wordpress_site(work: Work) -> Done:
    inputs = work.operation.inputs
    configuration: dict[str, str] = inputs.get("configuration", {})
    if configuration:
        work.wordpress.update_site(work.site.wordpress_id, configuration)
    changes: dict[str, Any] = {"configuration": {**work.site.configuration, **configuration}}
    if "siteName" in inputs:
        changes["site_name"] = inputs["siteName"]
    return Done(site=changes)


def _set_wordpress_status(work: Work) -> Done:
    status = SiteStatus(work.operation.inputs["status"])
    work.wordpress.set_site_status(work.site.wordpress_id, _WORDPRESS_STATUS[status])
    return Done()


def _updated(site: Site, _operation: Operation, at: str) -> Ending:
    return Ending(
        site.changed(at, active_operation_id=None),
        EventType.SITE_UPDATED,
        "The site is updated",
        {"siteName": site.site_name},
    )


def _status_changed(site: Site, operation: Operation, at: str) -> Ending:
    status = SiteStatus(operation.inputs["status"])
    reason = operation.inputs.get("reason")
    changed = site.transition(status, at, active_operation_id=None, status_reason=reason)
    return Ending(
        changed,
        EventType.SITE_STATUS_CHANGED,
        f"The site is {status}",
        {"status": status, "reason": reason, "siteName": site.site_name},
    )


def _update_failed(site: Site, _operation: Operation, at: str, failure: Failure) -> Ending:
    return _unchanged(EventType.SITE_UPDATE_FAILED, site, at, failure)


def _status_change_failed(site: Site, _operation: Operation, at: str, failure: Failure) -> Ending:
    return _unchanged(EventType.SITE_STATUS_CHANGE_FAILED, site, at, failure)


def _unchanged(event: EventType, site: Site, at: str, failure: Failure) -> Ending:
    return Ending(
        site.changed(at, active_operation_id=None),
        event,
        facts={"error": failure.told(), "siteName": site.site_name},
    )


UPDATE: Final = Workflow(
    OperationType.SITE_UPDATE,
    (Step("update_wordpress_site", "Updating the site", 95, _update_wordpress_site),),
    _updated,
    _update_failed,
)
STATUS: Final = Workflow(
    OperationType.SITE_STATUS,
    (Step("set_wordpress_status", "Changing the site's status", 95, _set_wordpress_status),),
    _status_changed,
    _status_change_failed,
)
