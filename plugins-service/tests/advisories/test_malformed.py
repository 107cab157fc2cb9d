"""Feeds that are malformed, or say more than can be kept."""

from typing import Any

import pytest

from bbws_local.advisory_feed import advisory
from bbws_local.testing import STAFF, Api

PATH = "/v1.0/admin/vulnerabilities"


def _broken(**fields: Any) -> dict[str, Any]:
    return advisory("a", "forms", **fields)


def _software(**fields: Any) -> dict[str, Any]:
    software: dict[str, Any] = advisory("a", "forms")["software"][0]
    return _broken(software=[software | fields])


def _span(**fields: Any) -> dict[str, Any]:
    span = {"from_version": "*", "from_inclusive": True, "to_version": "1", "to_inclusive": True}
    return _software(affected_versions={"all": span | fields})


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ([], "a"),
        ({}, "a.id a.title a.software"),
        (_broken(id=""), "a.id"),
        (_broken(id="\ud800"), "a.id"),
        (_broken(title="t" * 1001), "a.title"),
        (_broken(software={}), "a.software"),
        (_broken(cvss={"score": "9.8"}), "a.cvss.score"),
        (_broken(cvss={"score": 10.1}), "a.cvss.score"),
        (_broken(cve="2024-1"), "a.cve"),
        (_software(type="mu-plugin"), "a.software.0.type"),
        (_software(slug=None), "a.software.0.slug"),
        (_software(affected_versions=[]), "a.software.0.affected_versions"),
        (_software(patched_versions=[1]), "a.software.0.patched_versions.0"),
        (_span(from_inclusive="yes"), "a.software.0.affected_versions.all.from_inclusive"),
        (_span(to_version=2), "a.software.0.affected_versions.all.to_version"),
        (_span(to_version="9" * 5000), "a.software.0.affected_versions.all.to_version"),
    ],
)
def test_a_malformed_entry_is_named_and_nothing_of_the_feed_is_imported(
    newsroom: Any, catalogue: Any, entry: Any, field: str
) -> None:
    catalogue.add()
    feed = {"good": advisory("good", "forms", "2.1.0"), "a": entry}
    reply = newsroom.api.post(PATH, feed, caller=STAFF)
    assert reply.status == 400
    bad = [error["field"] for error in reply.json["error"]["details"]["errors"]]
    assert bad == field.split()
    assert newsroom.known() == []


@pytest.mark.parametrize("feed", [[], "feed", None, 7])
def test_what_is_no_object_is_no_feed(api: Api, feed: Any) -> None:
    reply = api.call("POST", PATH, feed, raw=b"null" if feed is None else None, caller=STAFF)
    (bad,) = reply.json["error"]["details"]["errors"]
    assert (reply.status, bad["field"]) == (400, "body")


def test_an_empty_feed_says_nothing(api: Api) -> None:
    reply = api.post(PATH, {}, caller=STAFF)
    nothing = {"advisories": 0, "pluginsUpdated": 0, "affectedInstallations": []}
    assert (reply.status, reply.json) == (200, nothing)


def test_a_plugin_of_which_more_is_known_than_an_entry_holds_is_named(
    newsroom: Any, catalogue: Any
) -> None:
    catalogue.add()
    catalogue.add("shop")
    many = [advisory(f"{number}", "forms", title="t" * 1000) for number in range(250)]
    assert newsroom.import_feed(*many[:125], advisory("s", "shop", "0")).status == 200
    reply = newsroom.import_feed(*many[125:], advisory("s", "shop", "125"))
    assert reply.status == 400
    (bad,) = reply.json["error"]["details"]["errors"]
    assert bad == {"field": "body", "message": "says more than fits of: forms"}
    assert len(newsroom.known()) == 125
    assert newsroom.known("shop")[0]["affectedVersions"][0]["toVersion"] == "0"
