"""PUT /admin/plugins/{pluginId}/blocklist: on the list and off it, and what stays."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import STAFF, Api, Clock

PLUGIN = "/v1.0/admin/plugins/forms"
BLOCKLIST = f"{PLUGIN}/blocklist"
LISTED = {"isBlocklisted": True, "reason": "Opens a back door."}
ALLOWED = {"isBlocklisted": False, "reason": "Version 2.2.0 was reviewed."}


def test_a_blocklisted_plugin_is_refused_with_the_reason_until_it_is_allowed_again(
    world: Any, promised: Callable[[str, Any], None]
) -> None:
    listed = world.api.put(BLOCKLIST, LISTED, caller=STAFF)
    assert listed.status == 200
    promised("CataloguePlugin", listed.json)
    assert listed.json["vetting"] == "BLOCKLISTED"
    assert listed.json["blocklistReason"] == "Opens a back door."
    refused = world.install()
    assert (refused.status, refused.code) == (422, "PLUG_002")
    assert refused.json["error"]["details"]["reason"] == "Opens a back door."
    assert world.started().get("/v1.0/plugins").json["items"] == []

    allowed = world.api.put(BLOCKLIST, ALLOWED, caller=STAFF)
    assert allowed.json["vetting"] == "APPROVED"
    assert "blocklistReason" not in allowed.json
    assert world.api.get("/v1.0/plugins/forms").headers["etag"] == allowed.headers["etag"]
    assert world.install().status == 201
    assert len(world.started().get("/v1.0/plugins").json["items"]) == 1


def test_where_a_plugin_is_installed_it_stays_as_it_is(world: Any) -> None:
    assert world.install().status == 201
    before = world.shown()
    assert world.api.put(BLOCKLIST, LISTED, caller=STAFF).status == 200
    assert world.shown() == before
    assert world.version_in_wordpress() == "2.1.0"


@pytest.mark.parametrize("vetting", ["APPROVED", "PENDING"])
def test_a_plugin_comes_back_with_the_vetting_that_it_had(
    api: Api, catalogue: Any, vetting: str
) -> None:
    catalogue.add(vetting=vetting)
    for reason in ("One.", "Another."):
        listed = api.put(BLOCKLIST, LISTED | {"reason": reason}, caller=STAFF)
        assert listed.json["blocklistReason"] == reason
    assert api.put(BLOCKLIST, ALLOWED, caller=STAFF).json["vetting"] == vetting


def test_a_plugin_whose_vetting_before_nobody_knows_is_to_be_reviewed(
    api: Api, catalogue: Any
) -> None:
    catalogue.add(vetting="BLOCKLISTED", blocklistReason="Opens a back door.")
    assert api.put(BLOCKLIST, ALLOWED, caller=STAFF).json["vetting"] == "PENDING"


def test_an_update_leaves_a_plugin_on_the_blocklist(api: Api, catalogue: Any) -> None:
    plugin = catalogue.add(vetting="PENDING")
    assert api.put(BLOCKLIST, LISTED, caller=STAFF).status == 200
    names = ("name", "description", "author", "category", "pricing", "releases")
    wanted = {name: plugin[name] for name in names} | {"vetting": "APPROVED"}
    planned = api.put(f"{PLUGIN}?validateOnly=true", wanted, caller=STAFF)
    assert planned.json["plan"]["effects"] == {
        **wanted,
        "vetting": "BLOCKLISTED",
        "latestVersion": "2.1.0",
        "conflictsWith": [],
        "configurableOptions": [],
    }
    updated = api.put(PLUGIN, wanted, caller=STAFF)
    assert updated.json["vetting"] == "BLOCKLISTED"
    assert updated.json["blocklistReason"] == "Opens a back door."
    assert "reviewedAs" not in updated.json
    assert api.put(BLOCKLIST, ALLOWED, caller=STAFF).json["vetting"] == "APPROVED"


@pytest.mark.parametrize("wanted", [LISTED, ALLOWED])
def test_what_is_so_already_is_not_changed(
    api: Api, catalogue: Any, clock: Clock, wanted: dict[str, Any]
) -> None:
    catalogue.add()
    first = api.put(BLOCKLIST, wanted, caller=STAFF)
    clock.advance(60)
    again = api.put(BLOCKLIST, wanted, caller=STAFF)
    assert (again.status, again.text) == (200, first.text)
    assert again.headers["etag"] == first.headers["etag"]


def test_a_plan_says_which_vetting_there_would_be(api: Api, catalogue: Any) -> None:
    catalogue.add()
    listed = api.put(f"{BLOCKLIST}?validateOnly=true", LISTED, caller=STAFF)
    assert listed.json["plan"] == {
        "action": "setPluginBlocklisting",
        "steps": [],
        "effects": {"vetting": "BLOCKLISTED", "blocklistReason": "Opens a back door."},
    }
    allowed = api.put(f"{BLOCKLIST}?validateOnly=true", ALLOWED, caller=STAFF)
    assert allowed.json["plan"]["effects"] == {"vetting": "APPROVED"}
    assert api.get("/v1.0/plugins/forms").json["vetting"] == "APPROVED"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"isBlocklisted": True}, "reason"),
        ({"isBlocklisted": True, "reason": "  "}, "reason"),
        ({"isBlocklisted": True, "reason": "r" * 501}, "reason"),
        ({"isBlocklisted": "yes", "reason": "r"}, "isBlocklisted"),
        ({"reason": "r"}, "isBlocklisted"),
    ],
)
def test_whether_and_why_must_be_said(
    api: Api, catalogue: Any, body: dict[str, Any], field: str
) -> None:
    catalogue.add()
    reply = api.put(BLOCKLIST, body, caller=STAFF)
    assert reply.status == 400
    assert [error["field"] for error in reply.json["error"]["details"]["errors"]] == [field]


def test_the_log_keeps_why(api: Api, catalogue: Any, caplog: pytest.LogCaptureFixture) -> None:
    catalogue.add()
    api.put(BLOCKLIST, LISTED, caller=STAFF)
    api.put(BLOCKLIST, ALLOWED, caller=STAFF)
    told = [vars(line) for line in caplog.records if line.message == "blocklisting changed"]
    assert [(line["plugin_id"], line["is_blocklisted"], line["reason"]) for line in told] == [
        ("forms", True, "Opens a back door."),
        ("forms", False, "Version 2.2.0 was reviewed."),
    ]
