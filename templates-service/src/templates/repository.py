"""The access patterns of templates, and of what is read and stored to apply one."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bbws_shared import keys, records
from bbws_shared.attributes import Item
from bbws_shared.catalogue import Catalogue
from bbws_shared.operations import Operation
from bbws_shared.sites import Site
from bbws_shared.table import NOT_EXISTS, Condition, Table, Write, check, delete, put, update

DRAFT: Final = "DRAFT"
PUBLISHED: Final = "PUBLISHED"
ARCHIVED: Final = "ARCHIVED"
_BATCH: Final = 100
"""BatchGetItem takes no more keys."""


class TemplateRepository:
    """Templates in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._published = Catalogue(table, keys.templates_by_status(PUBLISHED))

    def published(self) -> list[Item]:
        """All published templates, at most a minute old."""
        return self._published.entries()

    def template(self, template_id: str) -> Item | None:
        """A template of any status."""
        return self._table.get(keys.template(template_id))

    def insert(self, template: Item) -> None:
        """Store a new template. Raises ConditionFailed when its id is taken."""
        self._table.write(put(template, NOT_EXISTS))

    def change(self, before: Item, changes: Mapping[str, Any], dropped: Iterable[str] = ()) -> None:
        """Set some attributes of a template and drop others.

        Raises:
            ConditionFailed: when the template was changed since `before` was read, or is gone.
        """
        unchanged = _unchanged(before)
        names = {f"#{name}": name for name in (*changes, *dropped)}
        assignments = ", ".join(f"#{name} = :{name}" for name in changes)
        removals = ", ".join(f"#{name}" for name in dropped)
        expression = f"SET {assignments}" + (f" REMOVE {removals}" if removals else "")
        values = {f":{name}": value for name, value in changes.items()}
        condition = Condition(unchanged.expression, {**unchanged.values, **values}, names)
        self._table.write(update(_key(before), expression, condition))

    def delete(self, template: Item) -> None:
        """Remove a template that no site uses.

        Raises:
            ConditionFailed: when a site uses it, or it was changed since it was read.
        """
        unchanged = _unchanged(template)
        unused = Condition(
            f"{unchanged.expression} AND (attribute_not_exists(usedBy) OR usedBy = :nobody)",
            {**unchanged.values, ":nobody": 0},
        )
        self._table.write(delete(_key(template), unused))

    def site(self, tenant_id: str, site_id: str) -> Site | None:
        """A site."""
        item = self._table.get(keys.site(tenant_id, site_id))
        return None if item is None else Site.from_item(item)

    def operation(self, tenant_id: str, operation_id: str) -> Operation | None:
        """An operation."""
        item = self._table.get(keys.operation(tenant_id, operation_id))
        return None if item is None else Operation.from_item(item)

    def latest_operation(self, site: Site) -> Operation | None:
        """The operation of a site that was asked for last (GSI3: a moment behind the table)."""
        of_site = Condition("GSI3PK = :site", {":site": keys.operations_by_site(site.site_id)})
        items = self._table.query(of_site, index="GSI3", limit=1, newest_first=True).items
        return Operation.from_item(items[0]) if items else None

    def installed(self, site: Site) -> list[Item]:
        """What is installed, or being installed, on a site."""
        partition = keys.site_partition(site.tenant_id, site.site_id)
        condition = Condition(
            "PK = :site AND begins_with(SK, :plugin)",
            {":site": partition, ":plugin": keys.PLUGIN_PREFIX},
        )
        return list(self._table.query_all(condition))

    def plugins(self, plugin_ids: Iterable[str]) -> dict[str, Item]:
        """The catalogue's entries of these plugins as they are now, by id; those there are."""
        wanted = [keys.plugin(plugin_id) for plugin_id in sorted(plugin_ids)]
        batches = [wanted[first : first + _BATCH] for first in range(0, len(wanted), _BATCH)]
        found = [item for batch in batches for item in self._table.get_any(batch)]
        return {item["pluginId"]: item for item in found}

    def begin(self, site: Site, operation: Operation, backup_id: str) -> None:
        """Store an application with its site and its backup, if its template is published still.

        Raises:
            TransactionRefused: `found` follows the order site, operation, backup, template.
        """
        published = Condition(
            "#status = :published", {":published": PUBLISHED}, {"#status": "status"}
        )
        self._table.transact(
            [
                records.replace(site),
                records.insert(operation),
                _new_backup(operation, backup_id),
                check(keys.template(operation.inputs["templateId"]), published),
            ]
        )


def _key(template: Item) -> keys.Key:
    return keys.template(template["templateId"])


def _unchanged(template: Item) -> Condition:
    """The condition that a template is as it was read; entries from outside begin unnumbered."""
    if "revision" not in template:
        return Condition("attribute_exists(PK) AND attribute_not_exists(revision)")
    return Condition("revision = :read", {":read": template["revision"]})


def _new_backup(operation: Operation, backup_id: str) -> Write:
    pk, sk = keys.backup(operation.tenant_id, operation.site_id, backup_id)
    return put(
        {
            "PK": pk,
            "SK": sk,
            "backupId": backup_id,
            "siteId": operation.site_id,
            "tenantId": operation.tenant_id,
            "operationId": operation.operation_id,
            "status": "PENDING",
            "createdAt": operation.created_at,
        }
    )
