"""What callers send, and what they are shown."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from bbws_shared.attributes import Item
from bbws_shared.catalogue import shown
from bbws_shared.http import RequestModel

_FIELDS: Final = (
    "pluginId",
    "name",
    "description",
    "author",
    "category",
    "pricing",
    "latestVersion",
    "vetting",
    "blocklistReason",
    "vulnerabilities",
    "conflictsWith",
    "configurableOptions",
    "createdAt",
    "updatedAt",
)
_RELEASE_FIELDS: Final = ("version", "requiresWordPress", "requiresPhp", "releasedAt")
_INSTALLED_FIELDS: Final = (
    "pluginId",
    "siteId",
    "name",
    "version",
    "isActive",
    "installedAt",
    "installedBy",
    "configuration",
)
PluginId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", min_length=1, max_length=100)
]


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
    version: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = None
    activate: Annotated[bool, Field(strict=True)] = True
    configuration: dict[str, Any] = Field(default_factory=dict)


def show_plugin(plugin: Item) -> dict[str, Any]:
    """A plugin of the catalogue as callers see it, without its packages."""
    releases = [shown(release, _RELEASE_FIELDS) for release in plugin["releases"]]
    link = {"self": {"href": f"/v1.0/plugins/{plugin['pluginId']}"}}
    return {**shown(plugin, _FIELDS), "releases": releases, "_links": link}


def show_installed(tenant_id: str, installed: Item) -> dict[str, Any]:
    """An installed plugin as callers see it."""
    site = f"/v1.0/tenants/{tenant_id}/sites/{installed['siteId']}"
    links = {
        "self": {"href": f"{site}/plugins/{installed['pluginId']}"},
        "site": {"href": site},
        "plugin": {"href": f"/v1.0/plugins/{installed['pluginId']}"},
    }
    return {**shown(installed, _INSTALLED_FIELDS), "_links": links}
