"""A template's plugins: vetted again, in the version that is there, and never over a request's."""

import json
from typing import Any

import pytest

from bbws_shared.operations import OperationStatus
from bbws_shared.sites import SiteStatus

VULNERABLE = {
    "id": "v-1",
    "title": "Stored XSS",
    "cvssScore": 7.2,
    "affectedVersions": [
        {"fromVersion": "*", "fromInclusive": True, "toVersion": "1.0.0", "toInclusive": True}
    ],
    "patchedVersions": [],
}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"vetting": "BLOCKLISTED", "blocklistReason": "A back door."}, "PLUG_002"),
        ({"vulnerabilities": [VULNERABLE]}, "PLUG_003"),
    ],
)
def test_what_became_forbidden_since_the_request_stops_it_before_the_site_is_touched(
    world: Any,
    bistro: Any,
    capsys: pytest.CaptureFixture[str],
    fields: dict[str, Any],
    code: str,
) -> None:
    operation = bistro.apply()
    before = bistro.wordpress()
    bistro.offer("yoast-seo", **fields)
    capsys.readouterr()
    assert world.deliver(operation) == []
    ended, site = world.stored(operation), world.site(bistro.site.site_id)
    assert (ended.status, ended.error["code"]) == (OperationStatus.FAILED, code)
    assert "yoast-seo" in ended.error["message"]
    assert (site.status, site.template_id) == (SiteStatus.ACTIVE, None)
    assert bistro.wordpress() == before
    assert bistro.installed() == {}
    (event,) = world.events()
    assert event["payload"]["error"]["code"] == code
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert any(line.get("PluginSecurityBlocked") == [1.0] for line in lines)


def test_what_becomes_forbidden_between_two_steps_is_not_installed(world: Any, bistro: Any) -> None:
    """The blocklisting comes while WordPress fetches the first plugin."""
    operation = bistro.apply()
    world.control.add_fault("cut", path="/packages/plugins/yoast-seo", times=1)
    assert world.deliver(operation) != []
    bistro.offer("yoast-seo", vetting="BLOCKLISTED")
    assert world.deliver(operation, receives=2) == []
    ended = world.stored(operation)
    assert (ended.status, ended.error["code"]) == (OperationStatus.FAILED, "PLUG_002")
    assert [s["name"] for s in ended.steps if s["status"] == "FAILED"] == ["install_plugins"]
    assert bistro.installed().keys() == {"contact-form-7"}
    assert bistro.wordpress()["activePlugins"] == ["contact-form-7/contact-form-7"]


def test_a_plugin_that_left_the_catalogue_stops_it(world: Any, bistro: Any) -> None:
    operation = bistro.apply(plugins=["contact-form-7", "gone"])
    assert world.deliver(operation) == []
    assert world.stored(operation).error["code"] == "TEMP_002"


def test_a_plugin_that_the_site_has_keeps_its_record_and_is_active(world: Any, bistro: Any) -> None:
    bistro.offer("yoast-seo", "1.1.0", "1.0.0")
    bistro.install("yoast-seo", isActive=False, configuration={"a": 1}, installedBy="you")
    operation = bistro.apply()
    assert world.deliver(operation) == []
    record = bistro.installed()["yoast-seo"]
    assert record["isActive"] is True
    assert (record["configuration"], record["installedBy"]) == ({"a": 1}, "you")
    assert record["version"] == "1.0.0", "not the latest: it is no update"
    assert "yoast-seo/yoast-seo" in bistro.wordpress()["activePlugins"]
    assert world.stored(operation).facts["pluginsInstalled"] == ["contact-form-7"]


def test_a_plugin_of_the_network_is_taken_in_its_version_when_that_is_well(
    world: Any, bistro: Any
) -> None:
    """Another site of the tenant has an older version; a network has one copy for all."""
    world.deliver(bistro.apply(templateId="other", plugins=["yoast-seo"]))
    world.account.client("dynamodb").delete_item(
        TableName="sites",
        Key={
            "PK": {"S": bistro.installed()["yoast-seo"]["PK"]},
            "SK": {"S": "PLUGIN#yoast-seo"},
        },
    )
    bistro.offer("yoast-seo", "1.1.0", "1.0.0")
    world.deliver(bistro.apply())
    assert bistro.installed()["yoast-seo"]["version"] == "1.0.0"
    bistro.offer("yoast-seo", "1.1.0", "1.0.0", vulnerabilities=[VULNERABLE])
    refused = bistro.apply()
    world.deliver(refused)
    assert world.stored(refused).error["code"] == "PLUG_003"
    bistro.offer("yoast-seo", "1.1.0")
    unknown = bistro.apply()
    world.deliver(unknown)
    assert world.stored(unknown).error["code"] == "PLUG_004"


def test_while_a_request_installs_the_plugin_it_waits(world: Any, bistro: Any) -> None:
    operation = bistro.apply()
    claim = {"status": "INSTALLING", "claimId": "c", "claimedUntil": "2026-01-25T08:01:00.000Z"}
    bistro.install("yoast-seo", **claim)
    assert world.deliver(operation) != []
    assert bistro.installed()["yoast-seo"]["claimId"] == "c"
    world.clock.advance(61)
    assert world.deliver(operation, receives=2) == []
    assert world.stored(operation).status is OperationStatus.COMPLETED
    assert bistro.installed()["yoast-seo"]["status"] == "INSTALLED"


def test_a_record_that_vanishes_meanwhile_is_looked_at_again(world: Any, bistro: Any) -> None:
    """A request uninstalled the plugin between this step's look and its write."""
    bistro.install("yoast-seo", isActive=False)
    operation = bistro.apply()
    key = bistro.installed()["yoast-seo"]
    waiting = [1]

    def uninstall(model: Any, params: dict[str, Any], **_: Any) -> None:
        if waiting and "PLUGIN#yoast-seo" in str(params["body"]):
            waiting.pop()
            keys = {"PK": {"S": key["PK"]}, "SK": {"S": key["SK"]}}
            world.account.client("dynamodb").delete_item(TableName="sites", Key=keys)

    events = world.account.client("dynamodb").meta.events
    events.register("before-call.dynamodb.UpdateItem", uninstall)
    assert world.deliver(operation) != []
    assert world.deliver(operation, receives=2) == []
    assert bistro.installed()["yoast-seo"]["isActive"] is True
