"""GET /templates/{templateId}: one template as it is now, and the service's edges."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import STAFF, Account, Api

TEMPLATES = "/v1.0/templates"


def test_a_template_is_read_by_one_get(
    api: Api, catalogue: Any, account: Account, promised: Callable[[str, Any], None]
) -> None:
    stored = catalogue.add("corner-shop")
    reply = api.get(f"{TEMPLATES}/corner-shop")
    assert reply.status == 200
    assert account.calls == ["dynamodb.GetItem"]
    promised("Template", reply.json)
    assert reply.json == {
        **stored,
        "theme": {"stylesheet": "bistro", "name": "Bistro"},
        "_links": {"self": {"href": "/v1.0/templates/corner-shop"}},
    }


def test_a_template_is_read_as_it_is_now(api: Api, catalogue: Any) -> None:
    for version in ("1.0.0", "1.1.0"):
        catalogue.add("corner-shop", version=version)
        assert api.get(f"{TEMPLATES}/corner-shop").json["version"] == version


def test_the_etag_changes_with_the_content_only(api: Api, catalogue: Any) -> None:
    catalogue.add("corner-shop")
    first = api.get(f"{TEMPLATES}/corner-shop").headers["etag"]
    assert (first[0], first[-1], first.count('"')) == ('"', '"', 2)
    catalogue.add("corner-shop")
    assert api.get(f"{TEMPLATES}/corner-shop").headers["etag"] == first
    seen = {first}
    for change in (
        {"version": "1.5.0"},
        {"description": "Another text."},
        {"plugins": []},
        {"updatedAt": "2026-01-13T00:00:00.000Z"},
        {"theme": {"stylesheet": "bistro", "name": "Bistro", "sha256": "1" * 64}},
    ):
        catalogue.add("corner-shop", **change)
        seen.add(api.get(f"{TEMPLATES}/corner-shop").headers["etag"])
    assert len(seen) == 6


@pytest.mark.parametrize("status", ["DRAFT", "ARCHIVED"])
def test_an_unpublished_template_exists_for_staff_alone(
    api: Api, catalogue: Any, status: str
) -> None:
    catalogue.add("corner-shop", status=status)
    hidden = api.get(f"{TEMPLATES}/corner-shop")
    absent = api.get(f"{TEMPLATES}/corner-shed")
    assert hidden.status == 404
    assert hidden.text.replace("corner-shop", "corner-shed").startswith(
        absent.text.partition(',"requestId"')[0]
    )
    shown = api.get(f"{TEMPLATES}/corner-shop", caller=STAFF)
    assert (shown.status, shown.json["status"]) == (200, status)


def test_a_template_that_does_not_exist_is_not_found(
    api: Api, account: Account, promised: Callable[[str, Any], None]
) -> None:
    for template_id in ("corner-shop", "0", "a" * 100):
        account.calls.clear()
        reply = api.get(f"{TEMPLATES}/{template_id}")
        assert (reply.status, reply.code) == (404, "TEMP_001")
        assert account.calls == ["dynamodb.GetItem"]
        promised("Error", reply.json)


def test_what_is_no_template_id_is_not_found_without_a_read(api: Api, account: Account) -> None:
    for template_id in ("Corner-Shop", "-shop", "shop-", "corner_shop", "a" * 101, "shop%20", "-"):
        reply = api.get(f"{TEMPLATES}/{template_id}", caller=STAFF)
        assert (reply.status, reply.code) == (404, "TEMP_001"), template_id
    assert api.get(f"{TEMPLATES}/caf%C3%A9").status == 404
    assert account.calls == []


def test_an_outage_shows_nothing_of_the_inside(api: Api, account: Account) -> None:
    account.client("dynamodb").delete_table(TableName="sites")
    for path in (TEMPLATES, f"{TEMPLATES}/corner-shop"):
        reply = api.get(path)
        assert (reply.status, reply.code) == (500, "SYS_001")
        assert "dynamodb" not in reply.text.lower()
        assert "Traceback" not in reply.text


def test_other_methods_are_not_allowed(api: Api) -> None:
    for path in (TEMPLATES, f"{TEMPLATES}/corner-shop"):
        reply = api.post(path, {})
        assert (reply.status, reply.code) == (405, "REQ_003")
        assert reply.headers["allow"] == "GET"


def test_the_function_starts_from_its_environment(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    handler = importlib.import_module("templates.handler").handler
    assert handler({}, None)["service"] == "templates-service"
    assert Api(handler).get(TEMPLATES).json["items"] == []
