"""The routes of staff: the catalogue's plugins, the blocklist, the vulnerability feed."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from bbws_shared.api import App
from bbws_shared.attributes import Item
from bbws_shared.auth import Permission
from bbws_shared.errors import InvalidRequest
from bbws_shared.http import Request, answer
from bbws_shared.plans import Plan, plan_answer
from plugins.administration import PluginAdministration
from plugins.advisories import Advisories, Reading
from plugins.advisory_models import VulnerabilityFeed
from plugins.catalogue_models import Blocklisting, CataloguePluginChange, NewCataloguePlugin
from plugins.service import PluginService
from plugins.views import etag, show_administered

_PLUGINS: Final = "/v1.0/admin/plugins"
_PLUGIN: Final = f"{_PLUGINS}/{{plugin_id}}"


def admin_routes(app: App, service: PluginService, administration: PluginAdministration) -> None:
    """Write, blocklist and delete plugins of the catalogue."""

    @app.route("POST", _PLUGINS, plans=True)
    def create_catalogue_plugin(request: Request) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_CATALOGUE)
        wanted = request.parse_body(NewCataloguePlugin)
        if request.validate_only:
            return plan_answer(administration.check_creation(wanted))
        created = administration.create(wanted)
        location = {"Location": f"/v1.0/plugins/{wanted.plugin_id}"}
        return _administered(HTTPStatus.CREATED, created, location)

    @app.route("PUT", _PLUGIN, plans=True)
    def update_catalogue_plugin(request: Request, plugin_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_CATALOGUE)
        wanted = request.parse_body(CataloguePluginChange)
        found = _found(service, request, plugin_id)
        if request.validate_only:
            return plan_answer(administration.check_update(found, wanted))
        return _administered(HTTPStatus.OK, administration.update(found, wanted))

    @app.route("DELETE", _PLUGIN, plans=True)
    def delete_catalogue_plugin(request: Request, plugin_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_CATALOGUE)
        found = _found(service, request, plugin_id)
        if request.validate_only:
            return plan_answer(administration.check_deletion(found))
        administration.delete(found)
        return answer(HTTPStatus.NO_CONTENT)

    @app.route("PUT", f"{_PLUGIN}/blocklist", plans=True)
    def set_plugin_blocklisting(request: Request, plugin_id: str) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_CATALOGUE)
        wanted = request.parse_body(Blocklisting)
        found = _found(service, request, plugin_id)
        if request.validate_only:
            return plan_answer(administration.check_blocklisting(found, wanted))
        return _administered(HTTPStatus.OK, administration.set_blocklisting(found, wanted))


def advisory_routes(app: App, advisories: Callable[[], Advisories]) -> None:
    """Import vulnerability feeds; `advisories` is asked for at the first of them."""

    @app.route("POST", "/v1.0/admin/vulnerabilities", plans=True)
    def import_vulnerabilities(request: Request) -> dict[str, Any]:
        request.caller.require(Permission.ADMINISTER_CATALOGUE)
        feed = request.parse_body(VulnerabilityFeed)
        reading = advisories().read(feed.root.values())
        _require_room(reading)
        if request.validate_only:
            planned = advisories().check(reading)
            return plan_answer(Plan("importVulnerabilities", (), planned.shown()))
        taken = advisories().take(reading, request.correlation_id)
        return answer(HTTPStatus.OK, taken.shown())


def _found(service: PluginService, request: Request, plugin_id: str) -> Item:
    """The plugin as the caller knows it (If-Match)."""
    found = service.plugin(plugin_id)
    request.require_match(etag(found))
    return found


def _require_room(reading: Reading) -> None:
    """Raises InvalidRequest when an entry of the table cannot hold a plugin's vulnerabilities."""
    full = reading.without_room()
    if full:
        raise InvalidRequest.field("body", f"says more than fits of: {', '.join(full)}")


def _administered(
    status: int, plugin: Item, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    return answer(status, show_administered(plugin), {"ETag": etag(plugin), **(headers or {})})
