"""Reading plugins: the catalogue's, and those of a site."""

from bbws_shared.attributes import Item
from bbws_shared.auth import Caller
from bbws_shared.catalogue import catalogue_page
from bbws_shared.errors import PluginNotFound, PluginNotInstalled
from bbws_shared.pagination import PageTokens
from plugins.installed_repository import INSTALLED, InstalledRepository
from plugins.models import InstalledPluginQuery, PluginQuery, is_plugin_id
from plugins.repository import CatalogueRepository
from plugins.site_plugins import SitePlugins

Listed = tuple[Item, Item | None]
"""An installed plugin, and the catalogue's entry of it."""


class PluginService:
    """Reads the plugin marketplace, and what sites have of it."""

    def __init__(
        self,
        catalogue: CatalogueRepository,
        installed: InstalledRepository,
        sites: SitePlugins,
        tokens: PageTokens,
    ) -> None:
        self._catalogue = catalogue
        self._installed = installed
        self._sites = sites
        self._tokens = tokens

    def plugins(self, query: PluginQuery) -> tuple[list[Item], str | None]:
        """A page of the approved plugins, and the next page's token."""
        entries = [plugin for plugin in self._catalogue.approved() if _matches(plugin, query)]
        scope = ["plugins", query.category, query.pricing, query.search]
        return catalogue_page(self._tokens, entries, query.limit, query.next_token, scope)

    def plugin(self, plugin_id: str) -> Item:
        """A plugin of the catalogue, blocklisted or not. Raises PluginNotFound."""
        plugin = self._catalogue.plugin(plugin_id) if is_plugin_id(plugin_id) else None
        if plugin is None:
            raise PluginNotFound(plugin_id)
        return plugin

    def installed(
        self, tenant_id: str, site_id: str, caller: Caller, query: InstalledPluginQuery
    ) -> tuple[list[Listed], str | None]:
        """A page of a site's plugins, and the next page's token. Raises SiteNotFound."""
        self._sites.site(tenant_id, site_id, caller)
        scope = ["installed", tenant_id, site_id]
        after = (
            self._tokens.position(query.next_token, scope) if query.next_token is not None else ""
        )
        plugins, _ = self._installed.plugins(tenant_id, site_id)
        rest = [
            item for item in plugins if item["status"] == INSTALLED and item["pluginId"] > after
        ]
        page = rest[: query.limit]
        entries = self._catalogue.plugins([item["pluginId"] for item in page])
        listed = [(item, entries.get(item["pluginId"])) for item in page]
        is_last = len(rest) <= query.limit
        return listed, None if is_last else self._tokens.make(scope, page[-1]["pluginId"])

    def installed_plugin(
        self, tenant_id: str, site_id: str, caller: Caller, plugin_id: str
    ) -> Listed:
        """A plugin that a site has. Raises SiteNotFound or PluginNotInstalled."""
        self._sites.site(tenant_id, site_id, caller)
        is_id = is_plugin_id(plugin_id)
        item = self._installed.plugin(tenant_id, site_id, plugin_id) if is_id else None
        if item is None or item["status"] != INSTALLED:
            raise PluginNotInstalled(plugin_id)
        return item, self._catalogue.plugin(plugin_id)


def _matches(plugin: Item, query: PluginQuery) -> bool:
    if query.category not in (None, plugin["category"]):
        return False
    if query.pricing not in (None, plugin["pricing"]):
        return False
    text = f"{plugin['pluginId']} {plugin['name']} {plugin['description']}".casefold()
    return query.search is None or query.search.casefold() in text
