"""A plugin's life on the running stack: taken into the catalogue, installed, updated, found vulnerable."""

from collections.abc import Iterator
from typing import Any

import pytest

from bbws_local.specification import STAFF, STAFF_ROLE
from bbws_local.stack import LocalStack
from bbws_local.wordpress import PluginPackage
from bbws_shared.attributes import to_attributes
from e2e.portal import Backstage, Json, Portal, eventually

PLUGIN = "gallery-blocks"
CATALOGUE = f"/v1.0/admin/plugins/{PLUGIN}"
INSTALLATION = {"pluginId": PLUGIN, "configuration": {"columns": 3}}
ADVISORY = "a1b2c3d4-0000-4000-8000-000000000001"


@pytest.fixture
def staff(stack: LocalStack, backstage: Backstage) -> Iterator[Portal]:
    """Staff, with a catalogue that lacks the plugin before and after."""
    yield Portal(stack, stack.tokens[STAFF][STAFF_ROLE])
    key = to_attributes({"PK": "PLUGIN", "SK": f"PLUGIN#{PLUGIN}"})
    stack.clients.dynamodb.delete_item(TableName="sites", Key=key)


def _release(stack: LocalStack, version: str, *, is_broken: bool = False) -> Json:
    package = PluginPackage(PLUGIN, version, "Gallery Blocks", is_broken=is_broken)
    return {
        "version": version,
        "requiresWordPress": "6.1",
        "requiresPhp": "8.0",
        "releasedAt": "2026-01-12T08:00:00Z",
        "packageUrl": stack.wordpress_url + package.path,
        "sha256": package.sha256,
    }


def _entry(*releases: Json) -> Json:
    return {
        "name": "Gallery Blocks",
        "description": "Galleries for the block editor.",
        "author": "Gallery Ltd",
        "category": "media",
        "pricing": "FREE",
        "vetting": "APPROVED",
        "releases": list(releases),
        "configurableOptions": ["columns"],
    }


def _ask(portal: Portal, method: str, path: str, body: Any = None, status: int = 200) -> Json:
    answer = portal.call(method, path, body)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


def _feed() -> Json:
    span = {
        "from_version": "*",
        "from_inclusive": True,
        "to_version": "1.1.0",
        "to_inclusive": True,
    }
    return {
        ADVISORY: {
            "id": ADVISORY,
            "title": "Gallery Blocks <= 1.1.0 - Stored Cross-Site Scripting",
            "software": [
                {
                    "type": "plugin",
                    "name": "Gallery Blocks",
                    "slug": PLUGIN,
                    "affected_versions": {"* - 1.1.0": span},
                    "patched": True,
                    "patched_versions": ["1.2.0"],
                }
            ],
            "cvss": {"vector": "CVSS:3.1/AV:N", "score": 6.4, "rating": "Medium"},
            "cve": "CVE-2026-10001",
            "references": [],
            "published": "2026-01-20 00:00:00",
            "updated": "2026-01-20 00:00:00",
        }
    }


@pytest.fixture
def plugins(stack: LocalStack, staff: Portal, portal: Portal) -> str:
    """The path of the plugins of a site that has version 1.0.0 of the plugin."""
    new = {"pluginId": PLUGIN, **_entry(_release(stack, "1.0.0"))}
    _ask(staff, "POST", "/v1.0/admin/plugins", new, 201)
    site = portal.active_site("gallery")
    path = f"{portal.sites}/{site['siteId']}/plugins"
    assert _ask(portal, "POST", path, INSTALLATION, 201)["version"] == "1.0.0"
    return path


def test_an_update_that_wordpress_cannot_run_leaves_the_version_before(
    stack: LocalStack, staff: Portal, portal: Portal, backstage: Backstage, plugins: str
) -> None:
    broken, good = _release(stack, "1.1.0", is_broken=True), _release(stack, "1.2.0")
    first = _release(stack, "1.0.0")
    _ask(staff, "PUT", CATALOGUE, _entry(first, broken))
    assert _ask(portal, "GET", f"{plugins}/{PLUGIN}")["hasUpdate"] is True
    failed = _ask(portal, "PUT", f"{plugins}/{PLUGIN}/update", {}, 502)["error"]
    assert (failed["code"], failed["details"]["rolledBack"]) == ("WP_001", True)
    (in_wordpress,) = backstage.wordpress_sites()
    assert in_wordpress["activePlugins"] == [f"{PLUGIN}/{PLUGIN}"]
    assert _ask(portal, "GET", f"{plugins}/{PLUGIN}")["version"] == "1.0.0"

    _ask(staff, "PUT", CATALOGUE, _entry(first, broken, good))
    updated = _ask(portal, "PUT", f"{plugins}/{PLUGIN}/update", {})
    assert (updated["version"], updated["configuration"]) == ("1.2.0", {"columns": 3})


def test_a_new_advisory_is_told_to_the_sites_that_it_affects(
    stack: LocalStack, staff: Portal, portal: Portal, backstage: Backstage, plugins: str
) -> None:
    backstage.events()
    imported = _ask(staff, "POST", "/v1.0/admin/vulnerabilities", _feed())
    assert imported["pluginsUpdated"] == 1
    (affected,) = imported["affectedInstallations"]
    assert affected["siteId"] in plugins
    assert (affected["version"], affected["vulnerabilityIds"]) == ("1.0.0", [ADVISORY])
    (event,) = eventually(backstage.events)
    assert event["eventType"] == "plugin.vulnerable"
    assert event["payload"]["siteId"] == affected["siteId"]
    (listed,) = _ask(portal, "GET", plugins)["items"]
    assert (listed["isVulnerable"], listed["vulnerabilities"][0]["id"]) == (True, ADVISORY)
    again = _ask(staff, "POST", "/v1.0/admin/vulnerabilities", _feed())
    assert (again["pluginsUpdated"], again["affectedInstallations"]) == (0, [affected])
    assert backstage.events() == []

    releases = [_release(stack, version) for version in ("1.0.0", "1.1.0", "1.2.0")]
    _ask(staff, "PUT", CATALOGUE, _entry(*releases))
    vulnerable = {"version": "1.1.0"}
    refused = _ask(portal, "PUT", f"{plugins}/{PLUGIN}/update", vulnerable, 422)["error"]
    assert (refused["code"], refused["details"]["nearestSafeVersion"]) == ("PLUG_003", "1.2.0")
    assert _ask(portal, "PUT", f"{plugins}/{PLUGIN}/update", {})["isVulnerable"] is False


def test_a_plugin_leaves_the_catalogue_when_no_site_has_it(
    staff: Portal, portal: Portal, plugins: str
) -> None:
    kept = staff.call("DELETE", CATALOGUE)
    assert (kept.status_code, kept.json()["error"]["code"]) == (409, "PLUG_006")
    assert portal.call("DELETE", f"{plugins}/{PLUGIN}").status_code == 204
    blocked = {"isBlocklisted": True, "reason": "Abandoned by its author."}
    _ask(staff, "PUT", f"{CATALOGUE}/blocklist", blocked)
    assert _ask(portal, "POST", plugins, INSTALLATION, 422)["error"]["code"] == "PLUG_002"
    eventually(lambda: staff.call("DELETE", CATALOGUE).status_code == 204)
