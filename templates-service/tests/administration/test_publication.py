"""Templates are published, archived and deleted, unless what they are forbids it."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import STAFF, Account, Api

ADMIN = "/v1.0/admin/templates"
BISTRO = f"{ADMIN}/bistro"


def test_of_two_publications_at_once_one_wins(staff: Any, api: Api, account: Account) -> None:
    staff.create()
    staff.meanwhile(lambda: api.post(f"{BISTRO}/publish", caller=STAFF))
    reply = api.post(f"{BISTRO}/publish", caller=STAFF)
    assert (reply.status, reply.code) == (409, "TEMP_003")


def test_a_deletion_loses_against_an_update_and_against_the_first_use(
    staff: Any, api: Api, catalogue: Any, account: Account
) -> None:
    staff.create()
    staff.meanwhile(lambda: staff.put(BISTRO, staff.content | {"name": "Winner"}))
    assert api.delete(BISTRO, caller=STAFF).code == "REQ_002"
    staff.meanwhile(lambda: catalogue.add("bistro", usedBy=1))
    used = api.delete(BISTRO, caller=STAFF)
    assert (used.status, used.code) == (409, "TEMP_003")
    assert len(staff.stored()) == 1


def test_a_template_that_sites_use_is_not_deleted(
    staff: Any, api: Api, catalogue: Any, account: Account
) -> None:
    catalogue.add("bistro", usedBy=2)
    for path in (BISTRO, f"{BISTRO}?validateOnly=true"):
        reply = api.delete(path, caller=STAFF)
        assert (reply.status, reply.code) == (409, "TEMP_003")
        assert reply.json["error"]["details"]["usedBy"] == 2
    catalogue.add("bistro", usedBy=0)
    gone = api.delete(BISTRO, caller=STAFF)
    assert (gone.status, gone.text) == (204, "")
    assert staff.stored() == []
    assert api.delete(BISTRO, caller=STAFF).code == "TEMP_001"


def test_a_template_goes_to_the_list_and_from_it_and_back(
    staff: Any, start: Callable[..., Api], account: Account
) -> None:
    staff.create()
    listed = []
    for step in ("publish", "archive", "publish"):
        # Another process each time: the list is kept for a minute.
        api = start()
        reply = api.post(f"{BISTRO}/{step}", caller=STAFF)
        assert reply.status == 200
        assert reply.json["theme"] == staff.content["theme"]
        assert (
            api.get("/v1.0/templates/bistro", caller=STAFF).headers["etag"] == reply.headers["etag"]
        )
        listed.append((reply.json["status"], len(api.get("/v1.0/templates").json["items"])))
    assert listed == [("PUBLISHED", 1), ("ARCHIVED", 0), ("PUBLISHED", 1)]


@pytest.mark.parametrize(
    ("status", "step"), [("DRAFT", "archive"), ("PUBLISHED", "publish"), ("ARCHIVED", "archive")]
)
def test_no_other_way_leads_between_the_states(
    api: Api, catalogue: Any, status: str, step: str
) -> None:
    catalogue.add("bistro", status=status)
    for path in (f"{BISTRO}/{step}", f"{BISTRO}/{step}?validateOnly=true"):
        reply = api.post(path, caller=STAFF)
        assert (reply.status, reply.code) == (409, "TEMP_003")
        assert reply.json["error"]["details"]["currentStatus"] == status
    assert api.post(f"{ADMIN}/nothing/{step}", caller=STAFF).code == "TEMP_001"
