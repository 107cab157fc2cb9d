"""The access patterns of sites and operations; each function is one DynamoDB call."""

from collections.abc import Iterable
from typing import NamedTuple

from bbws_shared import keys, records, reservations
from bbws_shared.attributes import Item
from bbws_shared.operations import Operation
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import Condition, Page, Table, Write, put


class Slice(NamedTuple):
    """Which part of a list: at most `limit` items after the sort key `after`."""

    limit: int
    after: str | None


class SiteRepository:
    """Sites and operations in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def site(self, tenant_id: str, site_id: str) -> Site | None:
        """A site by its id."""
        item = self._table.get(keys.site(tenant_id, site_id))
        return None if item is None else Site.from_item(item)

    def create_site(self, site: Site, operation: Operation) -> None:
        """Store a new site, its operation, its address and its place in the quota, or nothing.

        Raises:
            TransactionRefused: `found` follows the order site, operation, address, the address in
                the two other environments, quota.
        """
        claims = reservations.claim(site, operation.operation_id)
        self._table.transact([records.insert(site), records.insert(operation), *claims])

    def begin(self, site: Site, operation: Operation, *more: Write) -> None:
        """Store a site's next version with the operation that works on it, or nothing.

        Raises:
            TransactionRefused: when the site was changed meanwhile.
        """
        self._table.transact([records.replace(site), records.insert(operation), *more])

    def sites(self, tenant_id: str, part: Slice) -> Page:
        """A tenant's sites by age; deleted ones are left out."""
        return self._owned(tenant_id, keys.SITE_PREFIX, part, _not_deleted())

    def sites_by_status(
        self, tenant_id: str, status: str, environment: str | None, part: Slice
    ) -> Page:
        """A tenant's sites of one status (and environment)."""
        keep = environment and Condition("environment = :kept", {":kept": environment})
        partition = keys.sites_by_status(tenant_id, status)
        return self._indexed("GSI2", partition, part, keys.tenant(tenant_id), "SITE#", keep or None)

    def sites_by_environment(self, tenant_id: str, environment: str, part: Slice) -> Page:
        """A tenant's sites in one environment; deleted ones are left out."""
        partition = keys.sites_by_environment(tenant_id, environment)
        owner = keys.tenant(tenant_id)
        return self._indexed("GSI3", partition, part, owner, "SITE#", _not_deleted())

    def operations(self, tenant_id: str, part: Slice) -> Page:
        """A tenant's operations, newest first."""
        return self._owned(tenant_id, keys.OPERATION_PREFIX, part, None, newest_first=True)

    def operations_by_status(self, tenant_id: str, status: str, part: Slice) -> Page:
        """A tenant's operations of one status, newest first."""
        partition = keys.operations_by_status(tenant_id, status)
        owner = keys.tenant(tenant_id)
        return self._indexed("GSI2", partition, part, owner, "OP#", None, newest_first=True)

    def operations_by_site(
        self, tenant_id: str, site_id: str, status: str | None, part: Slice
    ) -> Page:
        """A site's operations (of one status), newest first; none for another tenant's site."""
        keep = Condition("tenantId = :tenant", {":tenant": tenant_id})
        if status is not None:
            keep = Condition(
                f"{keep.expression} AND #status = :kept",
                {**keep.values, ":kept": status},
                {"#status": "status"},
            )
        partition = keys.operations_by_site(site_id)
        owner = keys.tenant(tenant_id)
        return self._indexed("GSI3", partition, part, owner, "OP#", keep, newest_first=True)

    def create_copy(self, target: Site, operation: Operation, source: Site, *more: Write) -> None:
        """Store a new site as a copy of `source`, which the operation holds meanwhile, or nothing.

        Raises:
            TransactionRefused: `found` as of `create_site`, then the source.
        """
        claims = reservations.claim(target, operation.operation_id)
        writes = [records.insert(target), records.insert(operation), *claims]
        self._table.transact([*writes, records.replace(source), *more])

    def begin_refresh(self, target: Site, source: Site, operation: Operation, *more: Write) -> None:
        """Store a promotion onto a site that is there; both sites are held, or nothing is stored.

        Raises:
            TransactionRefused: when one of them was changed meanwhile.
        """
        held = [records.replace(source), records.replace(target)]
        self._table.transact([*held, records.insert(operation), *more])

    def store_both(self, operation: Operation, site: Site, writes: list[Write]) -> None:
        """Store the next versions of an operation and its site, or nothing.

        Raises:
            TransactionRefused: when something was changed meanwhile.
        """
        self._table.transact([records.replace(operation), records.replace(site), *writes])

    def latest_operation(self, tenant_id: str, site_id: str) -> Operation | None:
        """The operation of a site that was asked for last (GSI3: a moment behind the table)."""
        page = self.operations_by_site(tenant_id, site_id, None, Slice(1, None))
        return Operation.from_item(page.items[0]) if page.items else None

    def address(self, subdomain: str, environment: str) -> Item | None:
        """Who holds an address."""
        return self._table.get(keys.address(subdomain, environment))

    def claimed(self, site: Site) -> list[Item]:
        """The addresses of a subdomain in every environment and the tenant's quota: what is there."""
        addresses = [keys.address(site.subdomain, environment) for environment in Environment]
        return self._table.get_any([*addresses, keys.quota(site.tenant_id)])

    def backup(self, site: Site, backup_id: str) -> Item | None:
        """A backup of a site."""
        return self._table.get(keys.backup(site.tenant_id, site.site_id, backup_id))

    def backups(self, site: Site, part: Slice) -> Page:
        """A site's backups, newest first."""
        partition = keys.site_partition(site.tenant_id, site.site_id)
        return self._within(partition, keys.BACKUP_PREFIX, part, None, newest_first=True)

    def audit_entries(self, tenant_id: str, part: Slice) -> Page:
        """A tenant's audit trail, newest first."""
        return self._owned(tenant_id, keys.AUDIT_PREFIX, part, None, newest_first=True)

    def installed_plugins(self, site: Site) -> list[Item]:
        """What is installed on a site."""
        partition = keys.site_partition(site.tenant_id, site.site_id)
        condition = Condition(
            "PK = :site AND begins_with(SK, :plugin)",
            {":site": partition, ":plugin": keys.PLUGIN_PREFIX},
        )
        found = self._table.query_all(condition)
        return [item for item in found if item.get("status") == "INSTALLED"]

    def catalogue_plugins(self, plugin_ids: Iterable[str]) -> list[Item]:
        """The catalogue's entries of these plugins (BatchGetItem: at most 100)."""
        wanted = [keys.plugin(plugin_id) for plugin_id in plugin_ids]
        return self._table.get_any(wanted[:100]) if wanted else []

    def operation_of(self, tenant_ids: Iterable[str], operation_id: str) -> Operation | None:
        """An operation, looked for under these tenants only (BatchGetItem: at most 100)."""
        wanted = [keys.operation(tenant_id, operation_id) for tenant_id in tenant_ids]
        items = self._table.get_any(wanted[:100]) if len(wanted) > 1 else self._one(wanted)
        return Operation.from_item(items[0]) if items else None

    def operation_of_anybody(self, operation_id: str) -> Operation | None:
        """An operation by its id alone, for staff (GSI1: a moment behind the table)."""
        by_id = Condition("GSI1PK = :id", {":id": keys.by_id(operation_id)})
        items = self._table.query(by_id, index="GSI1", limit=1).items
        return Operation.from_item(items[0]) if items else None

    def _one(self, wanted: list[keys.Key]) -> list[Item]:
        item = self._table.get(wanted[0]) if wanted else None
        return [item] if item is not None else []

    def _owned(
        self,
        tenant_id: str,
        prefix: str,
        part: Slice,
        keep: Condition | None,
        *,
        newest_first: bool = False,
    ) -> Page:
        owner = keys.tenant(tenant_id)
        return self._within(owner, prefix, part, keep, newest_first=newest_first)

    def _within(
        self,
        partition: str,
        prefix: str,
        part: Slice,
        keep: Condition | None,
        *,
        newest_first: bool = False,
    ) -> Page:
        condition = Condition(
            "PK = :partition AND begins_with(SK, :prefix)",
            {":partition": partition, ":prefix": prefix},
        )
        start = {"PK": partition, "SK": f"{prefix}{part.after}"} if part.after else None
        return self._table.query(
            condition, limit=part.limit, start=start, keep=keep, newest_first=newest_first
        )

    def _indexed(
        self,
        index: str,
        partition: str,
        part: Slice,
        owner: str,
        prefix: str,
        keep: Condition | None,
        *,
        newest_first: bool = False,
    ) -> Page:
        condition = Condition(f"{index}PK = :partition", {":partition": partition})
        start = part.after and {
            "PK": owner,
            "SK": f"{prefix}{part.after}",
            f"{index}PK": partition,
            f"{index}SK": part.after,
        }
        return self._table.query(
            condition, index=index, limit=part.limit, start=start or None, keep=keep,
            newest_first=newest_first,
        )  # fmt: skip


def new_backup(site: Site, backup_id: str, operation: Operation) -> Write:
    """The backup of `site` that `operation` is about to make."""
    pk, sk = keys.backup(site.tenant_id, site.site_id, backup_id)
    return put(
        {
            "PK": pk,
            "SK": sk,
            "backupId": backup_id,
            "siteId": site.site_id,
            "tenantId": site.tenant_id,
            "operationId": operation.operation_id,
            "status": "PENDING",
            "createdAt": operation.progressed_at,
        }
    )


def _not_deleted() -> Condition:
    return Condition("#status <> :deleted", {":deleted": SiteStatus.DELETED}, {"#status": "status"})
