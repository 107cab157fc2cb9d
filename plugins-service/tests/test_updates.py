"""PUT …/update: another version, or the one before again when WordPress cannot run it."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import TENANT
from bbws_local.wordpress import PluginPackage

SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad91"
OTHER_SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad92"
SITE = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}"
OTHER_SITE = f"/v1.0/tenants/{TENANT}/sites/{OTHER_SITE_ID}"
UPDATE = f"{SITE}/plugins/forms/update"
CONFIGURATION = {"mailTo": "me@shop.example"}
VERSIONS = ("3.0.0", "2.2.0", "2.1.0")


@pytest.fixture
def installed(world: Any) -> dict[str, Any]:
    """Version 2.1.0, of which the catalogue has newer ones."""
    world.catalogue.add(versions=VERSIONS)
    body = {"pluginId": "forms", "version": "2.1.0", "configuration": CONFIGURATION}
    reply = world.install(body)
    assert (reply.status, reply.json["hasUpdate"]) == (201, True)
    assert reply.json["latestVersion"] == "3.0.0"
    world.account.calls.clear()
    shown: dict[str, Any] = reply.json
    return shown


def _break(world: Any, version: str) -> None:
    """Give the catalogue a version whose code PHP cannot run."""
    plugin = world.catalogue.add(versions=VERSIONS)
    package = PluginPackage("forms", version, "Forms", is_broken=True)
    broken = {"packageUrl": world.wordpress.url + package.path, "sha256": package.sha256}
    releases = [r | (broken if r["version"] == version else {}) for r in plugin["releases"]]
    world.catalogue.add(versions=VERSIONS, releases=releases)


def test_an_update_keeps_configuration_and_status(
    world: Any, installed: dict[str, Any], promised: Callable[[str, Any], None]
) -> None:
    reply = world.api.put(UPDATE, {})
    assert reply.status == 200
    promised("InstalledPlugin", reply.json)
    assert (reply.json["version"], reply.json["hasUpdate"]) == ("3.0.0", False)
    assert (reply.json["isActive"], reply.json["configuration"]) == (True, CONFIGURATION)
    assert world.version_in_wordpress() == "3.0.0"
    assert world.active_in_wordpress() == [["forms/forms"]]
    (site,) = world.control.state(TENANT)["sites"]
    assert site["pluginSettings"] == {"forms": CONFIGURATION}
    assert world.shown() == reply.json


def test_an_inactive_plugin_stays_inactive(world: Any, installed: dict[str, Any]) -> None:
    assert world.api.put(f"{SITE}/plugins/forms/status", {"isActive": False}).status == 200
    reply = world.api.put(UPDATE, {"version": "2.2.0"})
    assert (reply.status, reply.json["version"], reply.json["isActive"]) == (200, "2.2.0", False)
    assert world.active_in_wordpress() == [[]]
    assert world.version_in_wordpress() == "2.2.0"


def test_the_version_that_is_there_changes_nothing(world: Any, installed: dict[str, Any]) -> None:
    effects = world.effects()
    reply = world.api.put(UPDATE, {"version": "2.1.0"})
    assert (reply.status, reply.json) == (200, installed)
    assert world.effects() == effects


def test_an_older_version_can_be_gone_back_to(world: Any, installed: dict[str, Any]) -> None:
    assert world.api.put(UPDATE, {}).status == 200
    reply = world.api.put(UPDATE, {"version": "2.2.0"})
    assert (reply.status, reply.json["version"]) == (200, "2.2.0")
    assert world.version_in_wordpress() == "2.2.0"


def test_a_version_that_cannot_be_activated_gives_way_to_the_one_before(
    world: Any, installed: dict[str, Any]
) -> None:
    _break(world, "3.0.0")
    reply = world.api.put(UPDATE, {"version": "3.0.0"})
    assert (reply.status, reply.code) == (502, "WP_001")
    details = reply.json["error"]["details"]
    assert (details["rolledBack"], details["version"]) == (True, "2.1.0")
    assert world.version_in_wordpress() == "2.1.0"
    assert world.active_in_wordpress() == [["forms/forms"]]
    assert world.shown() == installed
    assert world.api.put(UPDATE, {"version": "2.2.0"}).status == 200


def test_a_package_that_is_not_the_vetted_one_changes_nothing(
    world: Any, installed: dict[str, Any]
) -> None:
    plugin = world.catalogue.add(versions=VERSIONS)
    releases = [
        r | ({"sha256": "0" * 64} if r["version"] == "3.0.0" else {}) for r in plugin["releases"]
    ]
    world.catalogue.add(versions=VERSIONS, releases=releases)
    reply = world.api.put(UPDATE, {})
    assert (reply.status, reply.code) == (502, "WP_001")
    details = reply.json["error"]["details"]
    assert (details["wordpressCode"], details["rolledBack"]) == ("bbws_checksum_mismatch", True)
    assert world.version_in_wordpress() == "2.1.0"
    assert world.active_in_wordpress() == [["forms/forms"]]
    assert world.shown() == installed


def test_an_update_that_could_not_be_rolled_back_says_so_and_can_be_repeated(
    world: Any, installed: dict[str, Any]
) -> None:
    replacing = {"path": "/wp/v2/plugins", "method": "POST"}
    world.control.add_fault("cutAfter", **replacing, times=1)
    world.control.add_fault("status", status=500, **replacing)
    reply = world.api.put(UPDATE, {})
    assert (reply.status, reply.json["error"]["details"]["rolledBack"]) == (502, False)
    assert world.version_in_wordpress() == "3.0.0"
    assert world.shown() == installed
    world.control.clear_faults()
    assert world.api.put(UPDATE, {}).json["version"] == "3.0.0"
    assert world.active_in_wordpress() == [["forms/forms"]]


def test_an_update_that_died_before_it_was_recorded_is_finished_by_the_next(
    world: Any, installed: dict[str, Any]
) -> None:
    def dies(**_: Any) -> None:
        if "plugin_replaced" in world.effects():
            raise KeyboardInterrupt

    events = world.account.client("dynamodb").meta.events
    events.register("before-call.dynamodb", dies)
    with pytest.raises(KeyboardInterrupt):
        world.api.put(UPDATE, {})
    events.unregister("before-call.dynamodb", dies)
    assert (world.version_in_wordpress(), world.shown()["version"]) == ("3.0.0", "2.1.0")
    assert world.api.put(UPDATE, {}).code == "SITE_007"
    world.clock.advance(61)
    assert world.api.put(UPDATE, {}).json["version"] == "3.0.0"
    assert world.effects().count("plugin_replaced") == 1


def test_the_tenants_sites_update_together_for_they_share_the_files(
    world: Any, installed: dict[str, Any]
) -> None:
    world.site(OTHER_SITE_ID, "other")
    body = {"pluginId": "forms", "version": "2.1.0", "configuration": {"columns": 2}}
    assert world.api.post(f"{OTHER_SITE}/plugins", body).status == 201
    plan = world.api.put(f"{UPDATE}?validateOnly=true", {}).json["plan"]
    assert plan["effects"] == {"version": "3.0.0", "siteIds": [SITE_ID, OTHER_SITE_ID]}
    assert world.api.put(UPDATE, {}).status == 200
    other = world.shown(site=OTHER_SITE)
    assert (other["version"], other["hasUpdate"]) == ("3.0.0", False)
    assert other["configuration"] == {"columns": 2}
    assert world.active_in_wordpress() == [["forms/forms"], ["forms/forms"]]


def test_a_site_that_uninstalls_meanwhile_does_not_get_the_plugin_back(
    world: Any, installed: dict[str, Any]
) -> None:
    world.site(OTHER_SITE_ID, "other")
    body = {"pluginId": "forms", "version": "2.1.0"}
    assert world.api.post(f"{OTHER_SITE}/plugins", body).status == 201

    def uninstalled(**_: Any) -> None:
        events.unregister("before-call.dynamodb.UpdateItem", uninstalled)
        assert world.started().delete(f"{OTHER_SITE}/plugins/forms").status == 204

    events = world.account.client("dynamodb").meta.events
    events.register("before-call.dynamodb.UpdateItem", uninstalled)
    assert world.api.put(UPDATE, {}).status == 200
    assert world.api.get(f"{OTHER_SITE}/plugins").json["items"] == []


def test_a_version_is_vetted_before_a_site_gets_it(
    world: Any, installed: dict[str, Any], counted: Callable[[str], float]
) -> None:
    affected = {
        "id": "6f1a3d0e",
        "title": "Unrestricted File Upload",
        "cvssScore": 9.8,
        "affectedVersions": [
            {"fromVersion": "2.2.0", "toVersion": "*", "fromInclusive": True, "toInclusive": True}
        ],
        "patchedVersions": [],
    }
    world.catalogue.add(versions=VERSIONS, vulnerabilities=[affected])
    for query in ("", "?validateOnly=true"):
        reply = world.api.put(UPDATE + query, {})
        assert (reply.status, reply.code) == (422, "PLUG_003")
        assert reply.json["error"]["details"]["nearestSafeVersion"] == "2.1.0"
    assert counted("PluginSecurityBlocked") == 1
    assert world.version_in_wordpress() == "2.1.0"


def test_a_version_that_does_not_exist_is_not_found(world: Any, installed: dict[str, Any]) -> None:
    reply = world.api.put(UPDATE, {"version": "9.9"})
    assert (reply.status, reply.code) == (404, "PLUG_001")


def test_an_update_that_could_not_be_undone_is_refused(
    world: Any, installed: dict[str, Any]
) -> None:
    world.catalogue.add(versions=("3.0.0",))
    reply = world.api.put(UPDATE, {})
    assert (reply.status, reply.code) == (422, "PLUG_005")
    assert reply.json["error"]["details"]["presentVersion"] == "2.1.0"
    assert world.version_in_wordpress() == "2.1.0"


def test_a_plugin_that_somebody_removed_from_wordpress_comes_back_with_an_update(
    world: Any, installed: dict[str, Any]
) -> None:
    world.control.reset()
    world.site()
    assert world.version_in_wordpress() is None
    assert world.api.put(UPDATE, {}).status == 200
    assert world.active_in_wordpress() == [["forms/forms"]]


def test_slow_answers_do_not_outlast_the_request(world: Any, installed: dict[str, Any]) -> None:
    world.control.add_fault("timeout", seconds=60, path="/wp/v2/plugins", method="POST", times=1)
    reply = world.started(wordpress_seconds=0.5).put(UPDATE, {})
    assert (reply.status, reply.code) == (504, "WP_002")
    assert reply.json["error"]["details"]["rolledBack"] is True
    assert world.shown() == installed
