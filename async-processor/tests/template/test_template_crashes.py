"""Whenever a delivery dies or its answer is lost, the next one goes on, and nothing happens twice."""

from typing import Any

import pytest

from bbws_local.testing import LambdaContext
from bbws_shared.operations import OperationStatus
from bbws_shared.sites import SiteStatus

ONCE = {
    "backup_uploaded": 1,
    "theme_installed": 1,
    "theme_activated": 1,
    "content_imported": 1,
    "plugin_installed": 2,
    "plugin_activated": 2,
}


class Killed(BaseException):
    """The process is gone, as at Lambda's time limit."""


def _is_done_once(world: Any, bistro: Any, operation: Any) -> bool:
    site = world.site(bistro.site.site_id)
    assert world.stored(operation).status is OperationStatus.COMPLETED
    assert (site.status, site.template_id) == (SiteStatus.ACTIVE, "bistro")
    assert bistro.uses() == 1
    assert bistro.installed().keys() == {"contact-form-7", "yoast-seo"}
    return {effect: len(world.effects(effect)) for effect in ONCE} == ONCE


def test_a_second_delivery_does_nothing_again(world: Any, bistro: Any) -> None:
    operation = bistro.apply()
    for receives in (1, 2):
        assert world.deliver(operation, receives) == []
    assert _is_done_once(world, bistro, operation)
    assert len(world.events()) == 1


def test_a_delivery_that_dies_at_any_call_to_aws_is_taken_up_by_the_next(
    world: Any, bistro: Any
) -> None:
    """Each delivery gets one call to the table further than the one before it."""
    operation = bistro.apply()
    events = world.account.client("dynamodb").meta.events
    allowed, left = 0, [0]

    def kill(**_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    events.register("before-call.dynamodb", kill)
    is_over = False
    while not is_over:
        allowed += 1
        left[0] = allowed
        try:
            world.deliver(operation)
            is_over = True
        except Killed:
            # Its lease runs out.
            world.clock.advance(200)
    events.unregister("before-call.dynamodb", kill)
    assert allowed > 5
    assert _is_done_once(world, bistro, operation)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/backups$", "POST"),
        ("/theme$", "PUT"),
        ("/imports$", "POST"),
        ("/packages/plugins/yoast-seo$", "PUT"),
        ("/wp/v2/plugins$", "POST"),
        ("/wp/v2/plugins$", "GET"),
        ("/sites/[0-9]+$", "GET"),
    ],
)
@pytest.mark.parametrize("kind", ["cutAfter", "cut"])
def test_an_answer_that_is_lost_is_no_second_effect(
    world: Any, bistro: Any, kind: str, path: str, method: str
) -> None:
    operation = bistro.apply()
    world.control.add_fault(kind, path=path, method=method, times=1)
    assert world.deliver(operation) != []
    assert world.deliver(operation, receives=2) == []
    assert _is_done_once(world, bistro, operation)


def test_with_little_time_left_the_next_invocation_goes_on(world: Any, bistro: Any) -> None:
    operation = bistro.apply()
    assert world.deliver(operation, context=LambdaContext(remaining_milliseconds=10_000)) == []
    assert world.effects("backup_uploaded") == []
    assert world.deliver(operation) == []
    assert _is_done_once(world, bistro, operation)


def test_the_counter_loses_no_race(world: Any, bistro: Any) -> None:
    """The template is deleted between the look at its entry and the end of the step."""
    operation = bistro.apply()
    client, waiting = world.account.client("dynamodb"), [1]

    def delete(params: dict[str, Any], **_: Any) -> None:
        if waiting and "usedBy" in str(params["body"]):
            waiting.pop()
            key = {"PK": {"S": "TEMPLATE"}, "SK": {"S": "TEMPLATE#bistro"}}
            client.delete_item(TableName="sites", Key=key)

    client.meta.events.register("before-call.dynamodb.TransactWriteItems", delete)
    assert world.deliver(operation) == []
    assert world.stored(operation).status is OperationStatus.IN_PROGRESS
    world.clock.advance(200)
    world.tick()
    assert world.deliver(operation) == []
    assert world.stored(operation).status is OperationStatus.COMPLETED
    assert not [item for item in world.account.items() if item["PK"] == "TEMPLATE"]
