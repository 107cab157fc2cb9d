"""Transactions of the emulated DynamoDB without a copy of the whole table for each.

moto copies every table that a transaction names before it begins, to have it back when the transaction
is cancelled. That was four fifths of the emulator's time, and grew with the table. Here only the items
are copied that the transaction can change.
"""

import copy
from collections.abc import Callable, Iterable
from typing import Any, Final

_Write = dict[str, dict[str, Any]]
_touched: Final[list[_Write]] = []
"""What the transaction at work is going to write; the emulator's lock lets in one at a time."""


def copy_only_what_transactions_touch() -> None:
    """Change moto so, once in a process."""
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models.table import Table

    if "__deepcopy__" in vars(Table):
        return
    transact = _remembering(DynamoDBBackend.transact_write_items)
    DynamoDBBackend.transact_write_items = transact  # type: ignore[method-assign]
    Table.__deepcopy__ = _copied  # type: ignore[attr-defined]


def _remembering(transact: Callable[[Any, list[_Write]], None]) -> Callable[..., None]:
    def transact_write_items(backend: Any, transact_items: list[_Write]) -> None:
        _touched[:] = transact_items
        try:
            transact(backend, transact_items)
        finally:
            _touched.clear()

    return transact_write_items


def _copied(table: Any, memo: dict[int, Any]) -> Any:
    """The table with its own dictionaries of items; copies of those that will be written."""
    if not _touched:
        return _copied_whole(table, memo)
    snapshot = copy.copy(table)
    snapshot.items = copy.copy(table.items)
    for of_one_hash_key in snapshot.items:
        snapshot.items[of_one_hash_key] = copy.copy(table.items[of_one_hash_key])
    for hash_key, range_key in _keys(table, _touched):
        of_hash_key = snapshot.items.get(hash_key)
        if range_key is None and of_hash_key is not None:
            snapshot.items[hash_key] = copy.deepcopy(of_hash_key, memo)
        elif of_hash_key is not None and range_key in of_hash_key:
            of_hash_key[range_key] = copy.deepcopy(of_hash_key[range_key], memo)
    return snapshot


def _copied_whole(table: Any, memo: dict[int, Any]) -> Any:
    """What `copy.deepcopy` does with a class that has no say in it."""
    whole = table.__class__.__new__(table.__class__)
    memo[id(table)] = whole
    whole.__dict__.update(copy.deepcopy(table.__dict__, memo))
    return whole


def _keys(table: Any, writes: Iterable[_Write]) -> Iterable[tuple[Any, Any]]:
    from moto.dynamodb.models.dynamo_type import DynamoType

    for write in writes:
        for operation in write.values():
            key = operation.get("Key") or operation.get("Item") or {}
            if operation.get("TableName") == table.name and table.hash_key_attr in key:
                range_key = key.get(table.range_key_attr) if table.range_key_attr else None
                yield (
                    DynamoType(key[table.hash_key_attr]),
                    DynamoType(range_key) if range_key else None,
                )
