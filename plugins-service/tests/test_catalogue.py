"""GET /plugins and /plugins/{pluginId}: the catalogue of vetted plugins."""

import importlib
from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, STAFF, Account, Api, claims

PLUGINS = "/v1.0/plugins"


def _all_pages(api: Api, path: str) -> list[list[str]]:
    pages, reply = [], api.get(path)
    while True:
        assert reply.status == 200
        assert reply.json["count"] == len(reply.json["items"])
        pages.append([item["pluginId"] for item in reply.json["items"]])
        if "nextToken" not in reply.json:
            return pages
        reply = api.get(reply.json["_links"]["next"]["href"])


def _shown(stored: dict[str, Any]) -> dict[str, Any]:
    hidden = {"packageUrl", "sha256"}
    releases = [{k: v for k, v in one.items() if k not in hidden} for one in stored["releases"]]
    link = {"self": {"href": f"/v1.0/plugins/{stored['pluginId']}"}}
    return {**stored, "releases": releases, "_links": link}


def _vulnerability(**fields: Any) -> dict[str, Any]:
    span = {"fromVersion": "*", "fromInclusive": True, "toVersion": "2.0", "toInclusive": False}
    return {
        "id": "one",
        "title": "File upload",
        "cve": "CVE-2020-35489",
        "cvssScore": 9.8,
        "affectedVersions": [span],
        "patchedVersions": ["2.0"],
        **fields,
    }


def test_a_page_shows_plugins_as_promised_and_without_their_packages(
    api: Api, catalogue: Any, promised: Callable[[str, Any], None]
) -> None:
    stored = catalogue.add(versions=("2.1.0", "2.0.9"), vulnerabilities=[_vulnerability()])
    reply = api.get(PLUGINS)
    promised("PluginList", reply.json)
    assert reply.json["items"] == [_shown(stored)]
    assert "packages.internal" not in reply.text
    assert "GSI2PK" not in reply.text


def test_only_approved_plugins_are_listed_even_for_staff(api: Api, catalogue: Any) -> None:
    for vetting in ("APPROVED", "PENDING", "BLOCKLISTED"):
        catalogue.add(f"is-{vetting.lower()}", vetting=vetting)
    assert _all_pages(api, PLUGINS) == [["is-approved"]]
    reply = api.get(PLUGINS, caller=STAFF)
    assert [item["pluginId"] for item in reply.json["items"]] == ["is-approved"]


def test_pages_hold_every_plugin_once_and_are_full(
    api: Api, catalogue: Any, account: Account
) -> None:
    for number in range(7):
        catalogue.add(f"plugin-{number}", category=("forms", "seo")[number % 2])
    pages = _all_pages(api, f"{PLUGINS}?limit=3")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(chain(*pages)) == [f"plugin-{number}" for number in range(7)]
    assert account.calls == ["dynamodb.Query"], "one Query serves every page of a minute"


def test_filters_choose_alone_and_together(api: Api, catalogue: Any) -> None:
    catalogue.add("contact-form-7", name="Contact Form 7", category="forms")
    catalogue.add("forms-pro", name="Forms", category="forms", pricing="PREMIUM")
    catalogue.add("sitemaps", name="Sitemaps", category="seo", description="A FORM of index")
    for query, expected in (
        ("", ["contact-form-7", "forms-pro", "sitemaps"]),
        ("category=forms", ["contact-form-7", "forms-pro"]),
        ("pricing=PREMIUM", ["forms-pro"]),
        ("pricing=FREE", ["contact-form-7", "sitemaps"]),
        ("search=contact%20form", ["contact-form-7"]),
        ("search=FORM-7", ["contact-form-7"]),
        ("search=form", ["contact-form-7", "forms-pro", "sitemaps"]),
        ("search=form&category=forms&pricing=FREE", ["contact-form-7"]),
        ("search=nothing", []),
        ("category=FORMS", []),
    ):
        assert list(chain(*_all_pages(api, f"{PLUGINS}?limit=2&{query}"))) == expected, query


def test_a_page_token_belongs_to_its_filter(api: Api, catalogue: Any) -> None:
    for number in range(3):
        catalogue.add(f"plugin-{number}")
    token = api.get(f"{PLUGINS}?limit=1&search=plugin").json["nextToken"]
    altered = ("B" if token[0] != "B" else "C") + token[1:]
    for query in (
        f"search=plugin&nextToken={altered}",
        f"nextToken={token}",
        f"search=plugi&nextToken={token}",
        f"search=plugin&pricing=FREE&nextToken={token}",
        f"search=plugin&category=forms&nextToken={token}",
        "search=plugin&nextToken=",
    ):
        reply = api.get(f"{PLUGINS}?limit=1&{query}")
        assert (reply.status, reply.code) == (400, "SITE_001"), query
    assert api.get(f"{PLUGINS}?search=plugin&nextToken={token}").json["count"] == 2


