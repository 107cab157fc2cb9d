"""POST /admin/vulnerabilities: what becomes known is in the catalogue, and told to whom it hits."""

from collections.abc import Callable
from typing import Any

from bbws_local.advisory_feed import advisory
from bbws_local.testing import OTHER_TENANT, STAFF, TENANT, Clock

ADVISORY = "848ccbdc-c6f1-480f-a272-cd459706713e"
KNOWN = {
    "id": ADVISORY,
    "title": "Forms <= 2.1.0 - Missing Authorization",
    "cve": "CVE-2024-10001",
    "cvssScore": 5.3,
    "affectedVersions": [
        {"fromVersion": "*", "fromInclusive": True, "toVersion": "2.1.0", "toInclusive": True}
    ],
    "patchedVersions": ["2.1.0.1"],
}


def test_an_advisory_is_stored_with_its_plugin_and_told_to_the_sites_it_affects(
    newsroom: Any, catalogue: Any, promised: Callable[[str, Any], None], clock: Clock
) -> None:
    catalogue.add()
    mine = newsroom.install("2.0.5", site=1)
    theirs = newsroom.install("2.1.0", site=2, tenant=OTHER_TENANT)
    newer = newsroom.install("2.1.1", site=3)
    clock.advance(60)
    reply = newsroom.import_feed(
        advisory(ADVISORY, "forms", "2.1.0"), headers={"X-Correlation-Id": "feed-7"}
    )
    assert reply.status == 200
    promised("VulnerabilityImport", reply.json)
    assert reply.json == {
        "advisories": 1,
        "pluginsUpdated": 1,
        "affectedInstallations": [
            {**mine, "vulnerabilityIds": [ADVISORY]},
            {**theirs, "vulnerabilityIds": [ADVISORY]},
        ],
    }
    shown = newsroom.api.get("/v1.0/plugins/forms").json
    promised("Plugin", shown)
    assert shown["vulnerabilities"] == [KNOWN]
    assert shown["updatedAt"] == "2026-01-25T08:01:00.000Z"
    assert [newsroom.flags(one) for one in (mine, theirs, newer)] == [[ADVISORY], [ADVISORY], []]
    short = {name: KNOWN[name] for name in ("id", "title", "cve", "cvssScore")}
    events = newsroom.events()
    assert [event["payload"] for event in events] == [
        {**mine, "vulnerabilities": [short]},
        {**theirs, "vulnerabilities": [short]},
    ]
    assert {event["eventType"] for event in events} == {"plugin.vulnerable"}
    assert {event["correlationId"] for event in events} == {"feed-7"}
    assert {event["environment"] for event in events} == {"dev"}


def test_the_list_of_an_affected_sites_plugins_says_so(world: Any) -> None:
    assert world.install().status == 201
    assert world.shown()["isVulnerable"] is False
    feed = {ADVISORY: advisory(ADVISORY, "forms", "2.1.0")}
    assert world.api.post("/v1.0/admin/vulnerabilities", feed, caller=STAFF).status == 200
    shown = world.shown()
    assert shown["isVulnerable"] is True
    assert [one["id"] for one in shown["vulnerabilities"]] == [ADVISORY]
    installed = f"/v1.0/tenants/{TENANT}/sites/{shown['siteId']}/plugins/forms"
    assert world.api.delete(installed).status == 204
    again = world.install()
    assert (again.status, again.code) == (422, "PLUG_003")


def test_the_same_feed_again_changes_nothing_and_tells_nobody(
    newsroom: Any, catalogue: Any
) -> None:
    catalogue.add()
    mine = newsroom.install("2.0.5")
    feed = [advisory(ADVISORY, "forms", "2.1.0"), advisory("other", "forms", "1.0", cvss=None)]
    first = newsroom.import_feed(*feed).json
    assert newsroom.revision() == 1
    assert len(newsroom.events()) == 1
    newsroom.account.calls.clear()
    again = newsroom.import_feed(*feed).json
    assert again == first | {"pluginsUpdated": 0}
    assert newsroom.revision() == 1
    assert newsroom.events() == []
    assert newsroom.flags(mine) == [ADVISORY]


def test_an_import_reads_the_catalogue_and_who_has_what_is_named(
    newsroom: Any, catalogue: Any
) -> None:
    for plugin_id in ("forms", "shop", "seo"):
        catalogue.add(plugin_id)
    newsroom.install("2.0.5")
    newsroom.install("2.0.5", "seo")
    feed = advisory(ADVISORY, "forms", "2.1.0"), advisory("b", "elsewhere")
    newsroom.import_feed(*feed)
    table = ["Query", "PutItem", "Query"]
    expected = [f"dynamodb.{name}" for name in table]
    expected += ["sns.Publish", "dynamodb.UpdateItem", "dynamodb.PutItem"]
    assert newsroom.account.calls == expected, "the last is the audit trail"


def test_a_further_advisory_is_further_news_and_a_corrected_one_replaces_itself(
    newsroom: Any, catalogue: Any
) -> None:
    catalogue.add()
    mine = newsroom.install("2.0.5")
    newsroom.import_feed(advisory(ADVISORY, "forms", "2.1.0"))
    newsroom.import_feed(advisory("second", "forms", "2.0.9", cve=None))
    first, second = newsroom.events()
    assert first["eventId"] != second["eventId"]
    told = second["payload"]["vulnerabilities"]
    assert [one["id"] for one in told] == [ADVISORY, "second"]
    assert "cve" not in told[1]
    assert newsroom.flags(mine) == [ADVISORY, "second"]

    corrected = newsroom.import_feed(advisory(ADVISORY, "forms", "2.0.4"))
    assert corrected.json["pluginsUpdated"] == 1
    assert corrected.json["affectedInstallations"] == []
    assert [one["id"] for one in newsroom.known()] == [ADVISORY, "second"]
    assert newsroom.flags(mine) == ["second"]
    assert newsroom.events() == [], "better news needs no event"


