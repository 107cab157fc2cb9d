"""Attribute values, held against boto3's own conversion."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from bbws_shared.attributes import from_attribute, from_attributes, to_attribute, to_attributes

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**37), max_value=10**37)
    | st.floats(min_value=-1e9, max_value=1e9).filter(lambda x: x == 0 or abs(x) > 1e-100)
    | st.text(max_size=20)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), _VALUES, max_size=5))
def test_an_item_survives_storing_and_reading(item: dict[str, Any]) -> None:
    assert from_attributes(to_attributes(item)) == item


@given(_VALUES)
def test_boto3_reads_what_we_write(value: Any) -> None:
    assert _plain(TypeDeserializer().deserialize(to_attribute(value))) == value


def test_what_the_table_never_stores_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        to_attribute(b"raw")
    with pytest.raises(TypeError, match="float"):
        to_attribute(float("nan"))
    with pytest.raises(TypeError, match="SS"):
        from_attribute({"SS": ["a"]})


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
