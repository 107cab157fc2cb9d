"""The records of a site's installed plugins: copied with it, kept with its backups, forgotten."""

from collections.abc import Iterator, Mapping
from typing import Final

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.sites import Site
from bbws_shared.table import Condition, Table, delete, put
from bbws_shared.wordpress import WordPressPlugin

_INSTALLED: Final = "INSTALLED"
_CLAIM: Final = ("claimId", "claimedUntil")


def forget(table: Table, site: Site) -> None:
    """The site has no plugins any more."""
    for item in _records(table, site, keys.PLUGIN_PREFIX):
        table.write(delete(keys.Key(item["PK"], item["SK"])))


def copy(table: Table, source: Site, target: Site) -> None:
    """What is installed on the source is installed on the target, and nothing else."""
    _replace(table, target, dict(_installed(table, source)))


def keep(table: Table, site: Site, backup_id: str) -> None:
    """Keep the records as they are with a backup of the site."""
    for plugin_id, item in _installed(table, site):
        key = keys.backed_up_plugin(site.tenant_id, site.site_id, backup_id, plugin_id)
        fields = {name: value for name, value in item.items() if not name.startswith("GSI1")}
        table.write(put({**fields, "PK": key.pk, "SK": key.sk}))


def bring_back(
    table: Table, site: Site, backup_id: str, present: Mapping[str, WordPressPlugin]
) -> list[str]:
    """Make the records what they were when the site was backed up, as far as that is true.

    `present` are the plugins of the network by plugin id. Their files are no part of a backup:
    a plugin has the version that is there, and one whose files are gone is not installed.

    Returns:
        The ids of the plugins that the site had and that are gone.
    """
    prefix = keys.backed_up_plugins(backup_id)
    kept = {item["pluginId"]: item for item in _records(table, site, prefix)}
    records = {
        plugin_id: {
            **item,
            "version": present[plugin_id].version,
            "isActive": present[plugin_id].status != "inactive",
        }
        for plugin_id, item in kept.items()
        if plugin_id in present
    }
    _replace(table, site, records)
    return sorted(kept.keys() - records.keys())


def _replace(table: Table, site: Site, records: Mapping[str, Item]) -> None:
    for plugin_id, item in _installed(table, site):
        if plugin_id not in records:
            table.write(delete(keys.Key(item["PK"], item["SK"])))
    for plugin_id, item in records.items():
        key = keys.installed_plugin(site.tenant_id, site.site_id, plugin_id)
        fields = {name: value for name, value in item.items() if name not in _CLAIM}
        own = {
            "PK": key.pk,
            "SK": key.sk,
            "GSI1PK": keys.installations(plugin_id),
            "GSI1SK": keys.installation(site.tenant_id, site.site_id),
            "siteId": site.site_id,
        }
        table.write(put({**fields, **own}))


def _installed(table: Table, site: Site) -> Iterator[tuple[str, Item]]:
    for item in _records(table, site, keys.PLUGIN_PREFIX):
        if item["status"] == _INSTALLED:
            yield item["pluginId"], item


def _records(table: Table, site: Site, prefix: str) -> list[Item]:
    condition = Condition(
        "PK = :site AND begins_with(SK, :prefix)",
        {":site": keys.site_partition(site.tenant_id, site.site_id), ":prefix": prefix},
    )
    return list(table.query_all(condition))
