"""POST, PUT /admin/templates: staff writes templates, and nobody else does."""

from typing import Any

import pytest

from bbws_local.testing import STAFF, Account, Api, Clock, claims

ADMIN = "/v1.0/admin/templates"
BISTRO = f"{ADMIN}/bistro"


def test_a_new_template_is_a_draft_that_staff_alone_can_see(
    staff: Any, api: Api, account: Account
) -> None:
    reply = staff.create()
    assert reply.status == 201
    assert reply.headers["location"] == "/v1.0/templates/bistro"
    at = "2026-01-25T08:00:00.000Z"
    assert reply.json == {
        **staff.new,
        "status": "DRAFT",
        "createdAt": at,
        "updatedAt": at,
        "_links": {"self": {"href": "/v1.0/templates/bistro"}},
    }
    assert account.calls == ["dynamodb.PutItem", "dynamodb.PutItem"], "the other is the audit trail"
    assert api.get("/v1.0/templates/bistro").status == 404
    read = api.get("/v1.0/templates/bistro", caller=STAFF)
    assert read.headers["etag"] == reply.headers["etag"]
    assert "packageUrl" not in read.text


def test_optional_fields_may_be_left_out_but_not_be_null(
    staff: Any, api: Api, account: Account
) -> None:
    bare = {name: v for name, v in staff.new.items() if name not in ("content", "thumbnailUrl")}
    reply = api.post(ADMIN, {**bare, "content": None, "thumbnailUrl": None}, caller=STAFF)
    bad = {error["field"] for error in reply.json["error"]["details"]["errors"]}
    assert (reply.status, bad) == (400, {"content", "thumbnailUrl"})
    created = api.post(ADMIN, {**bare, "plugins": []}, caller=STAFF)
    assert (created.status, created.json["plugins"]) == (201, [])
    assert not created.json.keys() & {"content", "thumbnailUrl"}


def test_every_bad_field_is_named_at_once(staff: Any, api: Api, account: Account) -> None:
    theme = {**staff.content["theme"], "sha256": "A" * 64, "stylesheet": "../x", "licence": "GPL"}
    fields: dict[str, Any] = {
        "templateId": "Bistro",
        "name": "a\x00b",
        "description": "",
        "category": "c" * 51,
        "version": "one two",
        "thumbnailUrl": "ftp://x",
        "requiresPhp": "",
        "theme": theme,
        "content": {"packageUrl": "file:///etc/passwd"},
        "plugins": ["a", "a"],
        "status": "PUBLISHED",
    }
    reply = staff.create(**fields)
    assert reply.status == 400
    assert {error["field"] for error in reply.json["error"]["details"]["errors"]} == {
        *(fields.keys() - {"theme", "content"}),
        "theme.sha256",
        "theme.stylesheet",
        "theme.licence",
        "content.packageUrl",
        "content.sha256",
    }
    assert staff.stored() == []


def test_half_a_character_is_no_text(staff: Any, api: Api) -> None:
    for field in ("name", "description", "category"):
        reply = staff.create(**{field: "\ud800"})
        assert reply.status == 400, field


def test_an_id_is_given_once(staff: Any, api: Api, account: Account) -> None:
    staff.create()
    again = staff.create(name="Another")
    assert (again.status, again.code) == (409, "TEMP_003")
    assert [item["name"] for item in staff.stored()] == ["Bistro"]


def test_a_creation_repeated_with_its_key_is_one_template(staff: Any, api: Api) -> None:
    headers = {"Idempotency-Key": "one"}
    first = api.post(ADMIN, staff.new, caller=STAFF, headers=headers)
    again = api.post(ADMIN, staff.new, caller=STAFF, headers=headers)
    assert (again.status, again.text) == (first.status, first.text)
    assert again.headers["idempotent-replayed"] == "true"
    other = api.post(ADMIN, staff.new | {"name": "x"}, caller=STAFF, headers=headers)
    assert (other.status, other.code) == (422, "REQ_001")


def test_an_update_sets_everything_but_id_and_status(
    staff: Any, api: Api, clock: Clock, account: Account
) -> None:
    created = staff.create()
    clock.advance(60)
    wanted = {**staff.content, "name": "Brasserie", "category": "food", "version": "1.1.0"}
    del wanted["content"]
    reply = staff.put(BISTRO, wanted, headers={"If-Match": created.headers["etag"]})
    assert reply.status == 200
    assert reply.json == {
        **wanted,
        "templateId": "bistro",
        "status": "DRAFT",
        "createdAt": "2026-01-25T08:00:00.000Z",
        "updatedAt": "2026-01-25T08:01:00.000Z",
        "_links": {"self": {"href": "/v1.0/templates/bistro"}},
    }
    assert reply.headers["etag"] != created.headers["etag"]
    read = api.get("/v1.0/templates/bistro", caller=STAFF)
    assert read.headers["etag"] == reply.headers["etag"]
    (item,) = staff.stored()
    assert item["GSI2SK"] == "food#bistro"
    assert "content" not in item


