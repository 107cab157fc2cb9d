"""POST …/plugins when WordPress refuses, is slow or is gone: told plainly, and repeatable."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, TENANT, Api
from plugins.app import build_app
from plugins.settings import Settings

SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad91"
OTHER_SITE_ID = SITE_ID.removesuffix("91") + "92"
SITE = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}"


def _works_again(world: Any) -> None:
    """The same request succeeds, for the failed one left no claim."""
    assert world.records() == []
    world.control.clear_faults()
    reply = world.install(headers={"Idempotency-Key": "order-7"})
    assert (reply.status, "idempotent-replayed" in reply.headers) == (201, False)
    remaining = world.effects().count("plugin_installed") - world.effects().count("plugin_deleted")
    assert remaining == 1
    assert world.listed() == ["forms"]


def test_a_refusal_of_wordpress_is_told_and_can_be_tried_again(
    world: Any, promised: Callable[[str, Any], None], counted: Callable[[str], float]
) -> None:
    world.control.add_fault(
        "status", status=403, code="bbws_plugin_not_vetted", message="No.", method="POST"
    )
    reply = world.install(headers={"Idempotency-Key": "order-7"})
    assert (reply.status, reply.code) == (502, "WP_001")
    assert reply.headers["retry-after"] == "30"
    assert reply.json["error"]["details"] == {
        "wordpressCode": "bbws_plugin_not_vetted",
        "wordpressMessage": "No.",
    }
    promised("Error", reply.json)
    assert counted("PluginInstalled") == 0
    _works_again(world)


def test_a_package_with_another_digest_is_not_installed(world: Any) -> None:
    plugin = world.catalogue.add()
    (release,) = plugin["releases"]
    world.catalogue.add(releases=[{**release, "sha256": "0" * 64}])
    reply = world.install()
    assert (reply.status, reply.code) == (502, "WP_001")
    assert reply.json["error"]["details"]["wordpressCode"] == "bbws_checksum_mismatch"
    world.catalogue.add()
    _works_again(world)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "cut"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 429, "code": "slow_down"},
        {"kind": "status", "status": 200, "body": "<html>"},
        {"kind": "status", "status": 200, "body": {"a": 1}},
    ],
)
def test_a_failure_of_wordpress_is_a_bad_gateway(world: Any, fault: dict[str, Any]) -> None:
    kind = fault.pop("kind")
    world.control.add_fault(kind, **fault)
    reply = world.install(headers={"Idempotency-Key": "order-7"})
    assert (reply.status, reply.code) == (502, "WP_001")
    _works_again(world)


@pytest.mark.parametrize(
    ("kind", "effects"),
    [
        ("timeout", ["package_vetted"]),
        (
            "latencyAfter",
            [
                "package_vetted",
                "plugin_installed",
                "plugin_activated",
                "plugin_deactivated",
                "plugin_deleted",
            ],
        ),
    ],
)
def test_a_time_out_is_told_as_one_whether_or_not_the_plugin_came(
    world: Any,
    variables: dict[str, str],
    counted: Callable[[str], float],
    kind: str,
    effects: list[str],
) -> None:
    settings = Settings.load({**variables, "WORDPRESS_BASE_URL": world.wordpress.url})
    app = build_app(settings, world.account.client, world.clock, wordpress_seconds=0.5)
    world.control.add_fault(kind, seconds=60, method="POST", path="/wp/v2/plugins")
    key = {"Idempotency-Key": "order-7"}
    reply = Api(app).post(f"{SITE}/plugins", {"pluginId": "forms"}, headers=key)
    assert (reply.status, reply.code) == (504, "WP_002")
    assert reply.headers["retry-after"] == "30"
    assert counted("WordPressAPITimeout") == 1
    assert world.effects() == effects
    _works_again(world)


def test_many_slow_answers_do_not_outlast_the_request(
    world: Any, variables: dict[str, str]
) -> None:
    """Each comes in time, all together do not."""
    settings = Settings.load({**variables, "WORDPRESS_BASE_URL": world.wordpress.url})
    app = build_app(settings, world.account.client, world.clock, wordpress_seconds=0.5)
    world.control.add_fault("latency", seconds=0.2)
    reply = Api(app).post(f"{SITE}/plugins", {"pluginId": "forms"})
    assert (reply.status, reply.code) == (504, "WP_002")
    assert world.listed() == []
    world.control.clear_faults()
    _works_again(world)


@pytest.mark.parametrize("kind", ["wrongTenant", "noTenant", "misrouted"])
def test_an_answer_of_another_tenants_wordpress_is_not_trusted(world: Any, kind: str) -> None:
    world.control.add_fault(kind)
    reply = world.install(headers={"Idempotency-Key": "order-7"})
    assert (reply.status, reply.code) == (502, "WP_001")
    assert reply.json["error"]["details"] == {}
    assert OTHER_TENANT not in reply.text
    _works_again(world)


def test_a_missing_password_is_our_matter_and_not_shown(world: Any) -> None:
    secrets = world.account.client("secretsmanager")
    name = f"bbws/wp/{TENANT}/wp-app-password"
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    reply = world.install()
    assert (reply.status, reply.code) == (502, "WP_001")
    assert reply.json["error"]["details"] == {}
    assert "password" not in reply.text
    assert world.records() == []


def test_an_installation_that_fails_half_way_leaves_no_trace(world: Any) -> None:
    world.control.add_fault("status", status=500, path="/settings$", times=1)
    body = {"pluginId": "forms", "configuration": {"mailTo": "me@shop.example"}}
    assert world.install(body).status == 502
    assert world.listed() == []
    assert world.records() == []
    (site,) = world.control.state(TENANT)["sites"]
    assert site["activePlugins"] == []
    assert "forms/forms" not in {p["plugin"] for p in world.control.state(TENANT)["plugins"]}
    assert world.install(body).status == 201
    assert world.listed() == ["forms"]


def test_what_was_there_before_a_failed_installation_is_there_after_it(world: Any) -> None:
    """Another site of the tenant has the same version."""
    world.site(OTHER_SITE_ID, "other")
    other = SITE.replace(SITE_ID, OTHER_SITE_ID)
    assert world.api.post(f"{other}/plugins", {"pluginId": "forms"}).status == 201
    world.control.add_fault("status", status=500, path="/settings$")
    body = {"pluginId": "forms", "configuration": {"mailTo": "me@shop.example"}}
    assert world.install(body).status == 502
    assert world.records() == []
    assert world.active_in_wordpress() == [[], ["forms/forms"]]
    assert world.version_in_wordpress() == "2.1.0"


def test_what_cannot_be_taken_back_is_found_by_the_next_request(world: Any) -> None:
    world.control.add_fault("status", status=500, path="/settings$")
    world.control.add_fault("status", status=500, method="DELETE")
    body = {"pluginId": "forms", "configuration": {"mailTo": "me@shop.example"}}
    assert world.install(body).status == 502
    assert (world.records(), world.version_in_wordpress()) == ([], "2.1.0")
    world.control.clear_faults()
    assert world.install(body).status == 201
    assert world.effects().count("plugin_installed") == 1


def test_a_claim_whose_holder_died_runs_out(world: Any) -> None:
    world.record("forms", status="INSTALLING", claimedUntil="2026-01-25T08:00:59.000Z")
    reply = world.install()
    assert (reply.status, reply.code) == (409, "PLUG_006")
    assert world.listed() == []
    world.clock.advance(60)
    assert world.install().status == 201
    assert world.listed() == ["forms"]


def test_an_outage_of_ours_shows_nothing_of_the_inside(world: Any) -> None:
    secrets = world.account.client("secretsmanager")
    secrets.put_secret_value(SecretId=f"bbws/wp/{TENANT}/wp-app-password", SecretString="no JSON")
    reply = world.install()
    assert (reply.status, reply.code) == (502, "WP_001")
    assert reply.json["error"]["details"] == {}
    for word in ("Traceback", "JSON", "secret", "dynamodb"):
        assert word not in reply.text
