"""The table's reads and single writes, on the table as it is in every account."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from bbws_local.testing import Account
from bbws_shared.keys import Key
from bbws_shared.operations import Operation
from bbws_shared.records import insert, replace
from bbws_shared.sites import Site
from bbws_shared.table import (
    NOT_EXISTS,
    Condition,
    ConditionFailed,
    Table,
    Throttled,
    delete,
    put,
    update,
)

_PARTITION = Condition("PK = :pk", {":pk": "list"})
_INDEX = Condition("GSI2PK = :pk", {":pk": "index"})


def _fill(account: Account, count: int, **fields: object) -> None:
    for number in range(count):
        place = {"PK": "list", "SK": f"{number:03}", "GSI2PK": "index", "GSI2SK": f"{number:03}"}
        account.put({**place, "number": number, **fields})
    account.calls.clear()


def _numbers(items: list[dict[str, object]]) -> list[object]:
    return [item["number"] for item in items]


def test_what_was_put_is_what_get_finds(table: Table) -> None:
    item = {"PK": "a", "SK": "b", "name": "Shop", "blog": 7, "open": True, "tags": ["x", None]}
    table.write(put(item))
    assert table.get(Key("a", "b")) == item


def test_get_of_nothing_is_none(table: Table) -> None:
    assert table.get(Key("a", "b")) is None


def test_get_is_one_strongly_consistent_call(table: Table, account: Account) -> None:
    sent = []
    account.client("dynamodb").meta.events.register(
        "before-parameter-build.dynamodb.GetItem", lambda params, **_: sent.append(params)
    )
    table.get(Key("a", "b"))
    assert account.calls == ["dynamodb.GetItem"]
    assert sent[0]["ConsistentRead"] is True


def test_get_any_finds_those_that_exist_in_one_call(table: Table, account: Account) -> None:
    _fill(account, 3)
    found = table.get_any([Key("list", "000"), Key("list", "002"), Key("list", "999")])
    assert sorted(item["SK"] for item in found) == ["000", "002"]
    assert account.calls == ["dynamodb.BatchGetItem"]


def test_get_any_asks_again_for_keys_that_were_not_processed(
    table: Table, account: Account, answer_instead: Callable[..., None]
) -> None:
    _fill(account, 2)
    rest = {"Keys": [{"PK": {"S": "list"}, "SK": {"S": "001"}}], "ConsistentRead": True}
    first = {"PK": {"S": "list"}, "SK": {"S": "000"}, "number": {"N": "0"}}
    answer_instead(
        "BatchGetItem", {"Responses": {"sites": [first]}, "UnprocessedKeys": {"sites": rest}}
    )
    found = table.get_any([Key("list", "000"), Key("list", "001")])
    assert sorted(item["number"] for item in found) == [0, 1]
    assert account.calls == ["dynamodb.BatchGetItem"] * 2


def test_keys_that_stay_unprocessed_are_not_asked_for_for_ever(
    table: Table, account: Account, answer_instead: Callable[..., None]
) -> None:
    rest = {"Keys": [{"PK": {"S": "list"}, "SK": {"S": "001"}}], "ConsistentRead": True}
    answer_instead(
        "BatchGetItem", *[{"Responses": {}, "UnprocessedKeys": {"sites": rest}} for _ in range(8)]
    )
    with pytest.raises(Throttled):
        table.get_any([Key("list", "001")])
    assert account.calls == ["dynamodb.BatchGetItem"] * 8


def test_a_page_holds_at_most_its_limit_and_says_where_the_next_begins(
    table: Table, account: Account
) -> None:
    _fill(account, 3)
    first = table.query(_PARTITION, limit=2)
    assert _numbers(first.items) == [0, 1]
    assert first.last_key == {"PK": "list", "SK": "001"}
    rest = table.query(_PARTITION, limit=2, start=first.last_key)
    assert _numbers(rest.items) == [2]
    assert rest.last_key is None
    assert account.calls == ["dynamodb.Query"] * 2


def test_a_query_reads_the_newest_first_when_asked(table: Table, account: Account) -> None:
    _fill(account, 3)
    assert _numbers(table.query(_PARTITION, newest_first=True, limit=2).items) == [2, 1]


def test_a_filter_keeps_what_it_describes_and_may_name_reserved_words(
    table: Table, account: Account
) -> None:
    _fill(account, 2, status="ACTIVE")
    account.put({"PK": "list", "SK": "002", "number": 2, "status": "DELETED"})
    keep = Condition("#status = :status", {":status": "ACTIVE"}, {"#status": "status"})
    assert _numbers(table.query(_PARTITION, keep=keep).items) == [0, 1]


@pytest.mark.parametrize(
    ("index", "is_consistent"), [(None, True), ("GSI2", None)], ids=["table", "index"]
)
def test_the_table_is_read_consistently_and_an_index_as_it_can_be(
    table: Table, account: Account, index: str | None, is_consistent: bool | None
) -> None:
    sent = []
    account.client("dynamodb").meta.events.register(
        "before-parameter-build.dynamodb.Query", lambda params, **_: sent.append(params)
    )
    table.query(_INDEX if index else _PARTITION, index=index)
    assert sent[0].get("ConsistentRead") is is_consistent


@pytest.mark.parametrize("index", [None, "GSI2"])
def test_query_all_reads_on_until_the_last_page(
    table: Table, account: Account, index: str | None
) -> None:
    # Query answers at most a megabyte (DynamoDB docs, "Query").
    _fill(account, 4, ballast="x" * 390_000)
    found = list(table.query_all(_INDEX if index else _PARTITION, index=index))
    assert _numbers(found) == [0, 1, 2, 3]
    assert len(account.calls) > 1
    assert set(account.calls) == {"dynamodb.Query"}


def test_query_all_of_nothing_is_empty(table: Table) -> None:
    assert list(table.query_all(_PARTITION)) == []


def test_a_conditional_write_that_does_not_hold_changes_nothing(
    table: Table, account: Account
) -> None:
    table.write(put({"PK": "a", "SK": "b", "name": "first"}, NOT_EXISTS))
    with pytest.raises(ConditionFailed):
        table.write(put({"PK": "a", "SK": "b", "name": "second"}, NOT_EXISTS))
    assert account.items() == [{"PK": "a", "SK": "b", "name": "first"}]


def test_an_update_changes_what_it_names_by_names_and_values(table: Table) -> None:
    table.write(put({"PK": "a", "SK": "b", "status": "old", "count": 1}))
    condition = Condition(
        "#status = :old", {":old": "old", ":new": "new", ":one": 1}, {"#status": "status"}
    )
    change = update(Key("a", "b"), "SET #status = :new ADD visits :one", condition)
    table.write(change)
    assert table.get(Key("a", "b")) == {
        "PK": "a", "SK": "b", "status": "new", "count": 1, "visits": 1,
    }  # fmt: skip
    with pytest.raises(ConditionFailed):
        table.write(change)


def test_a_delete_takes_one_item_and_nothing_when_there_is_none(
    table: Table, account: Account
) -> None:
    _fill(account, 2)
    table.write(delete(Key("list", "000")))
    table.write(delete(Key("list", "000")))
    assert _numbers(account.items()) == [1]
    with pytest.raises(ConditionFailed):
        table.write(delete(Key("list", "001"), Condition("blog = :blog", {":blog": 7})))
    assert _numbers(account.items()) == [1]


def test_other_errors_of_dynamodb_come_through_as_they_are(account: Account) -> None:
    elsewhere = Table(account.client("dynamodb"), "no-such-table")
    for call in (
        lambda: elsewhere.get(Key("a", "b")),
        lambda: elsewhere.get_any([Key("a", "b")]),
        lambda: elsewhere.query(_PARTITION),
        lambda: elsewhere.write(put({"PK": "a", "SK": "b"})),
    ):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call()


def test_a_record_is_stored_once_and_replaced_from_the_version_before(
    table: Table, site: Callable[..., Site], operation: Callable[..., Operation]
) -> None:
    for record in (site(), operation()):
        table.write(insert(record))
        with pytest.raises(ConditionFailed):
            table.write(insert(record))
    later = "2026-01-25T09:00:00.000Z"
    renamed = site().changed(later, site_name="Corner Shop")
    table.write(replace(renamed))
    with pytest.raises(ConditionFailed):
        table.write(replace(site().changed(later, site_name="Another")))
    table.write(replace(renamed.changed(later, site_name="Bakery")))
