"""What callers are shown."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from bbws_shared.attributes import Item
from bbws_shared.catalogue import shown
from bbws_shared.versions import Version
from bbws_shared.vetting import known_vulnerabilities

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
_PACKAGE_FIELDS: Final = (*_RELEASE_FIELDS, "packageUrl", "sha256")
_INSTALLED_FIELDS: Final = (
    "pluginId",
    "siteId",
    "name",
    "version",
    "isActive",
    "installedAt",
    "installedBy",
    "updatedAt",
    "configuration",
)
_VULNERABILITY_FIELDS: Final = ("id", "title", "cve", "cvssScore")


def etag(plugin: Item) -> str:
    """The entity tag of a plugin: another one after any change of its entry."""
    return _digest(plugin)


def installed_etag(installed: Item) -> str:
    """The entity tag of an installed plugin.

    What the catalogue says of it, such as a newer version, does not change it.
    """
    return _digest(shown(installed, _INSTALLED_FIELDS))


def show_plugin(plugin: Item) -> dict[str, Any]:
    """A plugin of the catalogue as callers see it, without its packages."""
    return _show(plugin, _RELEASE_FIELDS)


def show_administered(plugin: Item) -> dict[str, Any]:
    """A plugin of the catalogue as staff sees it, with its packages."""
    return _show(plugin, _PACKAGE_FIELDS)


def show_installed(tenant_id: str, installed: Item, entry: Item | None) -> dict[str, Any]:
    """An installed plugin as callers see it; `entry` is what the catalogue has of it."""
    site = f"/v1.0/tenants/{tenant_id}/sites/{installed['siteId']}"
    links = {
        "self": {"href": f"{site}/plugins/{installed['pluginId']}"},
        "site": {"href": site},
        "plugin": {"href": f"/v1.0/plugins/{installed['pluginId']}"},
    }
    return {**shown(installed, _INSTALLED_FIELDS), **_news(installed, entry), "_links": links}


def show_vulnerability(vulnerability: Mapping[str, Any]) -> dict[str, Any]:
    """A vulnerability in short."""
    return shown(dict(vulnerability), _VULNERABILITY_FIELDS)


def _show(plugin: Item, release_fields: tuple[str, ...]) -> dict[str, Any]:
    releases = [shown(release, release_fields) for release in plugin["releases"]]
    link = {"self": {"href": f"/v1.0/plugins/{plugin['pluginId']}"}}
    return {**shown(plugin, _FIELDS), "releases": releases, "_links": link}


def _news(installed: Item, entry: Item | None) -> dict[str, Any]:
    """What has become known of the installed version since."""
    if entry is None:
        # Whoever took the plugin from the catalogue took its vulnerabilities too; the flag stays.
        return {"hasUpdate": False, "isVulnerable": bool(installed.get("vulnerabilityIds"))}
    version = installed["version"]
    found = known_vulnerabilities(entry, version)
    news = {
        "hasUpdate": Version(version) < Version(entry["latestVersion"]),
        "latestVersion": entry["latestVersion"],
        "isVulnerable": bool(found),
    }
    return {**news, "vulnerabilities": list(map(show_vulnerability, found))} if found else news


def _digest(content: Item) -> str:
    text = json.dumps(content, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
