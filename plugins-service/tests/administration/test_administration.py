"""PUT, DELETE /admin/plugins/{pluginId}: staff changes the catalogue, and nobody else does."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, STAFF, Account, Api, Clock, Reply, claims
from bbws_shared import keys

ADMIN = "/v1.0/admin/plugins"
BOOKINGS = f"{ADMIN}/bookings"
VULNERABILITY = {
    "id": "6f1a3d0e",
    "title": "Unrestricted File Upload",
    "cvssScore": 9.8,
    "affectedVersions": [
        {"fromVersion": "*", "fromInclusive": True, "toVersion": "1.9", "toInclusive": True}
    ],
    "patchedVersions": ["1.10"],
}


def test_an_update_sets_everything_but_id_and_vulnerabilities(
    staff: Any,
    api: Api,
    clock: Clock,
    catalogue: Any,
    promised: Callable[[str, Any], None],
) -> None:
    before = catalogue.add("bookings", vulnerabilities=[VULNERABILITY])
    etag = api.get("/v1.0/plugins/bookings").headers["etag"]
    clock.advance(60)
    wanted = {**staff.content, "name": "Tables", "category": "food", "vetting": "PENDING"}
    reply = staff.put(BOOKINGS, wanted, headers={"If-Match": etag})
    assert reply.status == 200
    promised("CataloguePlugin", reply.json)
    assert reply.json == {
        **wanted,
        "pluginId": "bookings",
        "latestVersion": "1.10",
        "vulnerabilities": [VULNERABILITY],
        "createdAt": before["createdAt"],
        "updatedAt": "2026-01-25T08:01:00.000Z",
        "_links": {"self": {"href": "/v1.0/plugins/bookings"}},
    }
    assert reply.headers["etag"] != etag
    assert api.get("/v1.0/plugins/bookings").headers["etag"] == reply.headers["etag"]
    (item,) = staff.stored()
    assert (item["GSI2PK"], item["GSI2SK"]) == ("PLUGIN#PENDING", "food#bookings")


def test_a_change_of_what_is_gone_or_old_changes_nothing(staff: Any) -> None:
    listing = {"isBlocklisted": True, "reason": "Opens a back door."}
    for path in (BOOKINGS, f"{ADMIN}/No-Id"):
        assert staff.put(path, staff.content).code == "PLUG_001"
        assert staff.put(f"{path}/blocklist", listing).code == "PLUG_001"
        assert staff.delete(path).code == "PLUG_001"
    old = {"If-Match": staff.create().headers["etag"]}
    assert staff.put(BOOKINGS, staff.content | {"name": "New"}).status == 200
    for reply in (
        staff.put(BOOKINGS, staff.content | {"name": "Lost"}, headers=old),
        staff.put(f"{BOOKINGS}/blocklist", listing, headers=old),
        staff.delete(BOOKINGS, headers=old),
    ):
        assert (reply.status, reply.code) == (412, "REQ_002")
    assert [(item["name"], item["revision"]) for item in staff.stored()] == [("New", 2)]
    assert staff.put(BOOKINGS, staff.new).status == 400, "the id is not to be changed"


def test_of_two_changes_at_once_one_wins(staff: Any) -> None:
    staff.create()
    listing = {"isBlocklisted": True, "reason": "Opens a back door."}
    changes: list[Callable[[], Reply]] = [
        lambda: staff.put(BOOKINGS, staff.content | {"name": "Loser"}),
        lambda: staff.put(f"{BOOKINGS}/blocklist", listing),
        lambda: staff.delete(BOOKINGS),
    ]
    for number, change in enumerate(changes):
        winner = {"name": f"Winner {number}"}
        staff.meanwhile(lambda winner=winner: staff.put(BOOKINGS, staff.content | winner))
        reply = change()
        assert (reply.status, reply.code) == (412, "REQ_002")
        assert [item["name"] for item in staff.stored()] == [winner["name"]]


def test_releases_that_do_not_fit_beside_the_vulnerabilities_are_refused(
    staff: Any, catalogue: Any
) -> None:
    known = [{**VULNERABILITY, "id": str(n), "title": "x" * 1000} for n in range(200)]
    catalogue.add("bookings", vulnerabilities=known)
    release = staff.content["releases"][0]
    url = "https://packages.internal/" + "x" * 1900
    releases = [{**release, "version": f"1.{n}", "packageUrl": url} for n in range(60)]
    for path in (BOOKINGS, f"{BOOKINGS}?validateOnly=true"):
        reply = staff.put(path, staff.content | {"releases": releases})
        (bad,) = reply.json["error"]["details"]["errors"]
        assert (reply.status, bad["field"]) == (400, "releases")
    assert staff.put(BOOKINGS, staff.content | {"releases": releases[:5]}).status == 200


def test_a_plugin_that_sites_have_is_not_deleted(
    staff: Any, catalogue: Any, account: Account, promised: Callable[[str, Any], None]
) -> None:
    catalogue.add("bookings")
    for number, tenant in enumerate((OTHER_TENANT, "tenant-789")):
        _installed(account, tenant, f"site-{number}")
        for path in (BOOKINGS, f"{BOOKINGS}?validateOnly=true"):
            reply = staff.delete(path)
            assert (reply.status, reply.code) == (409, "PLUG_006")
            promised("Error", reply.json)
            assert reply.json["error"]["details"] == {"installations": number + 1}
    assert "on 2 sites" in staff.delete(BOOKINGS).json["error"]["message"]
    assert len(staff.stored()) == 1


def _installed(account: Account, tenant_id: str, site_id: str) -> None:
    pk, sk = keys.installed_plugin(tenant_id, site_id, "bookings")
    index = {
        "GSI1PK": keys.installations("bookings"),
        "GSI1SK": keys.installation(tenant_id, site_id),
    }
    account.put({"PK": pk, "SK": sk, **index, "pluginId": "bookings", "siteId": site_id})


def test_a_plugin_that_no_site_has_is_deleted(staff: Any, api: Api) -> None:
    staff.create()
    reply = staff.delete(BOOKINGS)
    assert (reply.status, reply.text) == (204, "")
    assert staff.stored() == []
    assert api.get("/v1.0/plugins/bookings").code == "PLUG_001"


def test_a_plan_says_what_would_be_and_nothing_is(staff: Any, api: Api, account: Account) -> None:
    planned = api.post(f"{ADMIN}?validateOnly=true", staff.new, caller=STAFF)
    assert planned.status == 200
    assert planned.json == {
        "validateOnly": True,
        "plan": {
            "action": "createCataloguePlugin",
            "steps": [],
            "effects": {**staff.new, "latestVersion": "1.10"},
        },
        "checks": [],
    }
    assert account.items() == []
    staff.create()
    before = account.items()
    assert api.post(f"{ADMIN}?validateOnly=true", staff.new, caller=STAFF).code == "PLUG_006"
    update = staff.put(f"{BOOKINGS}?validateOnly=true", staff.content | {"name": "New"})
    assert update.json["plan"]["action"] == "updateCataloguePlugin"
    assert update.json["plan"]["effects"]["name"] == "New"
    deletion = staff.delete(f"{BOOKINGS}?validateOnly=true")
    assert deletion.json["plan"]["action"] == "deleteCataloguePlugin"
    assert account.items() == before


@pytest.mark.parametrize("role", ["CUSTOMER_SUPER_ADMIN", "CUSTOMER_ADMIN", "CUSTOMER_USER"])
def test_the_catalogue_is_staffs_alone(staff: Any, api: Api, role: str) -> None:
    requests: list[tuple[str, str, Any]] = [
        ("POST", ADMIN, staff.new),
        ("PUT", BOOKINGS, staff.content),
        ("DELETE", BOOKINGS, None),
        ("PUT", f"{BOOKINGS}/blocklist", {"isBlocklisted": True, "reason": "Mine is better."}),
        ("POST", "/v1.0/admin/vulnerabilities", {}),
    ]
    for method, path, body in requests:
        reply = api.call(method, path, body, caller=claims(role))
        assert (reply.status, reply.code) == (403, "AUTH_002"), (method, path)
    assert staff.stored() == []


def test_each_change_is_in_the_platforms_audit_trail(
    staff: Any, api: Api, account: Account
) -> None:
    staff.create()
    staff.put(BOOKINGS, staff.content)
    staff.put(f"{BOOKINGS}/blocklist", {"isBlocklisted": True, "reason": "Opens a back door."})
    api.post("/v1.0/admin/vulnerabilities", {}, caller=STAFF)
    staff.delete(BOOKINGS)
    entries = [item for item in account.items() if item["SK"].startswith("AUDIT#")]
    assert {(entry["tenantId"], entry["action"], entry["status"]) for entry in entries} == {
        ("platform", "createCataloguePlugin", 201),
        ("platform", "updateCataloguePlugin", 200),
        ("platform", "setPluginBlocklisting", 200),
        ("platform", "importVulnerabilities", 200),
        ("platform", "deleteCataloguePlugin", 204),
    }
