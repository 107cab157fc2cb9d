"""SITE_CREATION: the site becomes ACTIVE once, whatever happens on the way."""

import json
from typing import Any

import pytest

from bbws_local.testing import LambdaContext
from bbws_shared.operations import OperationStatus, OperationType
from bbws_shared.sites import SiteStatus
from bbws_shared.timestamps import timestamp

STEPS = ["create_wordpress_site", "configure_site", "verify_site"]


def test_a_site_becomes_active(world: Any, capsys: pytest.CaptureFixture[str]) -> None:
    site, operation = world.create()
    world.clock.advance(3)
    assert world.deliver(operation) == []
    active, done = world.site(site.site_id), world.stored(operation)
    assert active.status is SiteStatus.ACTIVE
    assert active.active_operation_id is None
    assert active.wordpress_site_id is not None
    assert active.admin_url == "https://corner-shop.wpdev.bbws.io/wp-admin/"
    assert active.wordpress_version
    assert (done.status, done.progress) == (OperationStatus.COMPLETED, 100)
    assert [(step["name"], step["status"]) for step in done.steps] == [
        (name, "COMPLETED") for name in STEPS
    ]
    assert done.pending_event is None
    assert "GSI4PK" not in done.to_item()
    (event,) = world.events()
    assert event["eventType"] == "site.created"
    assert event["correlationId"] == "portal-42"
    assert event["payload"]["siteId"] == site.site_id
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert {m["Environment"] for m in metrics} == {"dev"}
    assert [m["SiteCreated"] for m in metrics if "SiteCreated" in m] == [[1.0]]
    assert [m["SiteCreationDuration"] for m in metrics if "SiteCreationDuration" in m] == [[3.0]]
    dimensions = metrics[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    assert dimensions == [["Environment"]]


def test_wordpress_hears_the_correlation_id(world: Any) -> None:
    _, operation = world.create()
    world.deliver(operation)
    assert {r["correlationId"] for r in world.control.requests()} == {"portal-42"}


@pytest.mark.parametrize("copies", [2, 5])
def test_further_deliveries_change_nothing(world: Any, copies: int) -> None:
    site, operation = world.create()
    for _ in range(copies):
        assert world.deliver(operation) == []
    assert world.effects("site_created") == ["site_created"]
    assert world.site(site.site_id).status is SiteStatus.ACTIVE
    assert len(world.events()) == 1


def test_a_second_delivery_finds_the_lease_taken_and_leaves(world: Any) -> None:
    site, operation = world.create()
    now = timestamp(world.clock())
    leased = operation.leased("somebody", now, "2026-01-25T08:01:45.000Z", STEPS)
    world.account.put(leased.to_item())
    assert world.deliver(operation) == []
    assert world.effects() == []
    world.clock.advance(106)
    assert world.deliver(operation) == []
    assert world.site(site.site_id).status is SiteStatus.ACTIVE


def test_work_goes_on_at_the_step_where_it_stopped(world: Any) -> None:
    site, operation = world.create()
    world.control.add_fault(
        "status", path="/bbws/v1/sites/\\d+$", method="PUT", status=500, times=4
    )
    assert world.deliver(operation) != []
    stopped = world.stored(operation)
    assert stopped.next_step() == "configure_site"
    assert (stopped.status, stopped.progress) == (OperationStatus.IN_PROGRESS, 60)
    assert stopped.lease_owner is None
    world.control.clear_faults()
    assert world.deliver(operation, receives=2) == []
    assert world.site(site.site_id).status is SiteStatus.ACTIVE
    assert world.effects("site_created") == ["site_created"]


@pytest.mark.parametrize("kind", ["latencyAfter", "cutAfter"])
def test_an_effect_without_an_answer_is_not_repeated(world: Any, kind: str) -> None:
    """WordPress creates the site, but its answer never arrives."""
    site, operation = world.create()
    seconds = {"seconds": 5} if kind == "latencyAfter" else {}
    world.control.add_fault(kind, times=1, path="/bbws/v1/sites$", method="POST", **seconds)
    world.deliver(operation)
    world.control.clear_faults()
    world.deliver(operation, receives=2)
    assert world.effects("site_created") == ["site_created"]
    assert world.site(site.site_id).status is SiteStatus.ACTIVE


def test_an_outage_is_waited_for_longer_each_time(world: Any) -> None:
    site, operation = world.create()
    world.control.add_fault("status", status=500)
    delays: list[int] = []
    events = world.account.client("sqs").meta.events
    events.register(
        "before-parameter-build.sqs.ChangeMessageVisibility",
        lambda params, **_: delays.append(params["VisibilityTimeout"]),
    )
    for receives in (1, 2, 3):
        assert world.deliver(operation, receives) != []
    assert delays == [60, 120, 0]
    failed, ended = world.site(site.site_id), world.stored(operation)
    assert failed.status is SiteStatus.FAILED
    assert failed.active_operation_id is None
    assert "WordPress could not be reached" in (failed.status_reason or "")
    assert ended.status is OperationStatus.FAILED
    assert ended.error == {
        "code": "WP_001",
        "message": failed.status_reason,
        "suggestion": "Try again in a few minutes; contact support if it fails again.",
    }
    (event,) = world.events()
    assert event["eventType"] == "site.creation_failed"
    assert world.quota() == 1, "it may have been built, so it keeps what it holds"
    assert world.has_address()


def test_a_time_out_is_told_as_one(world: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _, operation = world.create()
    world.control.add_fault("latency", seconds=2)
    world.deliver(operation, receives=3)
    error = world.stored(operation).error
    assert error["code"] == "WP_002"
    assert "did not answer in time" in error["message"]
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert any(m.get("WordPressAPITimeout") == [1.0] for m in metrics)
    assert any(m.get("SiteCreationFailed") == [1.0] for m in metrics)


def test_a_refusal_ends_it_at_once_and_frees_what_it_held(world: Any) -> None:
    site, operation = world.create()
    world.control.add_fault(
        "status", status=400, code="rest_invalid_param", message="Invalid parameter: language"
    )
    assert world.deliver(operation) == []
    failed, ended = world.site(site.site_id), world.stored(operation)
    assert failed.status is SiteStatus.FAILED
    assert not failed.holds_address
    assert ended.error is not None
    assert "Invalid parameter: language" in ended.error["message"]
    assert [step["status"] for step in ended.steps] == ["FAILED", "PENDING", "PENDING"]
    assert world.quota() == 0
    assert not world.has_address()
    assert [event["eventType"] for event in world.events()] == ["site.creation_failed"]
    assert len(world.control.requests()) == 1, "a refusal is not tried again"


def test_a_refusal_after_it_was_built_keeps_what_it_holds(world: Any) -> None:
    site, operation = world.create()
    world.control.add_fault("status", path="/bbws/v1/sites/\\d+$", status=400, code="bad")
    assert world.deliver(operation) == []
    assert world.site(site.site_id).holds_address
    assert world.quota() == 1


@pytest.mark.parametrize("kind", ["wrongTenant", "noTenant"])
def test_an_answer_of_another_tenants_wordpress_is_not_believed(world: Any, kind: str) -> None:
    site, operation = world.create()
    world.control.add_fault(kind)
    assert world.deliver(operation) == []
    failed = world.site(site.site_id)
    assert failed.status is SiteStatus.FAILED
    assert failed.wordpress_site_id is None
    assert "did not reach your WordPress" in (failed.status_reason or "")
    assert world.quota() == 1, "who knows what was built where"


def test_a_tenant_without_credentials_is_told(world: Any) -> None:
    world.account.client("secretsmanager").delete_secret(
        SecretId="bbws/wp/tenant-123/wp-app-password", ForceDeleteWithoutRecovery=True
    )
    site, operation = world.create()
    assert world.deliver(operation) == []
    assert world.site(site.site_id).status is SiteStatus.FAILED
    assert world.quota() == 0


def test_a_rotated_password_is_read_again(world: Any) -> None:
    _, first = world.create(subdomain="first-shop")
    world.deliver(first)
    world.control.add_fault("status", status=401, code="incorrect_password", times=1)
    site, second = world.create()
    assert world.deliver(second) == []
    assert world.site(site.site_id).status is SiteStatus.ACTIVE
    assert world.account.calls.count("secretsmanager.GetSecretValue") == 2


def test_a_refusal_after_a_try_without_an_answer_frees_nothing(world: Any) -> None:
    """The first try may have built the site, so its address is not for others yet."""
    site, operation = world.create()
    path = {"path": "/bbws/v1/sites$", "method": "POST"}
    world.control.add_fault("cutAfter", times=4, **path)
    world.deliver(operation)
    world.control.clear_faults()
    world.control.add_fault("status", status=403, code="rest_forbidden", **path)
    world.deliver(operation, receives=2)
    world.control.clear_faults()
    assert world.site(site.site_id).status is SiteStatus.FAILED
    assert world.has_address()
    assert world.quota() == 1
    world.deliver(world.begin_deletion(world.site(site.site_id)))
    assert world.effects("site_deleted") == ["site_deleted"]
    assert not world.has_address()
    assert world.quota() == 0


def test_with_little_time_left_the_next_invocation_goes_on(world: Any) -> None:
    site, operation = world.create()
    brief = LambdaContext(remaining_milliseconds=10_000)
    assert world.deliver(operation, context=brief) == []
    assert world.effects() == []
    (message,) = world.queued(OperationType.SITE_CREATION)
    assert message["payload"]["operationId"] == operation.operation_id
    assert world.deliver(operation) == []
    assert world.site(site.site_id).status is SiteStatus.ACTIVE


def test_a_create_after_its_delete_builds_nothing(world: Any) -> None:
    site, creation = world.create()
    world.deliver(creation)
    world.deliver(world.begin_deletion(world.site(site.site_id)))
    before = world.effects()
    assert world.deliver(creation) == []
    assert world.effects() == before
    assert world.site(site.site_id).status is SiteStatus.DELETED


def test_who_lost_the_lease_stores_nothing(world: Any) -> None:
    site, operation = world.create()

    def fail_meanwhile(**_: Any) -> None:
        stored = world.stored(operation)
        if stored.status is OperationStatus.IN_PROGRESS:
            error = {"code": "SYS_001", "message": "timed out", "suggestion": ""}
            world.account.put(stored.failed(error, timestamp(world.clock()), {}).to_item())

    events = world.account.client("secretsmanager").meta.events
    events.register("before-call.secretsmanager.GetSecretValue", fail_meanwhile)
    assert world.deliver(operation) == []
    assert world.stored(operation).status is OperationStatus.FAILED
    assert world.site(site.site_id).wordpress_site_id is None


def test_a_message_that_is_none_goes_to_the_dlq(world: Any) -> None:
    record = {**world.record(world.create()[1]), "body": "{}"}
    answer = world.processor({"Records": [record]}, LambdaContext())
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}


def test_a_message_without_its_operation_is_dropped(world: Any) -> None:
    site, _ = world.create()
    ghost = world.operation(OperationType.SITE_CREATION, site, "op-ghost")
    assert world.deliver(ghost) == []


def test_any_other_event_asks_how_it_is(world: Any) -> None:
    assert world.processor({}, LambdaContext())["status"] == "OK"


def test_a_refusal_after_another_answer_leaves_the_site_its_address(world: Any) -> None:
    """A load balancer that gave up on WordPress does not know what WordPress did."""
    site, operation = world.create()
    world.control.add_fault("status", path="/bbws/v1/sites$", status=504, times=1)
    world.control.add_fault("status", path="/bbws/v1/sites$", status=403, code="rest_forbidden")
    assert world.deliver(operation) == []
    failed = world.site(site.site_id)
    assert failed.status is SiteStatus.FAILED
    assert failed.holds_address
    assert world.quota() == 1
