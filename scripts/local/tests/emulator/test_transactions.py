"""A cancelled transaction of the emulated table leaves nothing behind, though no table is copied for it."""

from typing import Any

import pytest

from bbws_local.clients import AwsClients
from bbws_local.table import create_table

Key = dict[str, dict[str, str]]


@pytest.fixture(params=["hash key", "hash and range key"])
def keyed(request: pytest.FixtureRequest, aws: AwsClients, name: str) -> tuple[str, list[Key]]:
    """A table, and keys for its items."""
    numbers = [str(number) for number in range(4)]
    if request.param == "hash key":
        return request.getfixturevalue("table"), [{"PK": {"S": number}} for number in numbers]
    create_table(aws.dynamodb, name)
    return name, [{"PK": {"S": "p"}, "SK": {"S": number}} for number in numbers]


def _writes(table: str, keys: list[Key], is_allowed: bool) -> list[Any]:
    """Replace the first item, change the second, remove the third, add the fourth; or nothing."""
    last: dict[str, Any] = {"TableName": table, "Item": keys[3] | {"new": {"BOOL": True}}}
    if not is_allowed:
        last["ConditionExpression"] = "attribute_exists(PK)"
    return [
        {"Put": {"TableName": table, "Item": keys[0] | {"new": {"BOOL": True}}}},
        {
            "Update": {
                "TableName": table,
                "Key": keys[1],
                "UpdateExpression": "SET former = former + :one, deep.members[0] = :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        },
        {"Delete": {"TableName": table, "Key": keys[2]}},
        {"Put": last},
    ]


def _items(aws: AwsClients, table: str) -> list[Any]:
    items = aws.dynamodb.scan(TableName=table)["Items"]
    return sorted(items, key=lambda item: str(sorted(item.items(), key=str)))


@pytest.fixture
def filled(aws: AwsClients, keyed: tuple[str, list[Key]]) -> tuple[str, list[Key]]:
    table, keys = keyed
    more: Any = {"former": {"N": "7"}, "deep": {"M": {"members": {"L": [{"N": "5"}]}}}}
    for key in keys[:3]:
        aws.dynamodb.put_item(TableName=table, Item=key | more)
    return keyed


def test_a_transaction_that_is_cancelled_at_its_end_changes_nothing(
    aws: AwsClients, filled: tuple[str, list[Key]]
) -> None:
    table, keys = filled
    before = _items(aws, table)
    with pytest.raises(aws.dynamodb.exceptions.TransactionCanceledException) as cancelled:
        aws.dynamodb.transact_write_items(TransactItems=_writes(table, keys, is_allowed=False))
    reasons = [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]]
    assert reasons == ["None", "None", "None", "ConditionalCheckFailed"]
    assert _items(aws, table) == before


def test_a_transaction_that_is_allowed_changes_everything(
    aws: AwsClients, filled: tuple[str, list[Key]]
) -> None:
    table, keys = filled
    aws.dynamodb.transact_write_items(TransactItems=_writes(table, keys, is_allowed=True))
    replaced, changed, removed, added = (
        aws.dynamodb.get_item(TableName=table, Key=key).get("Item") for key in keys  # type: ignore[arg-type]
    )
    assert replaced == keys[0] | {"new": {"BOOL": True}}
    assert changed == keys[1] | {
        "former": {"N": "8"},
        "deep": {"M": {"members": {"L": [{"N": "1"}]}}},
    }
    assert removed is None
    assert added == keys[3] | {"new": {"BOOL": True}}
