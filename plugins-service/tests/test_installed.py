"""GET …/plugins of a site: what is installed there, seen by its tenant alone."""

from collections.abc import Callable
from typing import Any

from bbws_local.testing import OTHER_TENANT, STAFF, TENANT, claims

SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad91"
PLUGINS = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}/plugins"


def _ids(reply: Any) -> list[str]:
    assert reply.status == 200
    assert reply.json["count"] == len(reply.json["items"])
    return [item["pluginId"] for item in reply.json["items"]]


def test_pages_hold_every_installed_plugin_once(
    world: Any, promised: Callable[[str, Any], None]
) -> None:
    names = [f"plugin-{number}" for number in range(5)]
    for name in reversed(names):
        world.record(name)
    reply, pages = world.api.get(f"{PLUGINS}?limit=2"), []
    while True:
        promised("InstalledPluginList", reply.json)
        pages.append(_ids(reply))
        if "nextToken" not in reply.json:
            break
        reply = world.api.get(reply.json["_links"]["next"]["href"])
    assert pages == [names[:2], names[2:4], names[4:]]
    assert (
        world.account.calls
        == [
            "dynamodb.GetItem",
            "dynamodb.Query",
            "dynamodb.BatchGetItem",
        ]
        * 3
    )


def test_a_site_without_plugins_has_an_empty_page(world: Any) -> None:
    assert _ids(world.api.get(PLUGINS)) == []


def test_what_is_being_installed_is_not_listed_and_takes_no_place(world: Any) -> None:
    for name in ("a", "c", "e"):
        world.record(name)
    for name in ("b", "d"):
        world.record(name, status="INSTALLING")
    first = world.api.get(f"{PLUGINS}?limit=2")
    assert _ids(first) == ["a", "c"]
    last = world.api.get(first.json["_links"]["next"]["href"])
    assert (_ids(last), "nextToken" in last.json) == (["e"], False)
    assert "claimId" not in first.text


def test_a_page_token_belongs_to_its_site(world: Any) -> None:
    for name in ("a", "b"):
        world.record(name)
    token = world.api.get(f"{PLUGINS}?limit=1").json["nextToken"]
    other_id = SITE_ID.replace("0190", "0191")
    world.site(site_id=other_id)
    altered = ("B" if token[0] != "B" else "C") + token[1:]
    for path in (
        f"{PLUGINS}?nextToken={altered}",
        f"{PLUGINS}?nextToken=",
        f"/v1.0/plugins?nextToken={token}",
        f"{PLUGINS.replace(SITE_ID, other_id)}?nextToken={token}",
    ):
        reply = world.api.get(path)
        assert (reply.status, reply.code) == (400, "SITE_001")


def test_a_page_token_expires_after_a_day(world: Any) -> None:
    for name in ("a", "b"):
        world.record(name)
    path = f"{PLUGINS}?nextToken={world.api.get(f'{PLUGINS}?limit=1').json['nextToken']}"
    assert world.api.get(path).status == 200
    world.clock.advance(24 * 3600 + 1)
    assert world.api.get(path).status == 400


def test_a_wrong_query_is_refused_before_anything_is_read(world: Any) -> None:
    reply = world.api.get(f"{PLUGINS}?limit=0&category=forms")
    assert (reply.status, reply.code) == (400, "SITE_001")
    fields = {error["field"] for error in reply.json["error"]["details"]["errors"]}
    assert fields == {"limit", "category"}
    assert world.account.calls == []


def test_who_sees_a_sites_plugins(world: Any) -> None:
    world.record("forms")
    for caller in (
        claims("CUSTOMER_SUPER_ADMIN"),
        claims("CUSTOMER_ADMIN"),
        claims("CUSTOMER_USER"),
        claims("CUSTOMER_VIEWER"),
        claims("CUSTOMER_VIEWER", OTHER_TENANT, TENANT),
        STAFF,
    ):
        assert _ids(world.api.get(PLUGINS, caller=caller)) == ["forms"]
    for caller, status, code in (
        (claims("unknown-group"), 403, "AUTH_002"),
        (claims("CUSTOMER_SUPER_ADMIN", OTHER_TENANT), 404, "SITE_002"),
    ):
        reply = world.api.get(PLUGINS, caller=caller)
        assert (reply.status, reply.code) == (status, code)


def test_without_a_token_nobody_sees_a_sites_plugins(world: Any) -> None:
    reply = world.api.get(PLUGINS, anonymous=True)
    assert (reply.status, reply.code) == (401, "AUTH_001")
    assert world.account.calls == []


def test_a_site_that_does_not_exist_is_not_found(world: Any) -> None:
    for site_id in (SITE_ID.replace("0190", "0191"), "site-1", f"{SITE_ID}x", "%20"):
        reply = world.api.get(PLUGINS.replace(SITE_ID, site_id))
        assert (reply.status, reply.code) == (404, "SITE_002")


def test_the_list_says_what_has_become_known_since(
    world: Any, promised: Callable[[str, Any], None]
) -> None:
    affected = {"fromVersion": "*", "toVersion": "2.1.0", "fromInclusive": True}
    vulnerability = {
        "id": "6f1a3d0e",
        "title": "Unrestricted File Upload",
        "cve": "CVE-2020-35489",
        "cvssScore": 9.8,
        "affectedVersions": [{**affected, "toInclusive": True}],
        "patchedVersions": ["2.2.0"],
    }
    world.catalogue.add(versions=("2.2.0", "2.1.0"), vulnerabilities=[vulnerability])
    world.record("forms", version="2.1.0")
    world.catalogue.add("seo", versions=("1.0",))
    world.record("seo")
    world.record("withdrawn")
    world.record("withdrawn-flagged", vulnerabilityIds=["6f1a3d0e"])
    reply = world.api.get(PLUGINS)
    promised("InstalledPluginList", reply.json)
    news = {item["pluginId"]: item for item in reply.json["items"]}
    forms = news["forms"]
    assert (forms["hasUpdate"], forms["latestVersion"], forms["isVulnerable"]) == (
        True,
        "2.2.0",
        True,
    )
    told = {name: vulnerability[name] for name in ("id", "title", "cve", "cvssScore")}
    assert forms["vulnerabilities"] == [told]
    assert (news["seo"]["hasUpdate"], news["seo"]["isVulnerable"]) == (False, False)
    assert "vulnerabilities" not in news["seo"]
    withdrawn = news["withdrawn"]
    assert (withdrawn["hasUpdate"], withdrawn["isVulnerable"]) == (False, False)
    assert "latestVersion" not in withdrawn
    assert news["withdrawn-flagged"]["isVulnerable"] is True


def test_one_plugin_is_shown_with_the_etag_that_its_changes_take(world: Any) -> None:
    installed = world.install()
    one = world.api.get(f"{PLUGINS}/forms")
    assert (one.status, one.json) == (200, installed.json)
    assert one.headers["etag"] == installed.headers["etag"]
    assert world.account.calls[-3:] == ["dynamodb.GetItem"] * 3
    changed = world.api.put(
        f"{PLUGINS}/forms/status", {"isActive": False}, headers={"If-Match": one.headers["etag"]}
    )
    assert changed.status == 200
    assert world.api.get(f"{PLUGINS}/forms").headers["etag"] == changed.headers["etag"]


def test_a_plugin_that_the_site_does_not_have_is_not_shown(world: Any) -> None:
    world.record("half", status="INSTALLING")
    for plugin_id in ("forms", "half", "Not-An-Id", "%20"):
        reply = world.api.get(f"{PLUGINS}/{plugin_id}")
        assert (reply.status, reply.code) == (404, "PLUG_001")