def test_every_wrong_parameter_is_named_at_once(
    api: Api, account: Account, promised: Callable[[str, Any], None]
) -> None:
    for query, fields in (
        ("limit=0&pricing=free&category=&search=", {"limit", "pricing", "category", "search"}),
        (f"search={'s' * 101}&limit=101&serach=x", {"search", "limit", "serach"}),
    ):
        reply = api.get(f"{PLUGINS}?{query}")
        assert (reply.status, reply.code) == (400, "SITE_001")
        assert {e["field"] for e in reply.json["error"]["details"]["errors"]} == fields
        promised("InvalidRequestError", reply.json)
    assert account.calls == []


def test_a_plugin_is_read_as_it_is_now_by_one_get(
    api: Api, catalogue: Any, account: Account, promised: Callable[[str, Any], None]
) -> None:
    catalogue.add()
    stored = catalogue.add(versions=("2.2.0", "2.1.0"))
    reply = api.get(f"{PLUGINS}/forms", caller=claims("CUSTOMER_VIEWER"))
    assert (reply.status, reply.json) == (200, _shown(stored))
    assert account.calls == ["dynamodb.GetItem"]
    promised("Plugin", reply.json)


def test_a_plugin_that_may_not_be_installed_says_why(api: Api, catalogue: Any) -> None:
    catalogue.add(vetting="BLOCKLISTED", blocklistReason="Opens a back door.")
    plugin = api.get(f"{PLUGINS}/forms").json
    assert (plugin["vetting"], plugin["blocklistReason"]) == ("BLOCKLISTED", "Opens a back door.")


def test_the_etag_changes_with_the_content_only(api: Api, catalogue: Any) -> None:
    catalogue.add()
    first = api.get(f"{PLUGINS}/forms").headers["etag"]
    assert (first[0], first[-1], first.count('"')) == ('"', '"', 2)
    catalogue.add()
    assert api.get(f"{PLUGINS}/forms").headers["etag"] == first
    seen = {first}
    for change in (
        {"versions": ("2.2.0",)},
        {"vetting": "BLOCKLISTED"},
        {"vulnerabilities": [_vulnerability()]},
        {"updatedAt": "2026-01-13T00:00:00.000Z"},
    ):
        catalogue.add(**change)
        seen.add(api.get(f"{PLUGINS}/forms").headers["etag"])
    assert len(seen) == 5


def test_a_plugin_that_does_not_exist_is_not_found(
    api: Api, account: Account, promised: Callable[[str, Any], None]
) -> None:
    for plugin_id in ("forms", "0", "a" * 100):
        account.calls.clear()
        reply = api.get(f"{PLUGINS}/{plugin_id}")
        assert (reply.status, reply.code) == (404, "PLUG_001")
        assert account.calls == ["dynamodb.GetItem"]
        promised("Error", reply.json)


def test_what_is_no_plugin_id_is_not_found_without_a_read(api: Api, account: Account) -> None:
    for plugin_id in ("Forms", "-forms", "forms-", "my_forms", "a" * 101, "forms%20", "caf%C3%A9"):
        reply = api.get(f"{PLUGINS}/{plugin_id}", caller=STAFF)
        assert (reply.status, reply.code) == (404, "PLUG_001"), plugin_id
    assert account.calls == []


def test_every_role_of_every_tenant_reads_the_catalogue(api: Api, catalogue: Any) -> None:
    catalogue.add()
    roles = ["CUSTOMER_SUPER_ADMIN", "CUSTOMER_ADMIN", "CUSTOMER_USER", "CUSTOMER_VIEWER"]
    callers = [*map(claims, roles), claims("CUSTOMER_VIEWER", OTHER_TENANT), STAFF]
    for path in (PLUGINS, f"{PLUGINS}/forms"):
        assert [api.get(path, caller=caller).status for caller in callers] == [200] * 6
        stranger = api.get(path, caller=claims("unknown-group"))
        assert (stranger.status, stranger.code) == (403, "AUTH_002")
        nobody = api.get(path, anonymous=True)
        assert (nobody.status, nobody.code) == (401, "AUTH_001")
        assert nobody.headers["www-authenticate"] == "Bearer"


def test_an_outage_shows_nothing_of_the_inside(api: Api, account: Account) -> None:
    account.client("dynamodb").delete_table(TableName="sites")
    for path in (PLUGINS, f"{PLUGINS}/forms"):
        reply = api.get(path)
        assert (reply.status, reply.code) == (500, "SYS_001")
        assert "dynamodb" not in reply.text.lower()
        assert "Traceback" not in reply.text


def test_the_function_starts_from_its_environment(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**variables, "WORDPRESS_BASE_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    handler = importlib.import_module("plugins.handler").handler
    assert handler({}, None)["service"] == "plugins-service"
    assert Api(handler).get(PLUGINS).json["items"] == []
