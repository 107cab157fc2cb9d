"""The reconciler: what was cut off is set going again, and nothing waits for ever."""

import json
from typing import Any

import pytest

from bbws_shared.operations import OperationStatus, OperationType
from bbws_shared.sites import SiteStatus
from bbws_shared.timestamps import timestamp


def test_an_operation_that_was_never_sent_is_sent(world: Any) -> None:
    site, operation = world.create()
    world.tick()
    assert world.queued(OperationType.SITE_CREATION) == []
    world.clock.advance(60)
    world.tick()
    (message,) = world.queued(OperationType.SITE_CREATION)
    assert message["payload"]["operationId"] == operation.operation_id
    world.deliver(operation)
    assert world.site(site.site_id).status is SiteStatus.ACTIVE


def test_a_queue_that_is_behind_is_not_flooded(world: Any) -> None:
    world.create()
    minutes = []
    for minute in range(1, 15):
        world.clock.advance(60)
        world.tick()
        if world.queued(OperationType.SITE_CREATION):
            minutes.append(minute)
    assert minutes == [1, 2, 4, 8]


def test_work_whose_process_died_is_sent_again(world: Any) -> None:
    _, operation = world.create()
    now = timestamp(world.clock())
    leased = operation.leased("dead", now, "2026-01-25T08:01:45.000Z", ["create_wordpress_site"])
    world.account.put(leased.to_item())
    world.clock.advance(104)
    world.tick()
    assert world.queued(OperationType.SITE_CREATION) == []
    world.clock.advance(62)
    world.tick()
    assert len(world.queued(OperationType.SITE_CREATION)) == 1


def test_what_makes_no_progress_for_too_long_fails(world: Any) -> None:
    site, operation = world.create()
    world.clock.advance(901)
    world.tick()
    assert world.stored(operation).status is OperationStatus.FAILED
    failed = world.site(site.site_id)
    assert failed.status is SiteStatus.FAILED
    assert failed.status_reason == "This operation could not be completed in time."
    assert world.quota() == 0, "it never began, so nothing was built"
    assert not world.has_address()
    assert [event["eventType"] for event in world.events()] == ["site.creation_failed"]
    assert world.deliver(operation) == [], "a message that is late finds nothing to do"
    assert world.effects() == []


def test_an_event_that_was_not_published_is_published(world: Any) -> None:
    _, operation = world.create()
    arn = world.variables["NOTIFICATION_TOPIC_ARN"]
    sns = world.account.client("sns")
    sns.delete_topic(TopicArn=arn)
    world.deliver(operation)
    assert world.stored(operation).status is OperationStatus.COMPLETED
    assert world.stored(operation).pending_event is not None
    _resubscribe(world)
    world.clock.advance(61)
    world.tick()
    assert [event["eventType"] for event in world.events()] == ["site.created"]
    assert world.stored(operation).pending_event is None
    world.tick()
    assert world.events() == []


def _resubscribe(world: Any) -> None:
    sns, sqs = world.account.client("sns"), world.account.client("sqs")
    topic = sns.create_topic(Name="bbws-wp-notifications-dev")["TopicArn"]
    queue = world.variables["EVENTS_QUEUE_URL"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )


def test_one_that_cannot_be_helped_does_not_hinder_the_others(world: Any) -> None:
    orphan, lost = world.create(subdomain="lost-shop")
    world.account.client("dynamodb").delete_item(
        TableName="sites",
        Key={"PK": {"S": f"TENANT#{orphan.tenant_id}"}, "SK": {"S": f"SITE#{orphan.site_id}"}},
    )
    _, operation = world.create()
    world.clock.advance(901)
    world.tick()
    assert world.stored(operation).status is OperationStatus.FAILED
    assert world.stored(lost).status is OperationStatus.PENDING


def test_it_reads_only_what_waits(world: Any) -> None:
    world.create()
    world.account.calls.clear()
    world.tick()
    assert world.account.calls == ["sqs.GetQueueAttributes"] + ["dynamodb.Query"] * 4


def test_the_depth_of_the_dlq_is_measured(world: Any, capsys: pytest.CaptureFixture[str]) -> None:
    url = world.variables["DLQ_URL"]
    for _ in range(2):
        world.account.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    world.tick()
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert json.loads(line)["DLQMessages"] == [2.0]


def test_a_topic_that_takes_nothing_keeps_no_site_waiting(
    world: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each try to publish costs seconds, so an outage of the topic costs one for each run."""
    world.account.client("sns").delete_topic(TopicArn=world.variables["NOTIFICATION_TOPIC_ARN"])
    ended = [world.create(subdomain=f"shop-{number}")[1] for number in range(4)]
    for operation in ended:
        world.deliver(operation)
    retired = world.site(ended[0].site_id)
    world.account.put(
        retired.transition(
            SiteStatus.DEPROVISIONING, retired.updated_at, purge_after=retired.updated_at
        ).to_item()
    )
    world.clock.advance(1)
    _, unsent = world.create()
    world.clock.advance(61)
    world.account.calls.clear()
    capsys.readouterr()
    world.tick()
    assert world.account.calls.count("sns.Publish") == 1
    assert world.account.calls[-2:] == ["sns.Publish", "dynamodb.PutItem"]
    assert len(world.queued(OperationType.SITE_PURGE)) == 1
    (sent,) = world.queued(OperationType.SITE_CREATION)
    assert sent["payload"]["operationId"] == unsent.operation_id
    assert '"DLQMessages":[0.0]' in capsys.readouterr().out.replace(" ", "")
    _resubscribe(world)
    world.clock.advance(61)
    world.tick()
    assert len(world.events()) == 4


def test_an_event_that_the_topic_does_not_take_lets_the_others_go_first(world: Any) -> None:
    _, operation = world.create(subdomain="first-shop")
    world.account.client("sns").delete_topic(TopicArn=world.variables["NOTIFICATION_TOPIC_ARN"])
    world.deliver(operation)
    _resubscribe(world)
    stored = world.stored(operation)
    payload = {**stored.pending_event["payload"], "siteName": "x" * 300_000}
    too_long = {**stored.pending_event, "payload": payload}
    world.account.put(stored.model_copy(update={"pending_event": too_long}).to_item())
    world.clock.advance(61)
    for minute in range(2):
        world.account.client("sns").delete_topic(TopicArn=world.variables["NOTIFICATION_TOPIC_ARN"])
        _, other = world.create(subdomain=f"shop-{minute}")
        world.deliver(other)
        _resubscribe(world)
        world.clock.advance(61)
        world.tick()
        world.clock.advance(61)
        world.tick()
        assert world.stored(other).pending_event is None


def test_what_waits_is_helped_though_the_dlq_cannot_be_measured(world: Any) -> None:
    world.create()
    world.account.client("sqs").delete_queue(QueueUrl=world.variables["DLQ_URL"])
    world.clock.advance(61)
    world.tick()
    assert len(world.queued(OperationType.SITE_CREATION)) == 1
