"""The plugins of a template that is being applied: vetted as they are now, installed, recorded."""

from typing import Any, Final

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.table import Condition, ConditionFailed, put, update
from bbws_shared.template_application import Surroundings, vetted_releases
from processor.workflow import Work

_INSTALLED: Final = "INSTALLED"
_INSTALLING: Final = "INSTALLING"
_BATCH: Final = 100
"""BatchGetItem takes no more keys."""


class PluginBusy(Exception):
    """Somebody's request is changing the site's plugins; it will have ended soon."""


class TemplatePlugins:
    """One look at what a template's plugins meet."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._plugin_ids: list[str] = work.operation.inputs["plugins"]
        self._installed = self._find_installed()
        self._catalogue = self._find_in_catalogue()

    def releases(self) -> dict[str, dict[str, Any]]:
        """The release of each plugin that is to be installed, by plugin id.

        Raises:
            ServiceError: the reason why one of them may not be installed.
            PluginBusy: while a request that began before the operation changes the site's plugins.
        """
        if not self._plugin_ids:
            return {}
        site = self._work.site
        network = {p.slug: p.version for p in self._work.wordpress.plugins(site.domain)}
        present = {plugin_id: item["version"] for plugin_id, item in self._installed.items()}
        surroundings = Surroundings(site, self._catalogue, present, network)
        return vetted_releases(self._plugin_ids, surroundings)

    def install(self, plugin_id: str) -> bool:
        """Install and activate a plugin, and record that; whether the site did not have it.

        Raises:
            ServiceError: the reason why one of the template's plugins may not be installed.
            PluginBusy: while somebody's request installs it.
        """
        release = self.releases()[plugin_id]
        site, wordpress = self._work.site, self._work.wordpress
        wordpress.vet_plugin(
            plugin_id, release["version"], release["packageUrl"], release["sha256"]
        )
        wordpress.install_plugin(plugin_id, site.domain, activate=True)
        is_new = plugin_id not in self._installed
        try:
            if is_new:
                self._record(plugin_id, release["version"])
            elif not self._installed[plugin_id]["isActive"]:
                self._record_active(plugin_id)
        except ConditionFailed:
            raise PluginBusy(f"{plugin_id} is being installed by a request") from None
        return is_new

    def _find_installed(self) -> dict[str, Item]:
        site = self._work.site
        condition = Condition(
            "PK = :site AND begins_with(SK, :plugin)",
            {
                ":site": keys.site_partition(site.tenant_id, site.site_id),
                ":plugin": keys.PLUGIN_PREFIX.removesuffix("#"),
            },
        )
        found = list(self._work.table.query_all(condition))
        if any(item.get("claimedUntil", "") >= self._work.at for item in found):
            raise PluginBusy("a request is changing the plugins of the site")
        return {item["pluginId"]: item for item in found if item.get("status") == _INSTALLED}

    def _find_in_catalogue(self) -> dict[str, Item]:
        ids = sorted({*self._plugin_ids, *self._installed})
        wanted = [keys.plugin(plugin_id) for plugin_id in ids]
        batches = [wanted[first : first + _BATCH] for first in range(0, len(wanted), _BATCH)]
        found = [item for batch in batches for item in self._work.table.get_any(batch)]
        return {item["pluginId"]: item for item in found}

    def _record(self, plugin_id: str, version: str) -> None:
        """As plugins-service records what it installs. A claim that ran out is written over."""
        site, operation = self._work.site, self._work.operation
        pk, sk = keys.installed_plugin(site.tenant_id, site.site_id, plugin_id)
        item = {
            "PK": pk,
            "SK": sk,
            "GSI1PK": keys.installations(plugin_id),
            "GSI1SK": keys.installation(site.tenant_id, site.site_id),
            "pluginId": plugin_id,
            "siteId": site.site_id,
            "name": self._catalogue[plugin_id]["name"],
            "version": version,
            "isActive": True,
            "installedAt": self._work.at,
            "installedBy": operation.created_by,
            "configuration": {},
            "status": _INSTALLED,
        }
        free = Condition(
            "attribute_not_exists(PK) OR (#status = :installing AND claimedUntil < :now)",
            {":installing": _INSTALLING, ":now": self._work.at},
            {"#status": "status"},
        )
        self._work.table.write(put(item, free))

    def _record_active(self, plugin_id: str) -> None:
        site = self._work.site
        self._work.table.write(
            update(
                keys.installed_plugin(site.tenant_id, site.site_id, plugin_id),
                "SET isActive = :active",
                Condition(
                    "#status = :installed",
                    {":active": True, ":installed": _INSTALLED},
                    {"#status": "status"},
                ),
            )
        )
