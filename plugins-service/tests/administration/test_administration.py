"""POST, PUT, DELETE /admin/plugins: staff writes the catalogue, and nobody else does."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, STAFF, Account, Api, Clock, claims
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


def test_a_new_plugin_is_in_the_catalogue_from_then_on(
    staff: Any, api: Api, account: Account, promised: Callable[[str, Any], None]
) -> None:
    reply = staff.create()
    assert reply.status == 201
    promised("CataloguePlugin", reply.json)
    assert reply.headers["location"] == "/v1.0/plugins/bookings"
    at = "2026-01-25T08:00:00.000Z"
    assert reply.json == {
        **staff.new,
        "latestVersion": "1.10",
        "vulnerabilities": [],
        "createdAt": at,
        "updatedAt": at,
        "_links": {"self": {"href": "/v1.0/plugins/bookings"}},
    }
    assert account.calls == ["dynamodb.PutItem", "dynamodb.PutItem"], "the other is the audit trail"
    read = api.get("/v1.0/plugins/bookings")
    promised("Plugin", read.json)
    assert read.headers["etag"] == reply.headers["etag"]
    assert "packageUrl" not in read.text
    assert [item["pluginId"] for item in api.get("/v1.0/plugins").json["items"]] == ["bookings"]


def test_what_is_left_out_is_pending_and_empty(staff: Any, api: Api) -> None:
    optional = ("vetting", "conflictsWith", "configurableOptions")
    body = {name: value for name, value in staff.new.items() if name not in optional}
    created = api.post(ADMIN, body, caller=STAFF)
    assert created.status == 201
    assert [created.json[name] for name in optional] == ["PENDING", [], []]
    assert api.get("/v1.0/plugins").json["items"] == []


def test_every_bad_field_is_named_at_once(staff: Any) -> None:
    release = staff.content["releases"][0]
    fields: dict[str, Any] = {
        "pluginId": "Bookings",
        "name": "a\x00b",
        "description": "",
        "author": "\ud800",
        "category": "c" * 51,
        "pricing": "CHEAP",
        "vetting": "BLOCKLISTED",
        "releases": [{**release, "sha256": "A" * 64, "packageUrl": "file:///etc/passwd"}],
        "conflictsWith": ["a", "a"],
        "configurableOptions": [""],
        "vulnerabilities": [],
    }
    reply = staff.create(**fields)
    assert reply.status == 400
    assert {error["field"] for error in reply.json["error"]["details"]["errors"]} == {
        *(fields.keys() - {"releases", "configurableOptions"}),
        "releases.0.sha256",
        "releases.0.packageUrl",
        "configurableOptions.0",
    }
    assert staff.stored() == []


@pytest.mark.parametrize("versions", [[], ["2.0", "2.0"], ["2.0-rc1", "2.0RC1"]])
def test_releases_are_there_and_differ(staff: Any, versions: list[str]) -> None:
    release = staff.content["releases"][0]
    reply = staff.create(releases=[{**release, "version": version} for version in versions])
    (bad,) = reply.json["error"]["details"]["errors"]
    assert (reply.status, bad["field"]) == (400, "releases")


def test_an_id_is_given_once(staff: Any) -> None:
    staff.create()
    again = staff.create(name="Another")
    assert (again.status, again.code) == (409, "PLUG_006")
    assert [item["name"] for item in staff.stored()] == ["Bookings"]


def test_a_creation_repeated_with_its_key_is_one_plugin(staff: Any, api: Api) -> None:
    headers = {"Idempotency-Key": "one"}
    first = api.post(ADMIN, staff.new, caller=STAFF, headers=headers)
    again = api.post(ADMIN, staff.new, caller=STAFF, headers=headers)
    assert (again.status, again.text) == (first.status, first.text)
    assert again.headers["idempotent-replayed"] == "true"


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
    for number, change in enumerate(
        (
            lambda: staff.put(BOOKINGS, staff.content | {"name": "Loser"}),
            lambda: staff.put(f"{BOOKINGS}/blocklist", listing),
            lambda: staff.delete(BOOKINGS),
        )
    ):
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
    assert "on 2 sites" in reply.json["error"]["message"]
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
