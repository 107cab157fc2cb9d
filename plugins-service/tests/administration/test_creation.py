"""POST /admin/plugins: a new plugin of the catalogue."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import STAFF, Account, Api

ADMIN = "/v1.0/admin/plugins"


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


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2026-01-12T16:05:00+02:00", "2026-01-12T14:05:00.000Z"),
        ("2026-01-12t14:05:00.1239z", "2026-01-12T14:05:00.123Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
    ],
)
def test_a_moment_is_stored_in_one_form(staff: Any, given: str, stored: str) -> None:
    release = staff.content["releases"][0] | {"releasedAt": given}
    created = staff.create(releases=[release])
    assert (created.status, created.json["releases"][0]["releasedAt"]) == (201, stored)


@pytest.mark.parametrize(
    "given", ["2026-01-12", "2026-02-30T14:05:00Z", "0001-01-01T00:00:00+23:59", "yesterday", None]
)
def test_what_is_no_moment_is_refused(staff: Any, given: Any) -> None:
    release = staff.content["releases"][0] | {"releasedAt": given}
    reply = staff.create(releases=[release])
    (bad,) = reply.json["error"]["details"]["errors"]
    assert (reply.status, bad["field"]) == (400, "releases.0.releasedAt")


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
