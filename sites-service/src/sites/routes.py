"""The routes of sites-service: each is one permission, one call, one answer."""

from http import HTTPStatus
from typing import Any, Final

from bbws_shared.api import App
from bbws_shared.auth import Permission
from bbws_shared.http import Request, answer, list_answer
from bbws_shared.plans import Check, plan_answer
from bbws_shared.sites import Site
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.version import __version__
from bbws_shared.wordpress_access import ReachWordPress
from sites.models import (
    CloneRequest,
    DeletionQuery,
    NewSite,
    OperationQuery,
    PageQuery,
    Promotion,
    RestoreRequest,
    SiteQuery,
    SiteUpdate,
    StatusChange,
)
from sites.service import SiteService
from sites.views import (
    operation_path,
    show_audit_entry,
    show_backup,
    show_deletion,
    show_operation,
    show_site,
)
from sites.work import Origin

SERVICE: Final = "sites-service"
SITES: Final = "/v1.0/tenants/{tenant_id}/sites"
SITE: Final = f"{SITES}/{{site_id}}"
_RETRY_AFTER: Final = {"Retry-After": "2"}


def site_routes(app: App, service: SiteService) -> None:
    """Create, list, get and delete sites."""

    @app.route("POST", SITES, plans=True)
    def create_site(request: Request, tenant_id: str) -> dict[str, Any]:
        request.caller.require(Permission.WRITE_SITES)
        request.caller.require_tenant(tenant_id)
        wanted = request.parse_body(NewSite)
        if request.validate_only:
            return plan_answer(service.creation.check(tenant_id, wanted, _origin(request)))
        created, operation_id = service.creation.create(tenant_id, wanted, _origin(request))
        return _accepted_site(created, operation_id)

    @app.route("GET", SITES)
    def list_sites(request: Request, tenant_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        request.caller.require_tenant(tenant_id)
        page = service.read.sites(tenant_id, request.parse_query(SiteQuery))
        return list_answer(request, [show_site(site) for site in page.items], page.next_token)

    @app.route("GET", SITE)
    def get_site(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        found = service.read.site(tenant_id, site_id, request.caller)
        return answer(HTTPStatus.OK, show_site(found), {"ETag": found.etag})

    @app.route("DELETE", SITE, plans=True, reads_query=True)
    def delete_site(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_SITES)
        skip_grace = request.parse_query(DeletionQuery).force == "true"
        if skip_grace:
            request.caller.require(Permission.SKIP_GRACE)
        found = service.read.site(tenant_id, site_id, request.caller)
        request.require_match(found.etag)
        if request.validate_only:
            return plan_answer(service.deletion.check(found, skip_grace=skip_grace))
        deleted = service.deletion.delete(found, _origin(request), skip_grace=skip_grace)
        return _accepted(show_deletion(deleted), deleted.deletion_operation_id)


def change_routes(app: App, service: SiteService) -> None:
    """Update a site, change its status, back it up and restore it."""

    @app.route("PUT", SITE, plans=True)
    def update_site(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.WRITE_SITES)
        wanted = request.parse_body(SiteUpdate)
        found = service.read.site(tenant_id, site_id, request.caller)
        request.require_match(found.etag)
        if request.validate_only:
            return plan_answer(service.changes.check_update(found, wanted))
        site, operation = service.changes.update(found, wanted, _origin(request))
        return _accepted_site(site, operation.operation_id)

    @app.route("PUT", f"{SITE}/status", plans=True)
    def set_site_status(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_SITES)
        wanted = request.parse_body(StatusChange)
        found = service.read.site(tenant_id, site_id, request.caller)
        request.require_match(found.etag)
        if request.validate_only:
            return plan_answer(service.changes.check_status(found, wanted))
        site, operation = service.changes.set_status(found, wanted, _origin(request))
        return _accepted_site(site, operation.operation_id)

    @app.route("POST", f"{SITE}/backups", plans=True)
    def create_backup(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_SITES)
        found = service.read.site(tenant_id, site_id, request.caller)
        if request.validate_only:
            return plan_answer(service.changes.check_backup(found))
        backup_id, operation = service.changes.back_up(found, _origin(request))
        begun = {
            "backupId": backup_id,
            "siteId": site_id,
            "tenantId": tenant_id,
            "status": "PENDING",
            "operationId": operation.operation_id,
            "createdAt": operation.created_at,
        }
        return _accepted(show_backup(begun), operation.operation_id)

    @app.route("GET", f"{SITE}/backups")
    def list_backups(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        query = request.parse_query(PageQuery)
        found = service.read.site(tenant_id, site_id, request.caller)
        page = service.read.backups(found, query)
        return list_answer(request, [show_backup(item) for item in page.items], page.next_token)

    @app.route("POST", f"{SITE}/restore", plans=True)
    def restore_site(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_SITES)
        wanted = request.parse_body(RestoreRequest)
        found = service.read.site(tenant_id, site_id, request.caller)
        if request.validate_only:
            return plan_answer(service.changes.check_restore(found, wanted))
        site, operation = service.changes.restore(found, wanted, _origin(request))
        return _accepted_site(site, operation.operation_id)


def copy_routes(app: App, service: SiteService, reach: ReachWordPress, clock: Clock) -> None:
    """Clone and promote sites."""

    @app.route("POST", f"{SITE}/clone", plans=True)
    def clone_site(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.WRITE_SITES)
        wanted = request.parse_body(CloneRequest)
        source = service.read.site(tenant_id, site_id, request.caller)
        if request.validate_only:
            return plan_answer(service.copies.check_clone(source, wanted, _origin(request)))
        site, operation_id = service.copies.clone(source, wanted, _origin(request))
        return _accepted_site(site, operation_id, sourceSiteId=site_id)

    @app.route("POST", f"{SITE}/promote", plans=True)
    def promote_site(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_SITES)
        wanted = request.parse_body(Promotion)
        source = service.read.site(tenant_id, site_id, request.caller)
        origin = _origin(request)
        if request.validate_only:
            service.copies.check_path(source, wanted)
            health = _health_check(source, request, reach, clock)
            return plan_answer(service.copies.check_promotion(source, wanted, origin, health))
        promoted = service.copies.promoted_before(source, wanted, origin)
        if promoted is None:
            service.copies.check_path(source, wanted)
            health = _health_check(source, request, reach, clock)
            promoted = service.copies.promote(source, wanted, origin, health)
        site, operation_id, checks = promoted
        body = {
            **show_site(site),
            "operationId": operation_id,
            "sourceSiteId": site_id,
            "checks": [check.shown() for check in checks],
        }
        return answer(HTTPStatus.OK, body, {"Location": operation_path(operation_id)})


def operation_routes(app: App, service: SiteService) -> None:
    """Get, list, cancel and retry operations; read the audit trail."""
    operation = "/v1.0/operations/{operation_id}"

    @app.route("GET", operation)
    def get_operation(request: Request, operation_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        found = service.read.operation(operation_id, request.caller)
        again = {} if found.has_ended else _RETRY_AFTER
        return answer(HTTPStatus.OK, show_operation(found), {"ETag": found.etag, **again})

    @app.route("GET", "/v1.0/tenants/{tenant_id}/operations")
    def list_operations(request: Request, tenant_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        request.caller.require_tenant(tenant_id)
        page = service.read.operations(tenant_id, request.parse_query(OperationQuery))
        return list_answer(request, [show_operation(o) for o in page.items], page.next_token)

    @app.route("POST", f"{operation}/cancel", plans=True)
    def cancel_operation(request: Request, operation_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_SITES)
        found = service.read.operation(operation_id, request.caller)
        request.audited_tenant = found.tenant_id
        if request.validate_only:
            return plan_answer(service.control.check_cancel(found))
        cancelled = service.control.cancel(found)
        return answer(HTTPStatus.OK, show_operation(cancelled), {"ETag": cancelled.etag})

    @app.route("POST", f"{operation}/retry", plans=True)
    def retry_operation(request: Request, operation_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_SITES)
        found = service.read.operation(operation_id, request.caller)
        request.audited_tenant = found.tenant_id
        if request.validate_only:
            return plan_answer(service.control.check_retry(found))
        again = service.control.retry(found)
        return _accepted(show_operation(again), again.operation_id, _RETRY_AFTER)

    @app.route("GET", "/v1.0/tenants/{tenant_id}/audit")
    def list_audit_entries(request: Request, tenant_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ_AUDIT)
        request.caller.require_tenant(tenant_id)
        page = service.read.audit_entries(tenant_id, request.parse_query(PageQuery))
        return list_answer(request, [show_audit_entry(e) for e in page.items], page.next_token)


def health_routes(app: App, service: SiteService, reach: ReachWordPress, clock: Clock) -> None:
    """Ask how the service, or a site, is."""

    @app.route("GET", "/v1.0/health")
    def get_health(_request: Request) -> dict[str, Any]:
        body = {"status": "OK", "service": SERVICE, "version": __version__}
        return answer(HTTPStatus.OK, {**body, "timestamp": timestamp(clock())})

    @app.route("GET", "/v1.0/tenants/{tenant_id}/sites/{site_id}/health")
    def get_site_health(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        from sites.health import site_health

        request.caller.require(Permission.READ)
        found = service.read.site(tenant_id, site_id, request.caller)
        wordpress = reach(tenant_id, request.correlation_id)
        return answer(HTTPStatus.OK, site_health(found, wordpress, clock))


def _health_check(source: Site, request: Request, reach: ReachWordPress, clock: Clock) -> Check:
    from sites.health import site_health

    wordpress = reach(source.tenant_id, request.correlation_id)
    health = site_health(source, wordpress, clock)
    failed = [check["name"] for check in health["checks"] if check["status"] == "FAIL"]
    # A suspended site may be promoted; it is otherwise healthy.
    is_well = health["status"] != "UNHEALTHY" or failed == ["siteStatus"]
    return Check("sourceHealth", is_well, None if is_well else f"Failed: {', '.join(failed)}")


def _origin(request: Request) -> Origin:
    return Origin(request.caller, request.correlation_id, request.digest)


def _accepted(
    body: dict[str, Any], operation_id: str | None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    location = {"Location": operation_path(operation_id)} if operation_id else {}
    return answer(HTTPStatus.ACCEPTED, body, {**location, **(headers or {})})


def _accepted_site(site: Site, operation_id: str, **more: Any) -> dict[str, Any]:
    return _accepted({**show_site(site), "operationId": operation_id, **more}, operation_id)
