"""`bbws/v1` sites: life cycle, repetition, refusals, concurrency."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from bbws_local.wordpress import ControlClient

type Caller = Callable[..., requests.Response]
type NewSite = Callable[..., dict[str, Any]]

SHOP = {
    "externalId": "site-shop",
    "domain": "shop.wpdev.bbws.io",
    "title": "The shop",
    "adminEmail": "owner@example.com",
    "language": "en_ZA",
    "timezone": "Africa/Johannesburg",
}


def test_a_new_site_is_active_at_its_address(bbws: Caller) -> None:
    response = bbws("POST", "/sites", SHOP)

    assert response.status_code == 201
    site = response.json()
    assert site["id"] > 1
    assert site["externalId"] == "site-shop"
    assert site["url"] == "https://shop.wpdev.bbws.io"
    assert site["adminUrl"] == "https://shop.wpdev.bbws.io/wp-admin/"
    assert site["status"] == "active"
    assert site["wordpressVersion"].startswith("6.8.")
    assert site["phpVersion"].startswith("8.2.")
    assert bbws("GET", f"/sites/{site['id']}").json() == site


def test_the_same_external_id_again_is_the_same_site_without_an_effect(
    bbws: Caller, control: ControlClient
) -> None:
    first = bbws("POST", "/sites", SHOP)
    again = bbws("POST", "/sites", SHOP | {"title": "Another", "domain": "other.wpdev.bbws.io"})

    assert again.status_code == 200
    assert again.json() == first.json()
    (effect,) = control.effects("tenant-a")
    assert effect["effect"] == "site_created"
    assert effect["externalId"] == "site-shop"
    assert effect["correlationId"] == "corr-1"
    assert effect["at"].endswith("Z")


@pytest.mark.parametrize(
    "domain", ["shop.wpdev.bbws.io", "SHOP.wpdev.bbws.io", "tenant-a.wpdev.bbws.io"]
)
def test_anothers_domain_is_taken(bbws: Caller, new_site: NewSite, domain: str) -> None:
    new_site("shop")

    response = bbws("POST", "/sites", SHOP | {"externalId": "site-other", "domain": domain})

    assert (response.status_code, response.json()["code"]) == (409, "bbws_domain_taken")


def test_another_tenants_network_is_another_world(bbws: Caller, new_site: NewSite) -> None:
    site = new_site("shop")
    new_site("shop", tenant="tenant-b", title="Theirs")

    assert bbws("GET", f"/sites/{site['id']}").json()["title"] == "The shop"
    theirs = bbws("GET", "/sites?externalId=site-shop", tenant="tenant-b").json()
    assert theirs["title"] == "Theirs"


def test_a_site_is_found_by_its_external_id(bbws: Caller, new_site: NewSite) -> None:
    site = new_site("shop")
    new_site("blog")

    assert bbws("GET", "/sites?externalId=site-shop").json() == site
    absent = bbws("GET", "/sites?externalId=site-none")
    assert (absent.status_code, absent.json()["code"]) == (404, "bbws_site_not_found")
    assert [one["externalId"] for one in bbws("GET", "/sites").json()] == ["site-shop", "site-blog"]


def test_missing_parameters_are_all_named(bbws: Caller) -> None:
    response = bbws("POST", "/sites", {"externalId": "x", "title": None})

    assert response.status_code == 400
    assert response.json() == {
        "code": "rest_missing_callback_param",
        "message": "Missing parameter(s): domain, title",
        "data": {"status": 400, "params": ["domain", "title"]},
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("externalId", "a b"),
        ("domain", "no host"),
        ("domain", "-x.bbws.io"),
        ("title", ""),
        ("title", 7),
        ("adminEmail", "nobody"),
        ("timezone", "Mars/Phobos"),
        ("timezone", "../etc"),
        ("language", "EN!"),
    ],
)
def test_a_bad_parameter_is_named(
    bbws: Caller, control: ControlClient, field: str, value: object
) -> None:
    response = bbws("POST", "/sites", SHOP | {field: value})

    assert response.status_code == 400
    assert response.json()["code"] == "rest_invalid_param"
    assert list(response.json()["data"]["params"]) == [field]
    assert control.effects("tenant-a") == []


def test_options_are_set_and_setting_them_again_changes_nothing(
    bbws: Caller, control: ControlClient, new_site: NewSite
) -> None:
    site = new_site()
    options = {"title": "New", "tagline": "Better", "timezone": "UTC+2", "adminEmail": "me@x.io"}

    first, again = (bbws("PUT", f"/sites/{site['id']}", options) for _ in range(2))

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json() == {**site, **options}
    (effect,) = control.effects("tenant-a", "site_updated")
    assert sorted(effect["options"]) == sorted(options)


def test_a_suspended_site_shows_a_holding_page_and_its_admin_stays_reachable(
    send: Caller, bbws: Caller, core: Caller, control: ControlClient, new_site: NewSite
) -> None:
    site = new_site()
    host = site["domain"]
    front = send("GET", "/", host=host, auth=lambda request: request)
    assert front.status_code == 200
    assert "<title>The shop</title>" in front.text

    for _ in range(2):
        assert (
            bbws("PUT", f"/sites/{site['id']}/status", {"status": "suspended"}).status_code == 200
        )

    holding = send("GET", "/", host=host, auth=lambda request: request)
    assert holding.status_code == 503
    assert "Retry-After" in holding.headers
    assert send("GET", "/wp-json/", host=host, auth=lambda request: request).status_code == 503
    assert send("GET", "/wp-admin/", host=host).status_code == 302
    assert send("GET", "/wp-login.php", host=host).status_code == 200
    assert core("GET", "/plugins", host).status_code == 200
    assert len(control.effects("tenant-a", "site_status_changed")) == 1

    bbws("PUT", f"/sites/{site['id']}/status", {"status": "active"})
    assert send("GET", "/", host=host).status_code == 200
    assert send("GET", "/nothing", host=host).status_code == 404


def test_an_unknown_status_is_refused_in_cores_words(bbws: Caller, new_site: NewSite) -> None:
    site = new_site()

    response = bbws("PUT", f"/sites/{site['id']}/status", {"status": "gone"})

    assert response.status_code == 400
    assert response.json()["data"]["params"] == {
        "status": "status is not one of active and suspended."
    }
    assert response.json()["data"]["details"]["status"]["code"] == "rest_not_in_enum"


def test_a_deleted_site_is_gone_and_its_id_does_not_come_back(
    send: Caller, bbws: Caller, control: ControlClient, new_site: NewSite
) -> None:
    site = new_site()

    deleted = bbws("DELETE", f"/sites/{site['id']}")
    again = bbws("DELETE", f"/sites/{site['id']}")

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (again.status_code, again.json()["code"]) == (404, "bbws_site_not_found")
    assert send("GET", "/", host=site["domain"]).status_code == 302
    assert len(control.effects("tenant-a", "site_deleted")) == 1
    assert new_site()["id"] > site["id"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"title": "x"}),
        ("PUT", "/status", {"status": "active"}),
        ("PUT", "/theme", {"stylesheet": "twentytwentyfive"}),
        ("PUT", "/plugins/akismet/settings", {"settings": {}}),
        ("POST", "/backups", {"backupId": "b", "uploadUrl": "http://127.0.0.1:9/b"}),
    ],
)
@pytest.mark.parametrize("site_id", [1, 99])
def test_an_absent_site_and_the_main_site_are_not_found(
    bbws: Caller, method: str, path: str, body: dict[str, Any] | None, site_id: int
) -> None:
    response = bbws(method, f"/sites/{site_id}{path}", body)

    assert (response.status_code, response.json()["code"]) == (404, "bbws_site_not_found")


def test_health_counts_the_sites(bbws: Caller, new_site: NewSite) -> None:
    new_site()

    health = bbws("GET", "/health").json()

    assert health["sites"] == 1
    components = ("database", "filesystem", "cron", "objectCache")
    assert {health[name] for name in components} == {"ok"}
    assert health["wordpressVersion"].startswith("6.8.")


def test_ten_creates_at_once_make_one_site(bbws: Caller, control: ControlClient) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: bbws("POST", "/sites", SHOP), range(10)))

    assert sorted(one.status_code for one in answers) == [200] * 9 + [201]
    assert len({one.json()["id"] for one in answers}) == 1
    assert len(control.effects("tenant-a", "site_created")) == 1


def test_ten_ids_at_once_for_one_domain_make_one_site(bbws: Caller) -> None:
    def create(number: int) -> int:
        return bbws("POST", "/sites", SHOP | {"externalId": f"site-{number}"}).status_code

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(create, range(10))) == [201] + [409] * 9
