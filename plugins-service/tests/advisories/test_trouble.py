"""Imports that are cut off, and others who write at the same moment."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bbws_local.advisory_feed import advisory
from bbws_local.testing import STAFF

ADVISORY = "848ccbdc-c6f1-480f-a272-cd459706713e"
PLUGIN = {
    "name": "Forms",
    "description": "As many as you like.",
    "author": "Forms Ltd",
    "category": "forms",
    "pricing": "FREE",
    "vetting": "APPROVED",
    "releases": [
        {
            "version": "2.1.0",
            "requiresWordPress": "6.1",
            "requiresPhp": "8.0",
            "releasedAt": "2026-01-12T14:05:00.000Z",
            "packageUrl": "https://packages.internal/forms.zip",
            "sha256": "a" * 64,
        }
    ],
}


@pytest.fixture
def at_each(newsroom: Any) -> Iterator[Callable[[str, Callable[[], object]], None]]:
    """Does something before each call of an AWS operation."""
    undo: list[tuple[Any, str, Any]] = []

    def register(call: str, act: Callable[[], object]) -> None:
        def intervene(**_: Any) -> None:
            act()

        events = newsroom.account.client(call.partition(".")[0]).meta.events
        events.register(f"before-call.{call}", intervene)
        undo.append((events, f"before-call.{call}", intervene))

    yield register
    for events, call, intervene in undo:
        events.unregister(call, intervene)


def test_an_import_that_is_cut_off_tells_the_rest_when_it_is_repeated(
    newsroom: Any, catalogue: Any, at_each: Any
) -> None:
    catalogue.add()
    mine, other = newsroom.install("2.0.5", site=1), newsroom.install("2.0.5", site=2)
    feed = advisory(ADVISORY, "forms", "2.1.0")
    sns = newsroom.account.client("sns")
    published: list[int] = []

    def lose_the_topic() -> None:
        if len(published) == 1:
            sns.delete_topic(TopicArn=newsroom.topic_arn)
        published.append(1)

    at_each("sns.Publish", lose_the_topic)
    assert newsroom.import_feed(feed).status == 500
    assert [newsroom.flags(one) for one in (mine, other)] == [[ADVISORY], []]
    (first,) = newsroom.events()
    assert first["payload"]["siteId"] == mine["siteId"]

    _found_again(newsroom)
    repeated = newsroom.import_feed(feed)
    assert repeated.json["pluginsUpdated"] == 0
    assert len(repeated.json["affectedInstallations"]) == 2
    (second,) = newsroom.events()
    assert second["payload"]["siteId"] == other["siteId"]
    assert [newsroom.flags(one) for one in (mine, other)] == [[ADVISORY], [ADVISORY]]


def _found_again(newsroom: Any) -> None:
    """The topic is there again, with its subscriber."""
    sns, sqs = newsroom.account.client("sns"), newsroom.account.client("sqs")
    topic = sns.create_topic(Name=newsroom.topic_arn.rpartition(":")[2])["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=newsroom.events_url, AttributeNames=["QueueArn"])
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )


def test_cut_off_between_event_and_flag_the_same_event_is_published_again(
    newsroom: Any, catalogue: Any, at_each: Any
) -> None:
    catalogue.add()
    mine = newsroom.install("2.0.5")
    feed = advisory(ADVISORY, "forms", "2.1.0")
    lost: list[int] = []

    def fail_once() -> None:
        if not lost:
            lost.append(1)
            raise RuntimeError("cut off")

    at_each("dynamodb.UpdateItem", fail_once)
    assert newsroom.import_feed(feed).status == 500
    assert newsroom.flags(mine) == []
    assert newsroom.import_feed(feed).status == 200
    first, again = newsroom.events()
    assert first["eventId"] == again["eventId"]
    assert newsroom.flags(mine) == [ADVISORY]


def test_an_administrator_who_writes_meanwhile_loses_nothing(
    newsroom: Any, catalogue: Any, at_each: Any
) -> None:
    catalogue.add()
    waiting = [lambda: newsroom.api.put("/v1.0/admin/plugins/forms", PLUGIN, caller=STAFF)]
    at_each("dynamodb.PutItem", lambda: waiting and waiting.pop()())
    reply = newsroom.import_feed(advisory(ADVISORY, "forms", "2.1.0"))
    assert (reply.status, reply.json["pluginsUpdated"]) == (200, 1)
    shown = newsroom.api.get("/v1.0/plugins/forms").json
    assert shown["author"] == "Forms Ltd"
    assert [one["id"] for one in shown["vulnerabilities"]] == [ADVISORY]
    assert newsroom.revision() == 2


def test_an_entry_that_is_changed_again_and_again_is_given_up(
    newsroom: Any, catalogue: Any, at_each: Any
) -> None:
    catalogue.add()
    nested: list[int] = []

    def change() -> None:
        if nested:
            return
        nested.append(1)
        newsroom.api.put("/v1.0/admin/plugins/forms", PLUGIN, caller=STAFF)
        nested.clear()

    at_each("dynamodb.PutItem", change)
    reply = newsroom.import_feed(advisory(ADVISORY, "forms", "2.1.0"))
    assert (reply.status, reply.code) == (500, "SYS_001")
    assert newsroom.known() == []


def test_a_plugin_that_leaves_the_catalogue_meanwhile_is_left_out(
    newsroom: Any, catalogue: Any, at_each: Any
) -> None:
    catalogue.add()
    waiting = [lambda: newsroom.api.delete("/v1.0/admin/plugins/forms", caller=STAFF)]
    at_each("dynamodb.PutItem", lambda: waiting and waiting.pop()())
    reply = newsroom.import_feed(advisory(ADVISORY, "forms", "2.1.0"))
    assert (reply.status, reply.json["pluginsUpdated"]) == (200, 0)
    assert newsroom.api.get("/v1.0/plugins/forms").code == "PLUG_001"


def test_a_version_that_changes_meanwhile_keeps_its_own_flag(
    newsroom: Any, catalogue: Any, at_each: Any
) -> None:
    catalogue.add()
    mine = newsroom.install("2.0.5")
    at_each("sns.Publish", lambda: newsroom.change(mine, version="3.0", vulnerabilityIds=[]))
    assert newsroom.import_feed(advisory(ADVISORY, "forms", "2.1.0")).status == 200
    assert newsroom.flags(mine) == []


def test_a_feed_repeated_with_its_key_is_answered_from_the_first_answer(
    newsroom: Any, catalogue: Any
) -> None:
    catalogue.add()
    newsroom.install("2.0.5")
    headers = {"Idempotency-Key": "one"}
    feed = advisory(ADVISORY, "forms", "2.1.0")
    first = newsroom.import_feed(feed, headers=headers)
    again = newsroom.import_feed(feed, headers=headers)
    assert again.text == first.text
    assert again.headers["idempotent-replayed"] == "true"
    assert len(newsroom.events()) == 1
