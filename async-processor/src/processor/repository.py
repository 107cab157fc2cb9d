"""The access patterns of the engine and the reconciler."""

from collections.abc import Iterator

from bbws_shared import keys, records
from bbws_shared.attributes import Item
from bbws_shared.operations import Operation
from bbws_shared.sites import Site
from bbws_shared.table import Condition, Table, Write


class WorkRepository:
    """Operations and their sites in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def operation(self, tenant_id: str, operation_id: str) -> Operation | None:
        """An operation."""
        item = self._table.get(keys.operation(tenant_id, operation_id))
        return None if item is None else Operation.from_item(item)

    def site(self, tenant_id: str, site_id: str) -> Site | None:
        """A site."""
        item = self._table.get(keys.site(tenant_id, site_id))
        return None if item is None else Site.from_item(item)

    def store(self, operation: Operation) -> Operation:
        """Store an operation's next version. Raises ConditionFailed when it was changed."""
        self._table.write(records.replace(operation))
        return operation

    def store_both(self, operation: Operation, site: Site, writes: list[Write]) -> None:
        """Store the next versions of an operation and its site, or nothing.

        Raises:
            TransactionRefused: when one of them was changed meanwhile.
        """
        self._table.transact([records.replace(operation), records.replace(site), *writes])

    def begin(self, operation: Operation, site: Site) -> None:
        """Store a new operation with the next version of its site. Raises TransactionRefused."""
        self._table.transact([records.insert(operation), records.replace(site)])

    def waiting(self, since: str) -> Iterator[Item]:
        """Operations and sites in flight that have waited since before the timestamp `since`."""
        for shard in keys.in_flight_shards():
            condition = Condition(
                "GSI4PK = :shard AND GSI4SK <= :since", {":shard": shard, ":since": since}
            )
            yield from self._table.query_all(condition, index="GSI4")
