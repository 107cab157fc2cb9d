"""Values of an answer as words for people."""

import json
import re
from typing import Any, Final

# What others wrote must not steer the terminal it is shown on.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """The text without control characters."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def words(value: Any) -> str:
    """A JSON value as people would write it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() if not any(isinstance(item, dict | list) for item in value):
            return ", ".join(words(item) for item in value)
        case dict() | list():
            return plain(json.dumps(value, ensure_ascii=False))
        case _:
            return plain(str(value))
