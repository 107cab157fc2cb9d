"""POST …/plugins: what may not be installed, and why; nothing is changed then."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import TENANT

SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad91"
OTHER_SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad92"
PLUGINS = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}/plugins"
OPERATION_ID = "op-0190163d-8694-7a3e-9c51-4f0a3d2b7e10"


def _affected(
    start: str, end: str, *, from_inclusive: bool = True, to_inclusive: bool = True
) -> dict[str, Any]:
    span = {
        "fromVersion": start,
        "fromInclusive": from_inclusive,
        "toVersion": end,
        "toInclusive": to_inclusive,
    }
    return {
        "id": "6f1a3d0e",
        "title": "Unrestricted File Upload",
        "cve": "CVE-2020-35489",
        "cvssScore": 9.8,
        "affectedVersions": [span],
        "patchedVersions": [],
    }


@pytest.fixture
def refused(
    world: Any, counted: Callable[[str], float], promised: Callable[[str, Any], None]
) -> Callable[..., dict[str, Any]]:
    """Asks for a plugin, which must be refused without a trace; the error."""

    def ask(status: int, code: str, **body: Any) -> dict[str, Any]:
        before = world.records()
        reply = world.install({"pluginId": "forms", **body})
        assert (reply.status, reply.code) == (status, code)
        promised("Error", reply.json)
        assert world.records() == before
        assert world.effects() == []
        assert counted("PluginSecurityBlocked") == (code in ("PLUG_002", "PLUG_003"))
        error: dict[str, Any] = reply.json["error"]
        checks = error["details"].pop("checks", [])
        assert checks == [] or checks[0]["code"] == code
        return error

    return ask


def test_a_blocklisted_plugin_is_refused_with_the_reason(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    world.catalogue.add(vetting="BLOCKLISTED", blocklistReason="Opens a back door.")
    error = refused(422, "PLUG_002")
    assert error["details"] == {
        "pluginId": "forms",
        "vetting": "BLOCKLISTED",
        "reason": "Opens a back door.",
    }
    world.catalogue.add(vetting="BLOCKLISTED")
    assert refused(422, "PLUG_002")["details"]["reason"] == "It is on the blocklist."


def test_the_log_says_which_plugin_was_blocked_where_and_why(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.catalogue.add(vulnerabilities=[_affected("*", "2.1.0")])
    checks = world.install().json["error"]["details"]["checks"]
    (line,) = [vars(one) for one in caplog.records if one.getMessage() == "plugin blocked"]
    assert (line["levelname"], line["error_code"]) == ("WARNING", "PLUG_003")
    assert line["site_id"] == SITE_ID
    assert line["error_details"]["pluginId"] == "forms"
    assert line["error_details"]["checks"] == checks


def test_a_plugin_is_refused_from_the_moment_it_is_blocklisted(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    assert world.api.get("/v1.0/plugins").json["count"] == 1
    world.catalogue.add(vetting="BLOCKLISTED")
    refused(422, "PLUG_002")


def test_a_plugin_that_was_not_approved_is_refused(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    world.catalogue.add(vetting="PENDING")
    error = refused(422, "PLUG_002")
    assert error["details"] == {"pluginId": "forms", "vetting": "PENDING"}
    assert "not been approved" in error["message"]


def test_a_vulnerable_version_is_refused_with_the_nearest_safe_one(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    world.catalogue.add(
        versions=("3.0", "2.2.0", "2.1.0", "1.0"), vulnerabilities=[_affected("*", "2.1.0")]
    )
    error = refused(422, "PLUG_003", version="2.1.0")
    assert error["details"] == {
        "pluginId": "forms",
        "version": "2.1.0",
        "vulnerabilities": [
            {
                "id": "6f1a3d0e",
                "title": "Unrestricted File Upload",
                "cve": "CVE-2020-35489",
                "cvssScore": 9.8,
            }
        ],
        "nearestSafeVersion": "2.2.0",
    }
    safe = {"pluginId": "forms", "version": error["details"]["nearestSafeVersion"]}
    assert world.install(safe).status == 201


def test_without_a_newer_safe_version_the_newest_older_one_is_named(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    world.catalogue.add(
        versions=("3.0", "2.0", "1.10", "1.9"),
        vulnerabilities=[_affected("1.10", "*", from_inclusive=False)],
    )
    assert refused(422, "PLUG_003")["details"]["nearestSafeVersion"] == "1.10"


def test_without_any_safe_version_none_is_named(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    everything = _affected("*", "*")
    del everything["cve"]
    world.catalogue.add(versions=("3.0", "2.0"), vulnerabilities=[everything])
    details = refused(422, "PLUG_003")["details"]
    assert "nearestSafeVersion" not in details
    assert "cve" not in details["vulnerabilities"][0]


def test_a_plugin_that_needs_a_newer_site_is_refused(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    old_wordpress = {"WordPress": {"required": "6.1", "present": "6.0.9"}}
    old_php = {"PHP": {"required": "8.0", "present": "7.4.33"}}
    for wordpress_version, php_version, lacking in (
        ("6.0.9", "8.3.6", old_wordpress),
        ("6.10", "7.4.33", old_php),
        ("6.0.9", "7.4.33", old_wordpress | old_php),
    ):
        world.site(wordpress_version=wordpress_version, php_version=php_version)
        error = refused(422, "PLUG_005")
        assert error["details"] == lacking
        assert all(one["required"] in error["message"] for one in lacking.values())
    world.site(wordpress_version="6.1", php_version="8.0")
    assert world.install().status == 201


def test_a_site_that_never_told_its_versions_lets_wordpress_decide(world: Any) -> None:
    world.site(wordpress_version=None, php_version=None)
    assert world.install().status == 201


def test_a_plugin_that_conflicts_with_an_installed_one_is_refused(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    world.catalogue.add(conflictsWith=["other-forms", "b-forms", "absent"])
    world.record("other-forms")
    world.record("b-forms")
    error = refused(409, "PLUG_004")
    assert error["details"] == {"conflictsWith": ["b-forms", "other-forms"]}


def test_an_installation_that_died_long_ago_conflicts_with_nothing(world: Any) -> None:
    world.catalogue.add(conflictsWith=["other-forms"])
    world.record("other-forms", status="INSTALLING", claimedUntil="2026-01-25T07:59:59.999Z")
    assert world.install().status == 201
    assert world.listed() == ["forms"]


def test_a_conflict_counts_whichever_of_the_two_declares_it(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    world.catalogue.add("other-forms", conflictsWith=["forms"])
    world.record("other-forms")
    error = refused(409, "PLUG_004")
    assert error["details"] == {"conflictsWith": ["other-forms"]}


def test_every_check_that_failed_is_told_at_once(
    world: Any, promised: Callable[[str, Any], None]
) -> None:
    world.catalogue.add(
        versions=("2.2.0", "2.1.0"),
        vetting="BLOCKLISTED",
        vulnerabilities=[_affected("*", "2.1.0")],
        conflictsWith=["other-forms"],
    )
    world.record("other-forms")
    world.site(php_version="7.4.33")
    reply = world.install({"pluginId": "forms", "version": "2.1.0"})
    assert (reply.status, reply.code) == (422, "PLUG_002")
    promised("Error", reply.json)
    checks = reply.json["error"]["details"]["checks"]
    assert [(check["name"], check["code"]) for check in checks] == [
        ("blocklist", "PLUG_002"),
        ("vulnerability", "PLUG_003"),
        ("compatibility", "PLUG_005"),
        ("conflict", "PLUG_004"),
    ]
    assert all(check["message"] and check["suggestion"] for check in checks)
    assert checks[1]["nearestSafeVersion"] == "2.2.0"
    assert world.effects() == []


def test_what_wordpress_brought_along_makes_way_for_the_vetted_version(world: Any) -> None:
    """WordPress ships akismet 5.5; all sites of a network share one copy of a plugin."""
    world.catalogue.add("akismet", versions=("5.6", "5.5"))
    reply = world.install({"pluginId": "akismet"})
    assert (reply.status, reply.json["version"]) == (201, "5.6")
    assert world.effects() == ["package_vetted", "plugin_replaced", "plugin_activated"]
    plugins = {p["plugin"]: p["version"] for p in world.control.state(TENANT)["plugins"]}
    assert plugins["akismet/akismet"] == "5.6"


def test_another_sites_version_is_not_replaced_by_an_installation(world: Any) -> None:
    world.catalogue.add("akismet", versions=("5.6", "5.5"))
    world.record("akismet", site_id=OTHER_SITE_ID, version="5.5")
    refusal = world.install({"pluginId": "akismet"})
    assert (refusal.status, refusal.code) == (409, "PLUG_004")
    assert refusal.json["error"]["details"] == {
        "pluginId": "akismet",
        "version": "5.6",
        "presentVersion": "5.5",
        "conflictsWith": ["akismet"],
    }
    assert "version that is present" in refusal.json["error"]["suggestion"]
    plan = world.api.post(f"{PLUGINS}?validateOnly=true", {"pluginId": "akismet"})
    assert (plan.status, plan.json["error"]) == (409, refusal.json["error"])
    assert world.records() == []
    reply = world.install({"pluginId": "akismet", "version": "5.5"})
    assert (reply.status, reply.json["version"]) == (201, "5.5")
    (site,) = world.control.state(TENANT)["sites"]
    assert site["activePlugins"] == ["akismet/akismet"]


def test_an_installed_plugin_is_not_installed_again(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    world.record("forms", claimedUntil="2020-01-01T00:00:00.000Z")
    refused(409, "PLUG_006")
    refused(409, "PLUG_006", activate=False)


def test_plugins_are_installed_on_active_sites_only(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    for status in ("PROVISIONING", "SUSPENDED", "FAILED", "DEPROVISIONING", "DELETED"):
        world.site(status=status)
        assert refused(422, "SITE_005")["details"] == {"currentStatus": status}


def test_an_operation_on_the_site_comes_first(
    world: Any, refused: Callable[..., dict[str, Any]]
) -> None:
    world.site(active_operation_id=OPERATION_ID)
    error = refused(409, "SITE_007")
    assert error["details"] == {
        "operationId": OPERATION_ID,
        "_links": {"operation": {"href": f"/v1.0/operations/{OPERATION_ID}"}},
    }
    assert world.install().headers["retry-after"] == "5"
