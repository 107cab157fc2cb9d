"""The routes that read plugins and install them: each is one permission, one call, one answer."""

from http import HTTPStatus
from typing import Any, Final

from bbws_shared.api import App
from bbws_shared.auth import Permission
from bbws_shared.http import Request, answer, list_answer
from bbws_shared.plans import plan_answer
from plugins.installation import PluginInstallation
from plugins.models import Installation, InstalledPluginQuery, PluginQuery
from plugins.service import PluginService
from plugins.site_plugins import Target
from plugins.views import etag, installed_etag, show_installed, show_plugin

SERVICE: Final = "plugins-service"
SITE_PLUGINS: Final = "/v1.0/tenants/{tenant_id}/sites/{site_id}/plugins"


def target_of(request: Request, tenant_id: str, site_id: str) -> Target:
    """The site that a request is about."""
    return Target(tenant_id, site_id, request.caller, request.correlation_id)


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


def site_routes(app: App, service: PluginService, installation: PluginInstallation) -> None:
    """List and get the plugins of a site, and install one."""

    @app.route("GET", SITE_PLUGINS)
    def list_installed_plugins(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        query = request.parse_query(InstalledPluginQuery)
        listed, next_token = service.installed(tenant_id, site_id, request.caller, query)
        items = [show_installed(tenant_id, item, entry) for item, entry in listed]
        return list_answer(request, items, next_token)

    @app.route("GET", f"{SITE_PLUGINS}/{{plugin_id}}")
    def get_installed_plugin(
        request: Request, tenant_id: str, site_id: str, plugin_id: str
    ) -> dict[str, Any]:
        request.caller.require(Permission.READ)
        item, entry = service.installed_plugin(tenant_id, site_id, request.caller, plugin_id)
        headers = {"ETag": installed_etag(item)}
        return answer(HTTPStatus.OK, show_installed(tenant_id, item, entry), headers)

    @app.route("POST", SITE_PLUGINS, plans=True)
    def install_plugin(request: Request, tenant_id: str, site_id: str) -> dict[str, Any]:
        request.caller.require(Permission.INSTALL_PLUGINS)
        wanted = request.parse_body(Installation)
        target = target_of(request, tenant_id, site_id)
        if request.validate_only:
            return plan_answer(installation.check(target, wanted))
        item, entry = installation.install(target, wanted)
        installed = show_installed(tenant_id, item, entry)
        headers = {"Location": installed["_links"]["self"]["href"], "ETag": installed_etag(item)}
        return answer(HTTPStatus.CREATED, installed, headers)
