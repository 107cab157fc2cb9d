"""What callers send about plugins on sites."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from bbws_shared.http import RequestModel

_ID_PATTERN: Final = r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$"
_ID_LENGTH: Final = 100
_DEEPEST: Final = 20
_LARGEST: Final = 1e38


def is_plugin_id(text: str) -> bool:
    """Whether a plugin may have this id at all."""
    return len(text) <= _ID_LENGTH and re.fullmatch(_ID_PATTERN, text) is not None


def _given(value: Any) -> Any:
    """A field that can be left out is not one that can be null."""
    if value is None:
        raise ValueError("may be left out, but not be null")
    return value


def _storable(value: Any, depth: int = 0) -> Any:
    """Any JSON that the table can hold (DynamoDB docs, "Supported data types", "Quotas")."""
    if depth > _DEEPEST:
        raise ValueError(f"may be nested at most {_DEEPEST} levels deep")
    match value:
        case dict():
            for name, inner in value.items():
                if not name:
                    raise ValueError("may not hold empty names")
                _storable(name)
                _storable(inner, depth + 1)
        case list():
            for inner in value:
                _storable(inner, depth + 1)
        case str():
            _require_unicode(value)
        case int() | float() if value and not 1 / _LARGEST <= abs(value) < _LARGEST:
            raise ValueError("may hold numbers of at most 38 digits")
    return value


def _require_unicode(text: str) -> None:
    """JSON can spell half of a surrogate pair, which is no text (RFC 8259, section 8.2)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be Unicode text") from None


PluginId = Annotated[str, StringConstraints(pattern=_ID_PATTERN, max_length=_ID_LENGTH)]
ReleaseVersion = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]*$", max_length=50)
]
Options = dict[str, Annotated[Any, AfterValidator(_storable)]]
"""A plugin's options; their names are checked against the catalogue."""
Flag = Annotated[bool, Field(strict=True)]


class PluginQuery(RequestModel):
    """The query of GET /plugins."""

    category: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    pricing: Literal["FREE", "PREMIUM"] | None = None
    search: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    next_token: str | None = None


class InstalledPluginQuery(RequestModel):
    """The query of GET …/plugins of a site."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    next_token: str | None = None


class Installation(RequestModel):
    """The body of POST …/plugins. Without a version the latest is installed."""

    plugin_id: PluginId
    version: Annotated[ReleaseVersion | None, BeforeValidator(_given)] = None
    activate: Flag = True
    configuration: Options = Field(default_factory=dict)


class Configuration(RequestModel):
    """The body of PUT …/plugins/{pluginId}/config: all options that are to be set."""

    configuration: Options


class Activation(RequestModel):
    """The body of PUT …/plugins/{pluginId}/status."""

    is_active: Flag


class VersionChange(RequestModel):
    """The body of PUT …/plugins/{pluginId}/update. Without a version the latest is taken."""

    version: Annotated[ReleaseVersion | None, BeforeValidator(_given)] = None
