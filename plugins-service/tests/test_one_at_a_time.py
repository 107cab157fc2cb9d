"""Requests that change the plugins of one site at the same moment."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import TENANT, Reply

SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad91"
SITE = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}"


@pytest.fixture
def during(world: Any) -> Callable[[Callable[[], Reply], Callable[[], Reply]], list[Reply]]:
    """Sends a second request while the first one holds its claim; both answers."""

    def send(first: Callable[[], Reply], second: Callable[[], Reply]) -> list[Reply]:
        answers: list[Reply] = []

        def meanwhile(**_: Any) -> None:
            events.unregister("before-call.secrets-manager", meanwhile)
            answers.append(second())

        events = world.account.client("secretsmanager").meta.events
        events.register("before-call.secrets-manager", meanwhile)
        answers.insert(0, first())
        assert len(answers) == 2
        return answers

    return send


def test_plugins_that_conflict_are_not_installed_at_the_same_moment(
    world: Any, during: Callable[..., list[Reply]]
) -> None:
    world.catalogue.add("other-forms", conflictsWith=["forms"])
    first, second = during(world.install, lambda: world.install({"pluginId": "other-forms"}))
    assert first.status == 201
    assert (second.status, second.code) == (409, "PLUG_004")
    assert world.listed() == ["forms"]


def test_a_second_change_of_a_sites_plugins_has_to_wait(
    world: Any, during: Callable[..., list[Reply]]
) -> None:
    world.catalogue.add("seo")
    assert world.install({"pluginId": "seo"}).status == 201
    seo = f"{SITE}/plugins/seo"
    for second in (
        lambda: world.api.put(f"{seo}/config", {"configuration": {}}),
        lambda: world.api.put(f"{seo}/status", {"isActive": False}),
        lambda: world.api.delete(seo),
    ):
        world.api = world.started()
        begun, waiting = during(world.install, second)
        assert begun.status == 201
        assert (waiting.status, waiting.code) == (409, "SITE_007")
        assert waiting.headers["retry-after"] == "5"
        assert world.api.delete(f"{SITE}/plugins/forms").status == 204
    assert world.listed() == ["seo"]


def test_a_plugin_is_not_changed_under_an_operation_that_has_just_begun(world: Any) -> None:
    """The site gets an operation between the look at it and the claim."""

    def operation_begins(**_: Any) -> None:
        events.unregister("before-call.dynamodb.TransactWriteItems", operation_begins)
        world.site(active_operation_id="op-0190163d-8694-7a3e-9c51-4f0a3d2b7e10")

    events = world.account.client("dynamodb").meta.events
    events.register("before-call.dynamodb.TransactWriteItems", operation_begins)
    reply = world.install()
    assert (reply.status, reply.code) == (409, "SITE_007")
    assert world.records() == []
    assert world.effects() == []


def test_whoever_checked_before_another_change_has_to_look_again(world: Any) -> None:
    """A whole change lies between this one's look at the site and its claim."""

    def other_change(**_: Any) -> None:
        events.unregister("before-call.dynamodb.TransactWriteItems", other_change)
        assert world.install({"pluginId": "other-forms"}).status == 201

    world.catalogue.add("other-forms", conflictsWith=["forms"])
    events = world.account.client("dynamodb").meta.events
    events.register("before-call.dynamodb.TransactWriteItems", other_change)
    reply = world.install()
    assert (reply.status, reply.code) == (409, "SITE_007")
    assert world.listed() == ["other-forms"]
    assert world.install().code == "PLUG_004"


def test_the_right_to_change_plugins_runs_out_with_whoever_held_it(world: Any) -> None:
    """The process dies after its claim: another request has to wait a minute, no longer."""
    world.catalogue.add("seo")

    def dies(**_: Any) -> None:
        raise KeyboardInterrupt

    events = world.account.client("secretsmanager").meta.events
    events.register("before-call.secrets-manager", dies)
    with pytest.raises(KeyboardInterrupt):
        world.install()
    events.unregister("before-call.secrets-manager", dies)
    assert world.install({"pluginId": "seo"}).code == "SITE_007"
    assert world.install().code == "PLUG_006"
    world.clock.advance(61)
    assert world.install({"pluginId": "seo"}).status == 201
    assert world.install().status == 201
    assert world.listed() == ["forms", "seo"]


@pytest.mark.parametrize("change", ["install", "configure"])
def test_a_change_that_the_sites_deletion_overtakes_says_what_the_site_does(
    world: Any, change: str
) -> None:
    """The deletion forgets the plugins while WordPress is still at work on one of them."""
    if change == "configure":
        assert world.install().status == 201
        world.api = world.started()

    def deleted(**_: Any) -> None:
        events.unregister("before-call.secrets-manager", deleted)
        for item in world.records():
            key = {name: {"S": item[name]} for name in ("PK", "SK")}
            world.account.client("dynamodb").delete_item(TableName="sites", Key=key)
        world.site(status="DEPROVISIONING")

    events = world.account.client("secretsmanager").meta.events
    events.register("before-call.secrets-manager", deleted)
    if change == "install":
        reply = world.install()
    else:
        reply = world.api.put(f"{SITE}/plugins/forms/config", {"configuration": {"columns": 2}})
    assert (reply.status, reply.code) == (422, "SITE_005")
    assert world.records() == []


def test_a_change_whose_record_is_gone_can_be_asked_for_again(world: Any) -> None:
    assert world.install().status == 201
    world.api = world.started()

    def forgotten(**_: Any) -> None:
        events.unregister("before-call.secrets-manager", forgotten)
        for item in world.records():
            key = {name: {"S": item[name]} for name in ("PK", "SK")}
            world.account.client("dynamodb").delete_item(TableName="sites", Key=key)

    events = world.account.client("secretsmanager").meta.events
    events.register("before-call.secrets-manager", forgotten)
    reply = world.api.put(f"{SITE}/plugins/forms/status", {"isActive": False})
    assert (reply.status, reply.code) == (409, "SITE_007")
    assert world.api.put(f"{SITE}/plugins/forms/status", {"isActive": False}).code == "PLUG_001"
