"""DynamoDB's attribute values to and from plain Python values.

boto3's TypeDeserializer turns each number into a Decimal, which json refuses, and takes several
times as long; only the types that this table stores are handled here, and a property test holds
this module against boto3's.
"""

import math
from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
"""An item of the table as plain values: str, int, float, bool, None, list, dict."""


def to_attribute(value: Any) -> dict[str, Any]:
    """One plain value in DynamoDB's form. Raises TypeError for any other type."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(value)}
        case float() if math.isfinite(value):
            return {"N": repr(value)}
        case None:
            return {"NULL": True}
        case Mapping():
            return {"M": to_attributes(value)}
        case list() | tuple():
            return {"L": [to_attribute(element) for element in value]}
    raise TypeError(f"{type(value).__name__} cannot be stored in DynamoDB")


def to_attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """A whole item in DynamoDB's form."""
    return {name: to_attribute(value) for name, value in item.items()}


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """One attribute value as a plain value. Raises TypeError for a type the table never stores."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return _number(value)
        case "M":
            return from_attributes(value)
        case "L":
            return [from_attribute(element) for element in value]
        case "NULL":
            return None
    raise TypeError(f"DynamoDB type {kind} is not used in this table")


def from_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> Item:
    """A whole item as plain values."""
    # Most attributes are strings, and a list of a hundred sites has thousands of them.
    return {
        name: value["S"] if "S" in value else from_attribute(value)
        for name, value in attributes.items()
    }


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
