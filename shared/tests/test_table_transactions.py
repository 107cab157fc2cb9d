"""Transactions: all or nothing, and which of the conditions did not hold."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bbws_local.testing import Account
from bbws_shared.keys import Key
from bbws_shared.table import (
    NOT_EXISTS,
    Condition,
    ConditionFailed,
    Table,
    TransactionRefused,
    Write,
    check,
    delete,
    put,
    update,
)

_CONFLICT = {"Code": "TransactionConflict", "Message": "ongoing"}
_HELD = {"Code": "None"}


def _cancelled(*reasons: dict[str, Any]) -> dict[str, Any]:
    error = {"Code": "TransactionCanceledException", "Message": "cancelled"}
    return {"Error": error, "CancellationReasons": list(reasons)}


def _named(name: str) -> Condition:
    return Condition("#name = :name", {":name": name}, {"#name": "name"})


def _everything() -> list[Write]:
    return [
        put({"PK": "put", "SK": "1", "name": "new"}, NOT_EXISTS),
        update(
            Key("update", "1"),
            "SET visits = :one",
            Condition("#name = :name", {":name": "old", ":one": 1}, {"#name": "name"}),
        ),
        delete(Key("delete", "1"), _named("old")),
        check(Key("check", "1"), _named("old")),
    ]


def test_a_transaction_does_all_its_writes_in_one_call(table: Table, account: Account) -> None:
    for kind in ("update", "delete", "check"):
        account.put({"PK": kind, "SK": "1", "name": "old"})
    account.calls.clear()
    table.transact(_everything())
    assert account.calls == ["dynamodb.TransactWriteItems"]
    found = {item["PK"]: item for item in account.items()}
    assert set(found) == {"put", "update", "check"}
    assert found["update"]["visits"] == 1


def test_a_refused_transaction_writes_nothing_and_tells_what_each_condition_found(
    table: Table, account: Account
) -> None:
    account.put({"PK": "put", "SK": "1", "name": "taken"})
    account.put({"PK": "update", "SK": "1", "name": "old"})
    account.put({"PK": "check", "SK": "1", "name": "other", "sites": 3})
    before = account.items()
    with pytest.raises(TransactionRefused) as refusal:
        table.transact(_everything())
    assert refusal.value.found == [
        {"PK": "put", "SK": "1", "name": "taken"},
        None,
        {},
        {"PK": "check", "SK": "1", "name": "other", "sites": 3},
    ]
    assert isinstance(refusal.value, ConditionFailed)
    assert account.items() == before


def test_another_transaction_under_way_is_waited_for(
    table: Table, account: Account, answer_instead: Callable[..., None]
) -> None:
    busy = _cancelled(_CONFLICT, _HELD)
    answer_instead("TransactWriteItems", busy, busy, status=400)
    table.transact([put({"PK": "a", "SK": "1"}), put({"PK": "a", "SK": "2"})])
    assert [item["SK"] for item in account.items()] == ["1", "2"]
    assert account.calls.count("dynamodb.TransactWriteItems") == 3


def test_a_conflict_that_never_ends_is_no_refusal_of_a_condition(
    table: Table, account: Account, answer_instead: Callable[..., None]
) -> None:
    answer_instead("TransactWriteItems", *[_cancelled(_CONFLICT)] * 20, status=400)
    with pytest.raises(ClientError, match="TransactionCanceled") as error:
        table.transact([put({"PK": "a", "SK": "1"})])
    assert not isinstance(error.value, ConditionFailed)
    assert account.calls == ["dynamodb.TransactWriteItems"] * 8
    assert account.items() == []


def test_a_condition_that_does_not_hold_is_told_at_once_in_spite_of_a_conflict(
    table: Table, account: Account, answer_instead: Callable[..., None]
) -> None:
    refused = {"Code": "ConditionalCheckFailed", "Item": {"name": {"S": "taken"}}}
    answer_instead("TransactWriteItems", _cancelled(_CONFLICT, refused), status=400)
    with pytest.raises(TransactionRefused) as refusal:
        table.transact([put({"PK": "a", "SK": "1"}), put({"PK": "a", "SK": "2"}, NOT_EXISTS)])
    assert refusal.value.found == [None, {"name": "taken"}]
    assert account.calls == ["dynamodb.TransactWriteItems"]


def test_any_other_reason_comes_through_as_it_is(
    table: Table, answer_instead: Callable[..., None]
) -> None:
    reason = {"Code": "ValidationError", "Message": "Item size has exceeded the maximum"}
    answer_instead("TransactWriteItems", _cancelled(reason), status=400)
    with pytest.raises(ClientError, match="TransactionCanceled"):
        table.transact([put({"PK": "a", "SK": "1"})])
