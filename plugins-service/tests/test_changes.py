"""PUT …/config and …/status, and DELETE, of a plugin that a site has."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, STAFF, TENANT, claims

SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad91"
OTHER_SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad92"
SITE = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}"
OTHER_SITE = f"/v1.0/tenants/{TENANT}/sites/{OTHER_SITE_ID}"
FORMS = f"{SITE}/plugins/forms"
OPERATION_ID = "op-0190163d-8694-7a3e-9c51-4f0a3d2b7e10"
AFFECTED = {"fromVersion": "*", "toVersion": "2.1.0", "fromInclusive": True, "toInclusive": True}
VULNERABILITY = {
    "id": "6f1a3d0e",
    "title": "Unrestricted File Upload",
    "cvssScore": 9.8,
    "affectedVersions": [AFFECTED],
    "patchedVersions": [],
}
CHANGES: dict[str, tuple[str, str, Any]] = {
    "configurePlugin": ("PUT", f"{FORMS}/config", {"configuration": {"columns": 2}}),
    "setPluginStatus": ("PUT", f"{FORMS}/status", {"isActive": False}),
    "updatePlugin": ("PUT", f"{FORMS}/update", {}),
    "uninstallPlugin": ("DELETE", FORMS, None),
}
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@pytest.fixture
def installed(world: Any) -> dict[str, Any]:
    """The plugin as it was installed, in a version that has a newer one since."""
    world.catalogue.add(versions=("2.2.0", "2.1.0"))
    body = {"pluginId": "forms", "version": "2.1.0", "configuration": {"mailTo": "me@shop.example"}}
    reply = world.install(body)
    assert reply.status == 201
    world.account.calls.clear()
    return {"etag": reply.headers["etag"], **reply.json}


def _settings(world: Any) -> Any:
    return world.control.state(TENANT)["sites"][0]["pluginSettings"].get("forms")


def test_the_options_given_are_the_configuration_from_then_on(
    world: Any, installed: dict[str, Any], promised: Callable[[str, Any], None]
) -> None:
    reply = world.api.put(f"{FORMS}/config", {"configuration": {"columns": 2}})
    assert reply.status == 200
    promised("InstalledPlugin", reply.json)
    assert reply.json["configuration"] == {"columns": 2}
    assert reply.json["updatedAt"] == "2026-01-25T08:00:00.000Z"
    assert reply.headers["etag"] != installed["etag"]
    assert _settings(world) == {"columns": 2}
    assert world.shown() == reply.json
    for _ in range(2):
        assert world.api.put(f"{FORMS}/config", {"configuration": {}}).status == 200
        assert not _settings(world)


def test_an_option_that_the_catalogue_does_not_declare_is_refused(
    world: Any, installed: dict[str, Any]
) -> None:
    for body, field in (
        ({"configuration": {"siteurl": "https://evil.example"}}, "configuration.siteurl"),
        ({"configuration": None}, "configuration"),
        ({}, "configuration"),
        ({"configuration": {}, "isActive": True}, "isActive"),
    ):
        reply = world.api.put(f"{FORMS}/config", body)
        assert (reply.status, reply.code) == (400, "SITE_001")
        assert [e["field"] for e in reply.json["error"]["details"]["errors"]] == [field]
    assert _settings(world) == {"mailTo": "me@shop.example"}


def test_a_plugin_is_deactivated_and_activated_again(world: Any, installed: dict[str, Any]) -> None:
    off = world.api.put(f"{FORMS}/status", {"isActive": False})
    assert (off.status, off.json["isActive"]) == (200, False)
    assert off.json["configuration"] == installed["configuration"]
    assert world.active_in_wordpress() == [[]]
    again = world.api.put(f"{FORMS}/status", {"isActive": False})
    assert (again.status, again.json["isActive"]) == (200, False)
    on = world.api.put(f"{FORMS}/status", {"isActive": True})
    assert (on.status, on.json["isActive"]) == (200, True)
    assert world.active_in_wordpress() == [["forms/forms"]]


def test_what_would_not_be_installed_is_not_activated_either(
    world: Any, installed: dict[str, Any], counted: Callable[[str], float]
) -> None:
    assert world.api.put(f"{FORMS}/status", {"isActive": False}).status == 200
    world.catalogue.add(versions=("2.2.0", "2.1.0"), vulnerabilities=[VULNERABILITY])
    reply = world.api.put(f"{FORMS}/status", {"isActive": True})
    assert (reply.status, reply.code) == (422, "PLUG_003")
    assert reply.json["error"]["details"]["nearestSafeVersion"] == "2.2.0"
    assert counted("PluginSecurityBlocked") == 1
    assert world.active_in_wordpress() == [[]]
    world.catalogue.add(versions=("2.2.0", "2.1.0"), vetting="BLOCKLISTED")
    assert world.api.put(f"{FORMS}/status", {"isActive": True}).code == "PLUG_002"
    # Whatever is known of it, it can be switched off.
    assert world.api.put(f"{FORMS}/status", {"isActive": False}).status == 200


def test_an_uninstalled_plugin_leaves_the_site_and_the_network(
    world: Any, installed: dict[str, Any]
) -> None:
    reply = world.api.delete(FORMS)
    assert (reply.status, reply.text) == (204, "")
    assert world.records() == []
    assert world.version_in_wordpress() is None
    again = world.api.delete(FORMS)
    assert (again.status, again.code) == (404, "PLUG_001")
    assert world.install().status == 201


def test_another_sites_plugin_stays_when_this_one_is_uninstalled(
    world: Any, installed: dict[str, Any]
) -> None:
    world.site(OTHER_SITE_ID, "other")
    body = {"pluginId": "forms", "version": "2.1.0", "activate": False}
    assert world.api.post(f"{OTHER_SITE}/plugins", body).status == 201
    plan = world.api.delete(f"{FORMS}?validateOnly=true").json["plan"]
    assert plan["effects"] == {"pluginId": "forms", "filesRemoved": False}
    assert world.api.delete(FORMS).status == 204
    assert world.version_in_wordpress() == "2.1.0"
    assert world.shown(site=OTHER_SITE)["isActive"] is False


def test_an_installation_that_was_cut_off_can_be_cleared_away(world: Any) -> None:
    world.record("forms", status="INSTALLING", claimedUntil="2026-01-25T07:59:59.999Z")
    assert world.listed() == []
    assert world.api.delete(FORMS).status == 204
    assert world.records() == []


@every_change
def test_a_change_can_be_planned(
    world: Any,
    installed: dict[str, Any],
    change: tuple[str, str, Any],
    promised: Callable[[str, Any], None],
) -> None:
    method, path, body = change
    before, effects = world.records(), world.effects()
    world.account.calls.clear()
    reply = world.api.call(method, f"{path}?validateOnly=true", body)
    assert reply.status == 200
    promised("Plan", reply.json)
    reads = {"dynamodb.GetItem", "dynamodb.Query", "dynamodb.BatchGetItem"}
    assert set(world.account.calls) <= reads
    names = {name for name, known in CHANGES.items() if known == change}
    assert reply.json["plan"]["action"] in names
    assert (world.records(), world.effects()) == (before, effects)


@every_change
def test_an_old_etag_changes_nothing(
    world: Any, installed: dict[str, Any], change: tuple[str, str, Any]
) -> None:
    method, path, body = change
    other = {"configuration": {"columns": 3}}
    assert world.api.put(f"{FORMS}/config", other).status == 200
    before, effects = world.records(), world.effects()
    old = {"If-Match": installed["etag"]}
    for plan in ("", "?validateOnly=true"):
        reply = world.api.call(method, path + plan, body, headers=old)
        assert (reply.status, reply.code) == (412, "REQ_002")
    assert (world.records(), world.effects()) == (before, effects)
    fresh = {"If-Match": reply.json["error"]["details"]["currentETag"]}
    assert world.api.call(method, path, body, headers=fresh).status in (200, 204)


@every_change
def test_a_repetition_gets_the_first_answer_and_changes_nothing(
    world: Any, installed: dict[str, Any], change: tuple[str, str, Any]
) -> None:
    method, path, body = change
    key = {"Idempotency-Key": "order-7"}
    first = world.api.call(method, path, body, headers=key)
    effects = world.effects()
    second = world.api.call(method, path, body, headers=key)
    assert first.status in (200, 204)
    assert (second.status, second.text) == (first.status, first.text)
    assert second.headers["idempotent-replayed"] == "true"
    assert world.effects() == effects


@every_change
def test_a_plugin_that_the_site_does_not_have_cannot_be_changed(
    world: Any, change: tuple[str, str, Any]
) -> None:
    method, path, body = change
    for plugin_id in ("forms", "absent", "Not-An-Id", "%20"):
        reply = world.api.call(method, path.replace("/forms", f"/{plugin_id}"), body)
        assert (reply.status, reply.code) == (404, "PLUG_001")


@every_change
def test_who_may_change_a_plugin(
    world: Any, installed: dict[str, Any], change: tuple[str, str, Any]
) -> None:
    method, path, body = change
    for caller in (claims("CUSTOMER_VIEWER"), claims("CUSTOMER_USER"), claims("unknown-group")):
        refused = world.api.call(method, path, body, caller=caller)
        assert (refused.status, refused.code) == (403, "AUTH_002")
    stranger = claims("CUSTOMER_SUPER_ADMIN", OTHER_TENANT)
    foreign = world.api.call(method, path, body, caller=stranger)
    assert (foreign.status, foreign.code) == (404, "SITE_002")
    assert world.shown() == {k: v for k, v in installed.items() if k != "etag"}
    assert world.api.call(method, path, body, caller=STAFF).status in (200, 204)


@every_change
def test_what_the_site_is_doing_comes_first(
    world: Any, installed: dict[str, Any], change: tuple[str, str, Any]
) -> None:
    method, path, body = change
    world.site(status="SUSPENDED")
    assert world.api.call(method, path, body).code == "SITE_005"
    world.site(active_operation_id=OPERATION_ID)
    busy = world.api.call(method, path, body)
    assert (busy.status, busy.code) == (409, "SITE_007")
    assert busy.json["error"]["details"]["operationId"] == OPERATION_ID


@every_change
def test_a_failure_of_wordpress_leaves_the_record_and_can_be_tried_again(
    world: Any, installed: dict[str, Any], change: tuple[str, str, Any]
) -> None:
    method, path, body = change
    before = world.records()
    world.control.add_fault("status", status=500)
    failed = world.api.call(method, path, body)
    assert (failed.status, failed.code) == (502, "WP_001")
    assert world.records() == before
    world.control.clear_faults()
    assert world.api.call(method, path, body).status in (200, 204)


def test_prod_gets_its_plugins_by_promotion_and_remedies_directly(
    world: Any, installed: dict[str, Any], promised: Callable[[str, Any], None]
) -> None:
    world.site(OTHER_SITE_ID, "live", environment="PROD")
    world.record("forms", OTHER_SITE_ID, version="2.1.0")
    world.catalogue.add("seo")
    plugins = f"{OTHER_SITE}/plugins"
    forms, before = f"{plugins}/forms", world.account.items()
    for method, path, body in (
        ("POST", plugins, {"pluginId": "seo"}),
        ("POST", f"{plugins}?validateOnly=true", {"pluginId": "seo"}),
        ("PUT", f"{forms}/config", {"configuration": {"columns": 2}}),
        ("PUT", f"{forms}/status", {"isActive": True}),
        ("DELETE", forms, None),
    ):
        reply = world.api.call(method, path, body)
        assert (reply.status, reply.code) == (422, "SITE_006")
        promised("Error", reply.json)
    written = [item["SK"] for item in world.account.items() if item not in before]
    assert [key for key in written if not key.startswith("AUDIT#")] == []
    assert world.active_in_wordpress() == [["forms/forms"], []]
    updated = world.api.put(f"{forms}/update", {})
    assert (updated.status, updated.json["version"]) == (200, "2.2.0")
    off = world.api.put(f"{forms}/status", {"isActive": False})
    assert (off.status, off.json["isActive"]) == (200, False)
