"""SITE_BACKUP, and the step that backs a site up before something is done to it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from bbws_shared import keys
from bbws_shared.events import EventType
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site
from bbws_shared.table import Condition, Write, update
from processor import plugin_records
from processor.failures import Failure
from processor.workflow import Continue, Done, Ending, Step, Work, Workflow

_BACK_UP: Final = "back_up_site"


def back_up_site(work: Work) -> Done | Continue:
    """Go on with the backup of `inputs.backupId`; a site that was never built needs none."""
    backup_id = _backup_id(work.site, work.operation)
    if backup_id is None:
        return Done()
    outcome = back_up(work, work.site, backup_id, "backupCursor")
    return replace(outcome, site={"backup_id": backup_id}) if isinstance(outcome, Done) else outcome


def back_up_site_step(progress: int, run: Callable[[Work], Done | Continue] = back_up_site) -> Step:
    """Back the site up as the backup that its operation was stored with."""
    return Step(_BACK_UP, "Backing up the site", progress, run)


def given_up_backup(site: Site, operation: Operation, at: str) -> list[Write]:
    """The writes that end the backup of an operation that failed before its backup was done."""
    backup_id = _backup_id(site, operation)
    is_done = any(s["name"] == _BACK_UP and s["status"] == "COMPLETED" for s in operation.steps)
    if backup_id is None or is_done:
        return []
    return [fail_backup(keys.backup(site.tenant_id, site.site_id, backup_id), at)]


def _backup_id(site: Site, operation: Operation) -> str | None:
    """None where there is nothing to back up: the site was never built."""
    if site.wordpress_site_id is None:
        return None
    backup_id: str | None = operation.inputs.get("backupId")
    return backup_id


def back_up(work: Work, site: Site, backup_id: str, cursor: str) -> Done | Continue:
    """Go on with a backup of `site`; `cursor` names the operation's fact that says where."""
    key = work.backups.key(site.tenant_id, site.site_id, backup_id)
    batch = work.wordpress.back_up(
        site.wordpress_id, backup_id, work.backups.upload_url(key), work.operation.facts.get(cursor)
    )
    if not batch.done:
        return Continue({cursor: batch.cursor}, batch.progress)
    plugin_records.keep(work.table, site, backup_id)
    item = keys.backup(site.tenant_id, site.site_id, backup_id)
    values = {":at": work.at, ":key": key, ":bytes": batch.bytes, ":sha256": batch.sha256}
    return Done(writes=[_end_backup(item, "COMPLETED", values | {":state": _state_of(site)})])


def _state_of(site: Site) -> dict[str, object]:
    """What WordPress has of the site's record, for a restore brings that back."""
    state = {
        "configuration": site.configuration,
        "templateId": site.template_id,
        "templateVersion": site.template_version,
    }
    return {name: value for name, value in state.items() if value is not None}


def fail_backup(item: keys.Key, at: str) -> Write:
    """The write that says a backup will not come to its end."""
    return _end_backup(item, "FAILED", {":at": at})


def _end_backup(item: keys.Key, status: str, values: Mapping[str, object]) -> Write:
    """The backup's end; the names of `values` say what is recorded."""
    recorded = {
        ":key": "objectKey",
        ":bytes": "bytes",
        ":sha256": "sha256",
        ":state": "siteState",
    }
    assignments = ["#status = :status", "completedAt = :at"]
    assignments += [f"#{name[1:]} = {name}" for name in values if name in recorded]
    names = {f"#{name[1:]}": recorded[name] for name in values if name in recorded}
    return update(
        item,
        f"SET {', '.join(assignments)}",
        Condition(
            "attribute_exists(PK)",
            {":status": status, **values},
            {"#status": "status", **names},
        ),
    )


def _backed_up(site: Site, _operation: Operation, at: str) -> Ending:
    return Ending(
        site.changed(at, active_operation_id=None),
        EventType.SITE_BACKED_UP,
        "The backup is complete",
        {"backupId": site.backup_id, "siteName": site.site_name},
    )


def _fail(site: Site, operation: Operation, at: str, failure: Failure) -> Ending:
    return Ending(
        site.changed(at, active_operation_id=None),
        EventType.SITE_BACKUP_FAILED,
        facts={"error": failure.told(), "siteName": site.site_name},
        writes=given_up_backup(site, operation, at),
    )


BACKUP: Final = Workflow(OperationType.SITE_BACKUP, (back_up_site_step(95),), _backed_up, _fail)