def test_an_update_leaves_alone_how_many_sites_use_the_template(
    staff: Any, api: Api, catalogue: Any, account: Account
) -> None:
    catalogue.add("bistro", usedBy=3)
    before = api.get("/v1.0/templates/bistro").headers["etag"]
    catalogue.add("bistro", usedBy=4)
    assert api.get("/v1.0/templates/bistro").headers["etag"] == before
    assert staff.put(BISTRO, staff.content, headers={"If-Match": before}).status == 200
    (item,) = staff.stored()
    assert (item["usedBy"], item["status"], item["revision"]) == (4, "PUBLISHED", 1)


def test_an_update_of_what_is_gone_or_old_changes_nothing(
    staff: Any, api: Api, account: Account
) -> None:
    assert staff.put(BISTRO, staff.content).code == "TEMP_001"
    assert staff.put(f"{ADMIN}/No-Id", staff.content).code == "TEMP_001"
    old = staff.create().headers["etag"]
    assert staff.put(BISTRO, staff.content | {"name": "New"}).status == 200
    for reply in (
        staff.put(BISTRO, staff.content | {"name": "Lost"}, headers={"If-Match": old}),
        api.delete(BISTRO, caller=STAFF, headers={"If-Match": old}),
    ):
        assert (reply.status, reply.code) == (412, "REQ_002")
    assert [item["name"] for item in staff.stored()] == ["New"]
    assert staff.put(BISTRO, staff.new).status == 400, "the id is not to be changed"


def test_of_two_updates_at_once_one_wins(staff: Any, api: Api, account: Account) -> None:
    staff.create()
    staff.meanwhile(lambda: staff.put(BISTRO, staff.content | {"name": "Winner"}))
    reply = staff.put(BISTRO, staff.content | {"name": "Loser"})
    assert (reply.status, reply.code) == (412, "REQ_002")
    assert [item["name"] for item in staff.stored()] == ["Winner"]


def test_a_plan_says_what_would_be_and_nothing_is(staff: Any, api: Api, account: Account) -> None:
    planned = api.post(f"{ADMIN}?validateOnly=true", staff.new, caller=STAFF)
    assert planned.status == 200
    assert planned.json == {
        "validateOnly": True,
        "plan": {
            "action": "createTemplate",
            "steps": [],
            "effects": {**staff.new, "status": "DRAFT"},
        },
        "checks": [],
    }
    assert account.items() == []
    staff.create()
    before = account.items()
    assert api.post(f"{ADMIN}?validateOnly=true", staff.new, caller=STAFF).code == "TEMP_003"
    update = staff.put(f"{BISTRO}?validateOnly=true", staff.content | {"name": "New"})
    assert update.json["plan"]["action"] == "updateTemplate"
    assert update.json["plan"]["effects"]["name"] == "New"
    publish = api.post(f"{BISTRO}/publish?validateOnly=true", caller=STAFF)
    assert publish.json["plan"] == {
        "action": "publishTemplate",
        "steps": [],
        "effects": {"status": "PUBLISHED"},
    }
    assert api.delete(f"{BISTRO}?validateOnly=true", caller=STAFF).status == 200
    assert account.items() == before


@pytest.mark.parametrize("role", ["CUSTOMER_SUPER_ADMIN", "CUSTOMER_ADMIN", "CUSTOMER_USER"])
def test_the_catalogue_is_staffs_alone(staff: Any, api: Api, account: Account, role: str) -> None:
    requests: list[tuple[str, str, Any]] = [
        ("POST", ADMIN, staff.new),
        ("PUT", BISTRO, staff.content),
        ("DELETE", BISTRO, None),
        ("POST", f"{BISTRO}/publish", None),
        ("POST", f"{BISTRO}/archive", None),
    ]
    for method, path, body in requests:
        reply = api.call(method, path, body, caller=claims(role))
        assert (reply.status, reply.code) == (403, "AUTH_002"), (method, path)
    assert staff.stored() == []


def test_each_change_is_in_the_platforms_audit_trail(
    staff: Any, api: Api, account: Account
) -> None:
    staff.create()
    staff.put(BISTRO, staff.content)
    api.post(f"{BISTRO}/publish", caller=STAFF)
    api.post(f"{BISTRO}/archive", caller=STAFF)
    api.delete(BISTRO, caller=STAFF)
    entries = [item for item in account.items() if item["SK"].startswith("AUDIT#")]
    assert {(entry["tenantId"], entry["action"], entry["status"]) for entry in entries} == {
        ("platform", "createTemplate", 201),
        ("platform", "updateTemplate", 200),
        ("platform", "publishTemplate", 200),
        ("platform", "archiveTemplate", 200),
        ("platform", "deleteTemplate", 204),
    }
