"""The access patterns of plugins; each function is one DynamoDB call."""

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.catalogue import Catalogue
from bbws_shared.sites import Site
from bbws_shared.table import Condition, Table, delete, put

APPROVED = "APPROVED"
INSTALLED = "INSTALLED"
INSTALLING = "INSTALLING"


class PluginRepository:
    """Plugins of the catalogue and on sites, in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._approved = Catalogue(table, keys.plugins_by_vetting(APPROVED))

    def approved(self) -> list[Item]:
        """All approved plugins, at most a minute old."""
        return self._approved.entries()

    def plugin(self, plugin_id: str) -> Item | None:
        """A plugin of the catalogue, as it is now."""
        return self._table.get(keys.plugin(plugin_id))

    def site(self, tenant_id: str, site_id: str) -> Site | None:
        """A site."""
        item = self._table.get(keys.site(tenant_id, site_id))
        return None if item is None else Site.from_item(item)

    def installed(self, tenant_id: str, site_id: str) -> list[Item]:
        """What is installed, or being installed, on a site."""
        partition = keys.site_partition(tenant_id, site_id)
        condition = Condition(
            "PK = :site AND begins_with(SK, :plugin)",
            {":site": partition, ":plugin": keys.PLUGIN_PREFIX},
        )
        return list(self._table.query_all(condition))

    def claim(self, tenant_id: str, item: Item, now: str) -> None:
        """Begin an installation: at most one at a time for a plugin and a site.

        Raises:
            ConditionFailed: when the plugin is installed, or another request installs it.
        """
        free = Condition(
            "attribute_not_exists(PK) OR (#status = :installing AND claimedUntil < :now)",
            {":installing": INSTALLING, ":now": now},
            {"#status": "status"},
        )
        self._table.write(put({**_keyed(tenant_id, item), "status": INSTALLING}, free))

    def complete(self, tenant_id: str, item: Item) -> None:
        """The plugin is installed. Raises ConditionFailed when the claim was lost."""
        self._table.write(put({**_keyed(tenant_id, item), "status": INSTALLED}, _claimed(item)))

    def abandon(self, tenant_id: str, item: Item) -> None:
        """The plugin could not be installed. Raises ConditionFailed when the claim was lost."""
        key = keys.installed_plugin(tenant_id, item["siteId"], item["pluginId"])
        self._table.write(delete(key, _claimed(item)))


def _keyed(tenant_id: str, item: Item) -> Item:
    pk, sk = keys.installed_plugin(tenant_id, item["siteId"], item["pluginId"])
    return {"PK": pk, "SK": sk, **item}


def _claimed(item: Item) -> Condition:
    return Condition("claimId = :claim", {":claim": item["claimId"]})
