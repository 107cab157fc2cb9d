"""What callers are shown."""

from typing import Any, Final

from bbws_shared.attributes import Item
from bbws_shared.catalogue import shown
from bbws_shared.operations import Operation
from bbws_shared.sites import Site

_SITE_HIDDEN: Final = {"holds_address", "request_digest", "deletion_operation_id", "expires_at"}
_OPERATION_SHOWN: Final = {
    "operation_id",
    "operation_type",
    "tenant_id",
    "site_id",
    "status",
    "progress",
    "message",
    "steps",
    "error",
    "correlation_id",
    "created_at",
    "created_by",
    "started_at",
    "completed_at",
}


def site_path(site: Site) -> str:
    """Where a site is found."""
    return f"/v1.0/tenants/{site.tenant_id}/sites/{site.site_id}"


def operation_path(operation_id: str) -> str:
    """Where an operation is found."""
    return f"/v1.0/operations/{operation_id}"


def show_site(site: Site) -> dict[str, Any]:
    """A site as callers see it."""
    links = {"self": {"href": site_path(site)}, "site": {"href": site.url}}
    if site.active_operation_id is not None:
        links["operation"] = {"href": operation_path(site.active_operation_id)}
    links["operations"] = {
        "href": f"/v1.0/tenants/{site.tenant_id}/operations?siteId={site.site_id}"
    }
    shown = site.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=_SITE_HIDDEN)
    return {**shown, "url": site.url, "_links": links}


def show_operation(operation: Operation) -> dict[str, Any]:
    """An operation as callers see it."""
    site = f"/v1.0/tenants/{operation.tenant_id}/sites/{operation.site_id}"
    links = {
        "self": {"href": operation_path(operation.operation_id)},
        "site": {"href": site},
    }
    shown = operation.model_dump(
        mode="json", by_alias=True, exclude_none=True, include=_OPERATION_SHOWN
    )
    return {**shown, "_links": links}


_BACKUP_SHOWN: Final = (
    "backupId",
    "siteId",
    "status",
    "operationId",
    "createdAt",
    "completedAt",
    "bytes",
    "sha256",
)
_AUDIT_SHOWN: Final = (
    "auditId",
    "at",
    "actor",
    "action",
    "method",
    "path",
    "sourceIp",
    "status",
    "errorCode",
    "correlationId",
    "requestId",
)


def show_backup(backup: Item) -> dict[str, Any]:
    """A backup as callers see it; where its archive lies is ours."""
    site = f"/v1.0/tenants/{backup['tenantId']}/sites/{backup['siteId']}"
    links = {
        "site": {"href": site},
        "operation": {"href": operation_path(backup["operationId"])},
    }
    return {**shown(backup, _BACKUP_SHOWN), "_links": links}


def show_audit_entry(entry: Item) -> dict[str, Any]:
    """An entry of the audit trail as callers see it."""
    return shown(entry, _AUDIT_SHOWN)


def show_deletion(site: Site) -> dict[str, Any]:
    """A deletion that has begun."""
    told = {
        "siteId": site.site_id,
        "status": site.status,
        "backupId": site.backup_id,
        "purgeAfter": site.purge_after,
        "operationId": site.deletion_operation_id,
    }
    links = {"self": {"href": site_path(site)}}
    if site.deletion_operation_id is not None:
        links["operation"] = {"href": operation_path(site.deletion_operation_id)}
    return {**{name: v for name, v in told.items() if v is not None}, "_links": links}
