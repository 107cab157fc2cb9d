"""POST …/apply-template: what a refusal tells of the site, the plugins and what would be replaced."""

from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, TENANT, Reply

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


def test_what_the_site_lacks_for_the_template_is_told(
    shop: Any, bistro: Any, catalogue: Any
) -> None:
    catalogue.add("bistro", requiresWordPress="6.10", requiresPhp="8.3")
    error = _apply(shop).json["error"]
    assert "WordPress 6.10 and PHP 8.3" in error["message"]
    assert error["details"] == {
        "WordPress": {"required": "6.10", "present": "6.8.3"},
        "PHP": {"required": "8.3", "present": "8.2.29"},
    }


def test_a_plugin_that_the_catalogue_lacks_makes_the_template_incompatible(
    shop: Any, catalogue: Any
) -> None:
    catalogue.add("bistro", plugins=["gone", "lost"])
    reply = _apply(shop)
    assert (reply.status, reply.code) == (422, "TEMP_002")
    assert reply.json["error"]["details"] == {"missingPlugins": ["gone", "lost"]}


VULNERABLE = {
    "id": "v-1",
    "title": "Stored XSS",
    "cvssScore": 7.2,
    "affectedVersions": [
        {"fromVersion": "*", "fromInclusive": True, "toVersion": "1.0.0", "toInclusive": True}
    ],
    "patchedVersions": [],
}


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"vetting": "PENDING"}, "PLUG_002", 422),
        ({"vulnerabilities": [VULNERABLE]}, "PLUG_003", 422),
        ({"conflictsWith": ["shop-form"]}, "PLUG_004", 409),
        ({"latestVersion": "9.9"}, "PLUG_004", 409),
    ],
)
def test_each_plugin_of_the_template_is_vetted(
    shop: Any,
    bistro: Any,
    catalogue: Any,
    variables: dict[str, str],
    fields: dict[str, Any],
    code: str,
    status: int,
) -> None:
    catalogue.add_plugin("shop-form")
    catalogue.add_installed("shop-form")
    catalogue.add_plugin("contact-form-7", **fields)
    reply = _apply(shop)
    assert (reply.status, reply.code) == (status, code)
    assert "contact-form-7" in reply.json["error"]["message"]
    assert _nothing_began(shop, variables)


def test_two_plugins_of_a_template_may_not_conflict(shop: Any, catalogue: Any) -> None:
    catalogue.add("bistro", plugins=["forms", "other-forms"])
    catalogue.add_plugin("forms")
    catalogue.add_plugin("other-forms", conflictsWith=["forms"])
    assert _apply(shop).code == "PLUG_004"


def test_a_plugin_that_the_site_has_is_vetted_in_its_version(
    shop: Any, bistro: Any, catalogue: Any
) -> None:
    old = {"version": "0.9", "packageUrl": "https://p.internal/o.zip", "sha256": "1" * 64}
    new = {**old, "version": "1.1"}
    catalogue.add_plugin(
        "contact-form-7", latestVersion="1.1", releases=[new, old], vulnerabilities=[VULNERABLE]
    )
    assert _apply(shop, path=f"{APPLY}?validateOnly=true").status == 200
    catalogue.add_installed("contact-form-7", version="0.9")
    assert _apply(shop).code == "PLUG_003"


def test_a_claim_counts_until_it_runs_out(shop: Any, bistro: Any, catalogue: Any) -> None:
    catalogue.add_plugin("contact-form-7", conflictsWith=["shop-form"])
    claim = {"status": "INSTALLING", "claimedUntil": "2026-01-25T08:00:30.000Z"}
    catalogue.add_installed("shop-form", **claim)
    assert _apply(shop).code == "PLUG_004"
    catalogue.add_installed("shop-form", **claim | {"claimedUntil": "2026-01-25T07:59:59.999Z"})
    assert _apply(shop).status == 202


def test_what_would_be_replaced_is_told_until_that_is_confirmed(
    shop: Any, bistro: Any, catalogue: Any
) -> None:
    shop.write("post", "page", "page")
    reply = _apply(shop)
    assert (reply.status, reply.code) == (409, "TEMP_004")
    told = {"posts": 1, "pages": 2, "theme": "twentytwentyfive"}
    assert reply.json["error"]["details"] == {"wouldReplace": told}
    catalogue.add("bistro")
    bare = _apply(shop).json["error"]["details"]["wouldReplace"]
    assert bare == {"posts": 0, "pages": 0, "theme": "twentytwentyfive"}
    assert _apply(shop, {**WANTED, "confirmReplacement": True}).status == 202


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"kind": "status", "status": 404, "code": "bbws_site_not_found"}, 502, "WP_001"),
        ({"kind": "status", "status": 500}, 502, "WP_001"),
        ({"kind": "wrongTenant"}, 502, "WP_001"),
    ],
)
def test_a_wordpress_that_does_not_say_what_is_there_stops_it(
    shop: Any,
    bistro: Any,
    variables: dict[str, str],
    fault: dict[str, Any],
    status: int,
    code: str,
) -> None:
    from bbws_local.wordpress import ControlClient

    ControlClient(shop.wordpress.url).add_fault(**fault)
    reply = _apply(shop)
    assert (reply.status, reply.code) == (status, code)
    assert OTHER_TENANT not in reply.text
    assert reply.headers["retry-after"]
    assert _nothing_began(shop, variables)
    # What was confirmed needs no answer.
    assert _apply(shop, {**WANTED, "confirmReplacement": True}).status == 202


def test_a_wordpress_that_is_too_slow_is_a_timeout(
    shop: Any, bistro: Any, variables: dict[str, str], slow_api: Any
) -> None:
    from bbws_local.wordpress import ControlClient

    ControlClient(shop.wordpress.url).add_fault("latency", seconds=30)
    try:
        reply = slow_api(0.2).post(APPLY, WANTED)
    finally:
        ControlClient(shop.wordpress.url).clear_faults()
    assert (reply.status, reply.code) == (504, "WP_002")
    assert _nothing_began(shop, variables)
