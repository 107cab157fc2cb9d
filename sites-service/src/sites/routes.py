"""The routes of sites-service: each is one permission, one call, one answer."""

from http import HTTPStatus
from typing import Any, Final

from bbws_shared.api import App
from bbws_shared.auth import Permission
from bbws_shared.http import Request, answer, list_answer
from bbws_shared.sites import Site
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.version import __version__
from bbws_shared.wordpress_access import ReachWordPress
from sites.models import (
    DeletionQuery,
    NewSite,
    OperationQuery,
    SiteQuery,
    operation_path,
    show_operation,
    show_site,
    site_path,
)
from sites.service import Origin, SiteService

SERVICE: Final = "sites-service"
_RETRY_AFTER: Final = {"Retry-After": "2"}


def site_routes(app: App, service: SiteService) -> None:
    """Create, list, get and delete sites."""
    sites, site = "/v1.0/tenants/{tenant_id}/sites", "/v1.0/tenants/{tenant_id}/sites/{site_id}"

    @app.route("POST", sites)
    def create_site(request: Request, tenant_id: str) -> dict[str, Any]:
        request.caller.require(Permission.WRITE_SITES)
        request.caller.require_tenant(tenant_id)
        wanted = request.parse_body(NewSite)
        created, operation_id = service.create(tenant_id, wanted, _origin(request))
        return _accepted({**show_site(created), "operationId": operation_id}, operation_id)

    @app.route("GET", sites)
    def list_sites(request: Request, tenant_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        request.caller.require_tenant(tenant_id)
        page = service.sites(tenant_id, request.parse_query(SiteQuery))
        return list_answer(request, [show_site(site) for site in page.items], page.next_token)

    @app.route("GET", site)
    def get_site(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        found = service.get(tenant_id, site_id, request.caller)
        return answer(HTTPStatus.OK, show_site(found), {"ETag": found.etag})

    @app.route("DELETE", site)
    def delete_site(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_SITES)
        skip_grace = request.parse_query(DeletionQuery).force == "true"
        if skip_grace:
            request.caller.require(Permission.SKIP_GRACE)
        found = service.get(tenant_id, site_id, request.caller)
        request.require_match(found.etag)
        deleted = service.delete(found, _origin(request), skip_grace=skip_grace)
        return _accepted(_show_deletion(deleted), deleted.deletion_operation_id)


def operation_routes(app: App, service: SiteService) -> None:
    """Get and list operations."""

    @app.route("GET", "/v1.0/operations/{operation_id}")
    def get_operation(request: Request, operation_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        found = service.operation(operation_id, request.caller)
        again = {} if found.has_ended else _RETRY_AFTER
        return answer(HTTPStatus.OK, show_operation(found), {"ETag": found.etag, **again})

    @app.route("GET", "/v1.0/tenants/{tenant_id}/operations")
    def list_operations(request: Request, tenant_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        request.caller.require_tenant(tenant_id)
        page = service.operations(tenant_id, request.parse_query(OperationQuery))
        return list_answer(request, [show_operation(o) for o in page.items], page.next_token)


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
        found = service.get(tenant_id, site_id, request.caller)
        wordpress = reach(tenant_id, request.correlation_id)
        return answer(HTTPStatus.OK, site_health(found, wordpress, clock))


def _origin(request: Request) -> Origin:
    return Origin(request.caller, request.correlation_id, request.digest)


def _accepted(body: dict[str, Any], operation_id: str | None) -> dict[str, Any]:
    location = {"Location": operation_path(operation_id)} if operation_id else {}
    return answer(HTTPStatus.ACCEPTED, body, location)


def _show_deletion(site: Site) -> dict[str, Any]:
    shown = {
        "siteId": site.site_id,
        "status": site.status,
        "backupId": site.backup_id,
        "purgeAfter": site.purge_after,
        "operationId": site.deletion_operation_id,
    }
    links = {"self": {"href": site_path(site)}}
    if site.deletion_operation_id is not None:
        links["operation"] = {"href": operation_path(site.deletion_operation_id)}
    return {**{name: v for name, v in shown.items() if v is not None}, "_links": links}
