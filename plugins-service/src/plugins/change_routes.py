"""The routes that change a plugin which a site has."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from bbws_shared.api import App
from bbws_shared.attributes import Item
from bbws_shared.auth import Permission
from bbws_shared.http import Request, answer
from bbws_shared.plans import plan_answer
from plugins.changes import PluginChanges
from plugins.models import Activation, Configuration, VersionChange
from plugins.routes import SITE_PLUGINS, target_of
from plugins.site_plugins import OpenSite, SitePlugins
from plugins.updates import PluginUpdates
from plugins.views import installed_etag, show_installed

_PLUGIN: Final = f"{SITE_PLUGINS}/{{plugin_id}}"


def change_routes(
    app: App, sites: SitePlugins, changes: PluginChanges, updates: PluginUpdates
) -> None:
    """Configure, activate, update and uninstall."""

    @app.route("PUT", f"{_PLUGIN}/config", plans=True)
    def configure_plugin(
        request: Request, tenant_id: str, site_id: str, plugin_id: str
    ) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_PLUGINS)
        options = request.parse_body(Configuration).configuration
        opened = _opened(sites, request, (tenant_id, site_id), plugin_id)
        if request.validate_only:
            return plan_answer(changes.check_configuration(opened, plugin_id, options))
        return _installed(opened, changes.configure(opened, plugin_id, options))

    @app.route("PUT", f"{_PLUGIN}/status", plans=True)
    def set_plugin_status(
        request: Request, tenant_id: str, site_id: str, plugin_id: str
    ) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_PLUGINS)
        is_active = request.parse_body(Activation).is_active
        opened = _opened(sites, request, (tenant_id, site_id), plugin_id, is_remedy=not is_active)
        if request.validate_only:
            return plan_answer(changes.check_status(opened, plugin_id, is_active=is_active))
        return _installed(opened, changes.set_status(opened, plugin_id, is_active=is_active))

    @app.route("PUT", f"{_PLUGIN}/update", plans=True)
    def update_plugin(
        request: Request, tenant_id: str, site_id: str, plugin_id: str
    ) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_PLUGINS)
        version = request.parse_body(VersionChange).version
        opened = _opened(sites, request, (tenant_id, site_id), plugin_id, is_remedy=True)
        if request.validate_only:
            return plan_answer(updates.check(opened, plugin_id, version))
        return _installed(opened, updates.update(opened, plugin_id, version))

    @app.route("DELETE", _PLUGIN, plans=True)
    def uninstall_plugin(
        request: Request, tenant_id: str, site_id: str, plugin_id: str
    ) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_PLUGINS)
        opened = _opened(sites, request, (tenant_id, site_id), plugin_id)
        if request.validate_only:
            return plan_answer(changes.check_uninstallation(opened, plugin_id))
        changes.uninstall(opened, plugin_id)
        return answer(HTTPStatus.NO_CONTENT)


def _opened(
    sites: SitePlugins,
    request: Request,
    place: tuple[str, str],
    plugin_id: str,
    *,
    is_remedy: bool = False,
) -> OpenSite:
    """The site with the plugin as the caller knows it (If-Match)."""
    target = replace(target_of(request, *place), is_remedy=is_remedy)
    opened = sites.open(target, plugin_id)
    request.require_match(installed_etag(opened.recorded(plugin_id)))
    return opened


def _installed(opened: OpenSite, item: Item) -> dict[str, Any]:
    entry = opened.catalogue.get(item["pluginId"])
    shown = show_installed(opened.target.tenant_id, item, entry)
    return answer(HTTPStatus.OK, shown, {"ETag": installed_etag(item)})
