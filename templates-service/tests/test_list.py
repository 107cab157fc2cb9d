"""GET /templates: the published templates, page by page."""

from collections.abc import Callable
from itertools import chain
from typing import Any

from bbws_local.testing import OTHER_TENANT, STAFF, Account, Api, claims

TEMPLATES = "/v1.0/templates"


def _all_pages(api: Api, path: str) -> list[list[str]]:
    pages, reply = [], api.get(path)
    while True:
        assert reply.status == 200
        assert reply.json["count"] == len(reply.json["items"])
        pages.append([item["templateId"] for item in reply.json["items"]])
        if "nextToken" not in reply.json:
            assert "next" not in reply.json["_links"]
            return pages
        reply = api.get(reply.json["_links"]["next"]["href"])


def _found(api: Api, path: str) -> list[str]:
    return list(chain(*_all_pages(api, path)))


def test_an_empty_catalogue_is_an_empty_page(
    api: Api, promised: Callable[[str, Any], None]
) -> None:
    reply = api.get(TEMPLATES)
    assert (reply.status, reply.json["items"], reply.json["count"]) == (200, [], 0)
    promised("TemplateList", reply.json)


def test_a_page_shows_templates_as_promised_and_without_their_packages(
    api: Api, catalogue: Any, promised: Callable[[str, Any], None]
) -> None:
    stored = catalogue.add("corner-shop", thumbnailUrl="https://templates.bbws.io/shop.png")
    reply = api.get(TEMPLATES, headers={"X-Correlation-Id": "portal-42"})
    promised("TemplateList", reply.json)
    assert reply.headers["x-correlation-id"] == "portal-42"
    (template,) = reply.json["items"]
    assert template == {
        **stored,
        "theme": {"stylesheet": "bistro", "name": "Bistro"},
        "_links": {"self": {"href": "/v1.0/templates/corner-shop"}},
    }
    assert "packages.internal" not in reply.text
    assert "GSI2PK" not in reply.text


def test_only_published_templates_are_listed_even_for_staff(api: Api, catalogue: Any) -> None:
    for status in ("DRAFT", "PUBLISHED", "ARCHIVED"):
        catalogue.add(f"is-{status.lower()}", status=status)
    assert _found(api, TEMPLATES) == ["is-published"]
    reply = api.get(TEMPLATES, caller=STAFF)
    assert [item["templateId"] for item in reply.json["items"]] == ["is-published"]


def test_pages_hold_every_template_once_and_are_full(
    api: Api, catalogue: Any, account: Account
) -> None:
    for number in range(7):
        catalogue.add(f"shop-{number}", category=("business", "ecommerce")[number % 2])
    pages = _all_pages(api, f"{TEMPLATES}?limit=3")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(chain(*pages)) == [f"shop-{number}" for number in range(7)]
    assert account.calls == ["dynamodb.Query"], "one Query serves every page of a minute"


def test_a_page_has_twenty_templates_unless_told_otherwise(api: Api, catalogue: Any) -> None:
    for number in range(21):
        catalogue.add(f"shop-{number}")
    assert [len(page) for page in _all_pages(api, TEMPLATES)] == [20, 1]
    assert [len(page) for page in _all_pages(api, f"{TEMPLATES}?limit=100")] == [21]


def test_a_category_chooses_and_its_pages_are_full(api: Api, catalogue: Any) -> None:
    for number in range(6):
        catalogue.add(f"shop-{number}", category=("business", "ecommerce")[number % 2])
    pages = _all_pages(api, f"{TEMPLATES}?category=ecommerce&limit=2")
    assert pages == [["shop-1", "shop-3"], ["shop-5"]]
    assert _found(api, f"{TEMPLATES}?category=Ecommerce") == []


def test_a_new_template_is_listed_by_a_function_that_starts_anew(
    start: Callable[[], Api], catalogue: Any
) -> None:
    warm = start()
    assert _found(warm, TEMPLATES) == []
    catalogue.add("corner-shop")
    assert _found(warm, TEMPLATES) == []
    assert _found(start(), TEMPLATES) == ["corner-shop"]


def test_a_page_token_expires_after_a_day(api: Api, catalogue: Any, clock: Any) -> None:
    for template_id in ("one", "two"):
        catalogue.add(template_id)
    token = api.get("/v1.0/templates?limit=1").json["nextToken"]
    assert api.get(f"/v1.0/templates?nextToken={token}").status == 200
    clock.advance(24 * 3600 + 1)
    assert api.get(f"/v1.0/templates?nextToken={token}").status == 400


def test_a_page_token_belongs_to_its_filter(api: Api, catalogue: Any) -> None:
    for number in range(3):
        catalogue.add(f"shop-{number}")
    token = api.get(f"{TEMPLATES}?limit=1").json["nextToken"]
    altered = ("B" if token[0] != "B" else "C") + token[1:]
    for query in (
        f"nextToken={altered}",
        f"nextToken={token}&category=business",
        f"nextToken={token}AAAA",
        "nextToken=",
        "nextToken=%C3%A9",
        f"nextToken={'A' * 1025}",
    ):
        reply = api.get(f"{TEMPLATES}?limit=1&{query}")
        assert (reply.status, reply.code) == (400, "SITE_001"), query
        assert reply.json["error"]["details"]["errors"][0]["field"] == "nextToken"
    assert api.get(f"{TEMPLATES}?limit=2&nextToken={token}").json["count"] == 2


def test_every_wrong_parameter_is_named_at_once(
    api: Api, account: Account, promised: Callable[[str, Any], None]
) -> None:
    account.calls.clear()
    for query, fields in (
        ("limit=0", {"limit"}),
        ("limit=101", {"limit"}),
        (f"limit=x&category=&staus=DRAFT&nextToken={'A' * 9}", {"limit", "category", "staus"}),
        (f"category={'c' * 51}", {"category"}),
    ):
        reply = api.get(f"{TEMPLATES}?{query}")
        assert (reply.status, reply.code) == (400, "SITE_001")
        assert {e["field"] for e in reply.json["error"]["details"]["errors"]} == fields
        promised("InvalidRequestError", reply.json)
    assert account.calls == []


def test_every_role_of_every_tenant_reads_the_catalogue(api: Api, catalogue: Any) -> None:
    catalogue.add("corner-shop")
    roles = ["CUSTOMER_SUPER_ADMIN", "CUSTOMER_ADMIN", "CUSTOMER_USER", "CUSTOMER_VIEWER"]
    callers = [*map(claims, roles), claims("CUSTOMER_VIEWER", OTHER_TENANT), STAFF]
    for path in (TEMPLATES, f"{TEMPLATES}/corner-shop"):
        assert [api.get(path, caller=caller).status for caller in callers] == [200] * 6
        stranger = api.get(path, caller=claims("unknown-group"))
        assert (stranger.status, stranger.code) == (403, "AUTH_002")


def test_without_a_token_nobody_reads_the_catalogue(api: Api, account: Account) -> None:
    for path in (TEMPLATES, f"{TEMPLATES}/corner-shop"):
        reply = api.get(path, anonymous=True)
        assert (reply.status, reply.code) == (401, "AUTH_001")
        assert reply.headers["www-authenticate"] == "Bearer"
    assert account.calls == []
