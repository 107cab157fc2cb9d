"""Reading DynamoDB's JSON ourselves gives what boto3 reads."""

from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bbws_local.specification import REGION
from bbws_local.testing import Account
from bbws_shared.attributes import from_attributes
from bbws_shared.keys import Key
from bbws_shared.table import Condition, Table

_NAMES = st.text("abcXYZ#é_-.", min_size=1, max_size=8).map(lambda name: f"x{name}")
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**37), max_value=10**37)
    | st.floats(min_value=-1e9, max_value=1e9).filter(lambda x: x == 0 or abs(x) > 1e-100)
    | st.text(max_size=20)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
)
_ITEMS = st.dictionaries(_NAMES, _VALUES, max_size=5)


@pytest.fixture
def plain(account: Account) -> Any:
    """A client that parses as boto3 does, for no Table was made of it."""
    return boto3.client("dynamodb", region_name=REGION)


def _key(key: Key) -> dict[str, Any]:
    return {"PK": {"S": key.pk}, "SK": {"S": key.sk}}


@given(_ITEMS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_read_gives_the_items_that_boto3s_own_parse_gives(
    account: Account, table: Table, plain: Any, item: dict[str, Any]
) -> None:
    key = Key("a", "b")
    account.put({"PK": key.pk, "SK": key.sk, "GSI1PK": "by", "GSI1SK": "id", **item})
    told = plain.get_item(TableName="sites", Key=_key(key))["Item"]
    expected = from_attributes(told)
    assert table.get(key) == expected
    assert table.get_any([key]) == [expected]
    assert table.query(Condition("PK = :pk", {":pk": key.pk})).items == [expected]
    assert list(table.query_all(Condition("GSI1PK = :by", {":by": "by"}), index="GSI1")) == [
        expected
    ]


def test_the_whole_answer_is_the_one_that_boto3_gives(
    account: Account, table: Table, plain: Any
) -> None:
    for number in range(3):
        account.put({"PK": "a", "SK": str(number), "number": number})
    query: dict[str, Any] = {
        "TableName": "sites",
        "KeyConditionExpression": "PK = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "a"}},
        "Limit": 2,
        "ReturnConsumedCapacity": "TOTAL",
    }
    batch = {"RequestItems": {"sites": {"Keys": [_key(Key("a", "0")), _key(Key("a", "9"))]}}}
    asked = [
        ("get_item", {"TableName": "sites", "Key": _key(Key("a", "0"))}),
        ("query", query),
        ("batch_get_item", batch),
    ]
    ours = account.client("dynamodb")
    for method, arguments in asked:
        mine, boto3s = getattr(ours, method)(**arguments), getattr(plain, method)(**arguments)
        assert mine.pop("ResponseMetadata")["HTTPStatusCode"] == 200
        boto3s.pop("ResponseMetadata")
        assert mine == boto3s


def test_a_refusal_is_parsed_by_boto3_with_its_code_and_status(
    account: Account, table: Table
) -> None:
    with pytest.raises(account.client("dynamodb").exceptions.ResourceNotFoundException) as refusal:
        account.client("dynamodb").get_item(TableName="nowhere", Key=_key(Key("a", "b")))
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_two_tables_of_one_client_read_each_body_once(account: Account, table: Table) -> None:
    account.put({"PK": "a", "SK": "b", "name": "Shop"})
    again = Table(account.client("dynamodb"), "sites")
    assert (
        again.get(Key("a", "b"))
        == table.get(Key("a", "b"))
        == {"PK": "a", "SK": "b", "name": "Shop"}
    )
