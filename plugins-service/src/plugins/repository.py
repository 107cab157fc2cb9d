"""The access patterns of the catalogue's plugins; each function is one kind of DynamoDB call."""

import json
from collections.abc import Collection

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.catalogue import Catalogue
from bbws_shared.table import NOT_EXISTS, Condition, Table, delete, put

APPROVED = "APPROVED"
PENDING = "PENDING"
BLOCKLISTED = "BLOCKLISTED"
_BATCH = 100
"""BatchGetItem takes no more keys."""
_MOST_BYTES = 300_000
"""Well below DynamoDB's 400 KB for an item (DynamoDB docs, "Quotas")."""


class CatalogueRepository:
    """The catalogue in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._approved = Catalogue(table, keys.plugins_by_vetting(APPROVED))

    def approved(self) -> list[Item]:
        """All approved plugins, at most a minute old."""
        return self._approved.entries()

    def plugin(self, plugin_id: str) -> Item | None:
        """A plugin, as it is now."""
        return self._table.get(keys.plugin(plugin_id))

    def plugins(self, plugin_ids: Collection[str]) -> dict[str, Item]:
        """Those of these plugins that there are, as they are now, by id."""
        wanted = [keys.plugin(plugin_id) for plugin_id in sorted(plugin_ids)]
        batches = [wanted[first : first + _BATCH] for first in range(0, len(wanted), _BATCH)]
        found = [item for batch in batches for item in self._table.get_any(batch)]
        return {item["pluginId"]: item for item in found}

    def everything(self) -> dict[str, Item]:
        """Every plugin whatever its vetting, as it is now, by id: the partition, page by page."""
        partition = Condition("PK = :catalogue", {":catalogue": keys.plugin("").pk})
        return {item["pluginId"]: item for item in self._table.query_all(partition)}

    def insert(self, plugin: Item) -> None:
        """Store a new plugin. Raises ConditionFailed when its id is taken."""
        self._table.write(put(plugin, NOT_EXISTS))

    def replace(self, plugin: Item, before: Item) -> None:
        """Store a plugin anew. Raises ConditionFailed when it was changed since, or is gone."""
        self._table.write(put(plugin, _unchanged(before)))

    def delete(self, plugin: Item) -> None:
        """Remove a plugin. Raises ConditionFailed when it was changed since it was read."""
        self._table.write(delete(keys.plugin(plugin["pluginId"]), _unchanged(plugin)))


def has_room(plugin: Item) -> bool:
    """Whether an entry of the table can hold the plugin; JSON is no shorter than what is stored."""
    return len(json.dumps(plugin, ensure_ascii=False).encode()) <= _MOST_BYTES


def _unchanged(plugin: Item) -> Condition:
    """The condition that a plugin is as it was read; entries from outside begin unnumbered."""
    if "revision" not in plugin:
        return Condition("attribute_exists(PK) AND attribute_not_exists(revision)")
    return Condition("revision = :read", {":read": plugin["revision"]})