def test_an_advisory_that_names_the_plugin_no_more_is_withdrawn(
    newsroom: Any, catalogue: Any
) -> None:
    catalogue.add()
    catalogue.add("shop")
    mine, other = newsroom.install("2.0.5"), newsroom.install("2.0.5", "shop")
    newsroom.import_feed(advisory(ADVISORY, "forms", "2.1.0"), advisory("b", "forms", "2.1.0"))
    newsroom.events()
    reply = newsroom.import_feed(advisory(ADVISORY, "shop", "2.1.0"))
    assert reply.json["pluginsUpdated"] == 2
    assert [one["id"] for one in newsroom.known()] == ["b"], "what the feed lacks stays"
    assert (newsroom.flags(mine), newsroom.flags(other)) == (["b"], [ADVISORY])
    (event,) = newsroom.events()
    assert event["payload"]["pluginId"] == "shop"
    for withdrawn in (
        advisory("b", "forms", software=[]),
        advisory(ADVISORY, "shop", software=[_software("shop", {})]),
    ):
        newsroom.import_feed(withdrawn)
    assert (newsroom.known(), newsroom.known("shop")) == ([], [])
    assert (newsroom.flags(mine), newsroom.flags(other)) == ([], [])


def test_of_an_advisory_only_plugins_are_read(newsroom: Any, catalogue: Any) -> None:
    catalogue.add()
    entries = [
        advisory(kind, "forms", software=[_software("forms", type=kind)])
        for kind in ("theme", "core")
    ]
    reply = newsroom.import_feed(*entries, advisory("c", "elsewhere"))
    assert reply.json == {"advisories": 3, "pluginsUpdated": 0, "affectedInstallations": []}
    assert newsroom.known() == []


def test_a_plugin_that_is_named_twice_has_all_the_ranges(newsroom: Any, catalogue: Any) -> None:
    catalogue.add()
    early, late = _span("*", "1.0"), _span("2.0", "2.1.0", from_inclusive=False)
    named = [
        _software("forms", {"a": early}, patched_versions=["1.1"]),
        _software("forms", {"b": late, "c": early}, patched_versions=["1.1", "2.2", "2.2"]),
    ]
    mine = newsroom.install("1.0", site=1), newsroom.install("2.0", site=2)
    reply = newsroom.import_feed(advisory(ADVISORY, "forms", software=named))
    (known,) = newsroom.known()
    assert [span["toVersion"] for span in known["affectedVersions"]] == ["1.0", "2.1.0"]
    assert known["patchedVersions"] == ["1.1", "2.2"]
    assert reply.json["affectedInstallations"] == [{**mine[0], "vulnerabilityIds": [ADVISORY]}]


def test_without_a_score_none_is_told(newsroom: Any, catalogue: Any) -> None:
    catalogue.add()
    newsroom.install("1.0")
    newsroom.import_feed(advisory(ADVISORY, "forms", cvss=None, cve=None))
    (known,) = newsroom.known()
    assert not known.keys() & {"cvssScore", "cve"}
    (event,) = newsroom.events()
    assert not event["payload"]["vulnerabilities"][0].keys() & {"cvssScore", "cve"}


def test_what_is_being_installed_is_not_told_yet(newsroom: Any, catalogue: Any) -> None:
    catalogue.add()
    mine = newsroom.install("2.0.5")
    newsroom.change(mine, status="INSTALLING")
    assert newsroom.import_feed(advisory(ADVISORY, "forms", "2.1.0")).status == 200
    assert (newsroom.events(), newsroom.flags(mine)) == ([], [])
    newsroom.change(mine, status="INSTALLED")
    newsroom.import_feed(advisory(ADVISORY, "forms", "2.1.0"))
    assert len(newsroom.events()) == 1
    assert newsroom.flags(mine) == [ADVISORY]


def test_a_plan_says_what_would_be_and_nothing_is(
    newsroom: Any, catalogue: Any, promised: Callable[[str, Any], None]
) -> None:
    catalogue.add()
    newsroom.install("2.0.5")
    before = newsroom.account.items()
    feed = {ADVISORY: advisory(ADVISORY, "forms", "2.1.0")}
    path = "/v1.0/admin/vulnerabilities"
    planned = newsroom.api.post(f"{path}?validateOnly=true", feed, caller=STAFF)
    assert planned.status == 200
    promised("Plan", planned.json)
    assert newsroom.account.items() == before
    assert newsroom.events() == []
    done = newsroom.api.post(path, feed, caller=STAFF)
    assert planned.json["plan"] == {
        "action": "importVulnerabilities",
        "steps": [],
        "effects": done.json,
    }
    assert done.json["pluginsUpdated"] == 1
    again = newsroom.api.post(f"{path}?validateOnly=true", feed, caller=STAFF).json
    assert again["plan"]["effects"] == done.json | {"pluginsUpdated": 0}


def _span(start: str, end: str, *, from_inclusive: bool = True) -> dict[str, Any]:
    ends = {"from_version": start, "to_version": end}
    return {**ends, "from_inclusive": from_inclusive, "to_inclusive": True}


def _software(slug: str, affected: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    spans = {"*": _span("*", "*")} if affected is None else affected
    return {"type": "plugin", "slug": slug, "affected_versions": spans, **fields}
