"""The routes of plugins-service: each is one permission, one call, one answer."""

from http import HTTPStatus
from typing import Any, Final

from bbws_shared.api import App
from bbws_shared.auth import Permission
from bbws_shared.http import Request, answer, list_answer
from plugins.models import (
    Installation,
    InstalledPluginQuery,
    PluginQuery,
    etag,
    show_installed,
    show_plugin,
)
from plugins.service import PluginService, Target

SERVICE: Final = "plugins-service"


def catalogue_routes(app: App, service: PluginService) -> None:
    """List and get plugins of the catalogue."""

    @app.route("GET", "/v1.0/plugins")
    def list_plugins(request: Request) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        items, next_token = service.plugins(request.parse_query(PluginQuery))
        return list_answer(request, [show_plugin(item) for item in items], next_token)

    @app.route("GET", "/v1.0/plugins/{plugin_id}")
    def get_plugin(request: Request, plugin_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        plugin = service.plugin(plugin_id)
        return answer(HTTPStatus.OK, show_plugin(plugin), {"ETag": etag(plugin)})


def site_routes(app: App, service: PluginService) -> None:
    """List and install plugins on a site."""
    path = "/v1.0/tenants/{tenant_id}/sites/{site_id}/plugins"

    @app.route("GET", path)
    def list_installed_plugins(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        query = request.parse_query(InstalledPluginQuery)
        items, next_token = service.installed(tenant_id, site_id, request.caller, query)
        return list_answer(request, [show_installed(tenant_id, i) for i in items], next_token)

    @app.route("POST", path)
    def install_plugin(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.INSTALL_PLUGINS)
        target = Target(tenant_id, site_id, request.caller, request.correlation_id)
        installed = show_installed(
            tenant_id, service.install(target, request.parse_body(Installation))
        )
        location = {"Location": installed["_links"]["self"]["href"]}
        return answer(HTTPStatus.CREATED, installed, location)
