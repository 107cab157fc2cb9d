"""POST …/apply-template: each check, in its order, before anything begins."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, STAFF, TENANT, Reply, claims

SITE_ID = "site-0190163d-8694-739b-aea5-000000000001"
SITE = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}"
APPLY = f"{SITE}/apply-template"
WANTED = {"templateId": "bistro"}


def _apply(shop: Any, body: Any = None, **more: Any) -> Reply:
    reply: Reply = shop.api.post(more.pop("path", APPLY), body or WANTED, **more)
    return reply


def _nothing_began(shop: Any, variables: dict[str, str]) -> bool:
    queue = shop.account.messages(variables["UPDATE_QUEUE_URL"])
    return not (shop.items("OP#") or shop.items("BACKUP#") or queue)


def test_who_may_apply_a_template(shop: Any, bistro: Any, variables: dict[str, str]) -> None:
    viewer = _apply(shop, caller=claims("CUSTOMER_VIEWER"))
    assert (viewer.status, viewer.code) == (403, "AUTH_002")
    stranger = _apply(shop, caller=claims("CUSTOMER_ADMIN", OTHER_TENANT))
    assert (stranger.status, stranger.code) == (404, "SITE_002")
    assert _nothing_began(shop, variables)
    assert _apply(shop, caller=STAFF).status == 202


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "templateId"),
        ({"templateId": "No Id"}, "templateId"),
        ({**WANTED, "confirmReplacement": "yes"}, "confirmReplacement"),
        ({**WANTED, "confirm": True}, "confirm"),
    ],
)
def test_a_malformed_request_is_refused(shop: Any, body: dict[str, Any], field: str) -> None:
    reply = shop.api.post(APPLY, body)
    assert (reply.status, reply.code) == (400, "SITE_001")
    assert [error["field"] for error in reply.json["error"]["details"]["errors"]] == [field]


def test_a_site_that_is_not_there_is_not_found(shop: Any, bistro: Any) -> None:
    for site_id in (SITE_ID.replace("0001", "0002"), "no-site"):
        reply = _apply(shop, path=f"/v1.0/tenants/{TENANT}/sites/{site_id}/apply-template")
        assert (reply.status, reply.code) == (404, "SITE_002")


@pytest.mark.parametrize("status", ["DRAFT", "ARCHIVED", None])
def test_only_a_published_template_can_be_applied_even_by_staff(
    shop: Any, catalogue: Any, status: str | None
) -> None:
    if status:
        catalogue.add("bistro", status=status)
    reply = _apply(shop, caller=STAFF)
    assert (reply.status, reply.code) == (404, "TEMP_001")


Change = Callable[[Any, Any], object]
REFUSALS: list[tuple[str, int, Change]] = [
    ("TEMP_001", 404, lambda _shop, catalogue: catalogue.add("bistro", status="DRAFT")),
    ("SITE_006", 422, lambda shop, _: shop.fields.update(environment="PROD")),
    ("SITE_005", 422, lambda shop, _: shop.fields.update(status="SUSPENDED")),
    ("SITE_007", 409, lambda shop, _: shop.fields.update(active_operation_id="op-1")),
    ("TEMP_002", 422, lambda shop, _: shop.fields.update(php_version="7.4.33")),
    (
        "PLUG_002",
        422,
        lambda _shop, catalogue: catalogue.add_plugin("contact-form-7", vetting="BLOCKLISTED"),
    ),
    ("TEMP_004", 409, lambda shop, _: shop.write("post")),
]


@pytest.mark.parametrize("first", range(len(REFUSALS)))
def test_the_first_reason_of_the_order_is_told_and_nothing_begins(
    shop: Any, bistro: Any, catalogue: Any, variables: dict[str, str], first: int
) -> None:
    """Whatever else is wrong as well, and just so when it is only asked what would be."""
    code, status, _ = REFUSALS[first]
    for _, _, go_wrong in REFUSALS[first:]:
        go_wrong(shop, catalogue)
    shop.store()
    before = [item for item in shop.account.items() if not item["SK"].startswith("AUDIT#")]
    for path in (APPLY, f"{APPLY}?validateOnly=true"):
        reply = _apply(shop, path=path)
        assert (reply.status, reply.code) == (status, code), path
    assert _nothing_began(shop, variables)
    after = [item for item in shop.account.items() if not item["SK"].startswith("AUDIT#")]
    assert sorted(after, key=str) == sorted(before, key=str)
