"""What staff sends about plugins of the catalogue."""

import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from bbws_shared.catalogue import WEB_ADDRESS
from bbws_shared.http import RequestModel
from bbws_shared.timestamps import timestamp
from bbws_shared.versions import Version
from plugins.models import Flag, PluginId, ReleaseVersion

_RFC_3339: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)


def _moment(text: str) -> str:
    """A moment of RFC 3339, section 5.6, as we store moments."""
    spelled = text.upper()
    if not _RFC_3339.fullmatch(spelled):
        raise ValueError("must be a moment such as 2026-01-25T08:00:00.000Z")
    try:
        # A leap second is the last one of its minute; Python's minutes have sixty.
        return timestamp(datetime.fromisoformat(re.sub(r":60(?=[.Z+-])", ":59", spelled)))
    except (ValueError, OverflowError):
        raise ValueError("must be a moment that exists") from None


def _unique[Value](values: list[Value]) -> list[Value]:
    if len(set(values)) != len(values):
        raise ValueError("may not name anything twice")
    return values


def _text(longest: int) -> Any:
    return StringConstraints(min_length=1, max_length=longest, pattern=r"^[^\x00-\x1f\x7f]*$")


class Release(RequestModel):
    """A version, with the package that WordPress downloads."""

    version: ReleaseVersion
    requires_wordpress: Annotated[ReleaseVersion, Field(alias="requiresWordPress")]
    requires_php: ReleaseVersion
    released_at: Annotated[str, AfterValidator(_moment)]
    package_url: Annotated[str, StringConstraints(pattern=WEB_ADDRESS, max_length=2000)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _different(releases: list[Release]) -> list[Release]:
    """`2.0` and `2.0.0` differ for PHP's `version_compare`; `2.0-rc1` and `2.0RC1` do not."""
    if len({Version(release.version) for release in releases}) != len(releases):
        raise ValueError("may not hold a version twice")
    return releases


class CataloguePluginChange(RequestModel):
    """The body of PUT /admin/plugins/{pluginId}: all of a plugin that its upkeep decides."""

    name: Annotated[str, _text(100)]
    description: Annotated[str, _text(500)]
    author: Annotated[str, _text(100)]
    category: Annotated[str, _text(50)]
    pricing: Literal["FREE", "PREMIUM"]
    vetting: Literal["APPROVED", "PENDING"] = "PENDING"
    releases: Annotated[
        list[Release], Field(min_length=1, max_length=100), AfterValidator(_different)
    ]
    conflicts_with: Annotated[list[PluginId], Field(max_length=50), AfterValidator(_unique)] = (
        Field(default_factory=list)
    )
    configurable_options: Annotated[
        list[Annotated[str, _text(100)]], Field(max_length=50), AfterValidator(_unique)
    ] = Field(default_factory=list)

    def given(self) -> dict[str, Any]:
        """The plugin's fields by their API names, and the latest of its versions."""
        latest = max(self.releases, key=lambda release: Version(release.version))
        return {**self.model_dump(by_alias=True), "latestVersion": latest.version}


class NewCataloguePlugin(CataloguePluginChange):
    """The body of POST /admin/plugins."""

    plugin_id: PluginId


class Blocklisting(RequestModel):
    """The body of PUT /admin/plugins/{pluginId}/blocklist."""

    is_blocklisted: Flag
    reason: Annotated[str, _text(500)]
