"""TEMPLATE_APPLICATION: theme, content and plugins after a backup, or the site goes on as it was."""

import json
from typing import Any

import pytest

from bbws_shared.operations import OperationStatus, OperationType
from bbws_shared.sites import SiteStatus

STEPS = ["back_up_site", "install_theme", "import_content", "install_plugins", "verify_site"]


def _metrics(text: str) -> dict[str, list[float]]:
    lines = [json.loads(line) for line in text.splitlines() if "_aws" in line]
    return {name: v for line in lines for name, v in line.items() if isinstance(v, list)}


def test_a_template_brings_theme_content_and_plugins_after_a_backup(
    world: Any, bistro: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    operation = bistro.apply()
    capsys.readouterr()
    assert world.deliver(operation) == []
    ended = world.stored(operation)
    assert (ended.status, ended.progress) == (OperationStatus.COMPLETED, 100)
    assert [step["name"] for step in ended.steps] == STEPS
    found = bistro.wordpress()
    assert found["theme"] == "bistro"
    assert found["content"] == {"posts": 1, "pages": 3}
    assert found["activePlugins"] == [
        "contact-form-7/contact-form-7", "yoast-seo/yoast-seo"
    ]  # fmt: skip
    site = world.site(bistro.site.site_id)
    assert (site.status, site.active_operation_id) == (SiteStatus.ACTIVE, None)
    assert (site.template_id, site.template_version) == ("bistro", "1.4.0")
    backup = world.backup(operation.inputs["backupId"])
    assert (backup["status"], site.backup_id) == ("COMPLETED", backup["backupId"])
    assert world.effects()[2:] == [
        "backup_uploaded",
        "theme_installed",
        "theme_activated",
        "content_imported",
        "package_vetted",
        "plugin_installed",
        "plugin_activated",
        "package_vetted",
        "plugin_installed",
        "plugin_activated",
    ]
    metrics = _metrics(capsys.readouterr().out)
    assert (metrics["TemplateApplied"], metrics["PluginInstalled"]) == ([1.0], [2.0])
    assert bistro.uses() == 1


def test_it_is_told_to_whoever_listens(world: Any, bistro: Any) -> None:
    operation = bistro.apply()
    world.deliver(operation)
    (event,) = world.events()
    assert event["eventType"] == "template.applied"
    assert event["correlationId"] == operation.correlation_id
    assert event["payload"] == {
        "tenantId": operation.tenant_id,
        "siteId": operation.site_id,
        "operationId": operation.operation_id,
        "templateId": "bistro",
        "templateVersion": "1.4.0",
        "backupId": operation.inputs["backupId"],
        "siteName": "Corner Shop",
    }


def test_what_it_installed_is_recorded_as_every_installed_plugin_is(
    world: Any, bistro: Any
) -> None:
    world.deliver(bistro.apply())
    records = bistro.installed()
    assert records.keys() == {"contact-form-7", "yoast-seo"}
    record = records["yoast-seo"]
    assert record.pop("installedAt").endswith("Z")
    assert record == {
        "PK": f"TENANT#{bistro.site.tenant_id}#SITE#{bistro.site.site_id}",
        "SK": "PLUGIN#yoast-seo",
        "GSI1PK": "INSTALLED#yoast-seo",
        "GSI1SK": f"{bistro.site.tenant_id}#{bistro.site.site_id}",
        "pluginId": "yoast-seo",
        "siteId": bistro.site.site_id,
        "name": "Yoast-Seo",
        "version": "1.0.0",
        "isActive": True,
        "installedBy": "me",
        "configuration": {},
        "status": "INSTALLED",
    }


def test_a_template_of_a_theme_alone_leaves_content_and_plugins(world: Any, bistro: Any) -> None:
    operation = bistro.apply(content=None, plugins=[])
    assert world.deliver(operation) == []
    assert world.stored(operation).status is OperationStatus.COMPLETED
    found = bistro.wordpress()
    assert (found["theme"], found["activePlugins"]) == ("bistro", [])
    assert [post["title"] for post in found["posts"]] == ["Hello world!", "Sample Page"]


def test_another_template_takes_the_place_of_the_first(world: Any, bistro: Any) -> None:
    bistro.publish("brasserie")
    world.deliver(bistro.apply())
    world.deliver(bistro.apply(templateId="brasserie", templateVersion="2.0.0"))
    site = world.site(bistro.site.site_id)
    assert (site.template_id, site.template_version) == ("brasserie", "2.0.0")
    assert (bistro.uses("bistro"), bistro.uses("brasserie")) == (0, 1)


def test_a_new_version_of_the_same_template_is_no_second_use(world: Any, bistro: Any) -> None:
    world.deliver(bistro.apply())
    world.deliver(bistro.apply(templateVersion="1.5.0"))
    assert world.site(bistro.site.site_id).template_version == "1.5.0"
    assert bistro.uses() == 1


@pytest.mark.parametrize("before", ["deleted", "written anew"])
def test_entries_that_are_gone_are_not_brought_back_by_counting(
    world: Any, bistro: Any, before: str
) -> None:
    """The site's former template was deleted, perhaps written anew; the new one is gone as well."""
    world.account.put(world.site(bistro.site.site_id).changed("x", template_id="old").to_item())
    if before == "written anew":
        bistro.publish("old")
    operation = bistro.apply(templateId="gone")
    assert world.deliver(operation) == []
    assert world.stored(operation).status is OperationStatus.COMPLETED
    assert world.site(bistro.site.site_id).template_id == "gone"
    entries = [i["templateId"] for i in world.account.items() if i["PK"] == "TEMPLATE"]
    assert sorted(entries) == ["bistro", *(["old"] if before == "written anew" else [])]
    if before == "written anew":
        assert bistro.uses("old") is None


@pytest.mark.parametrize(
    ("path", "failed", "backup"),
    [
        ("/backups$", "back_up_site", "FAILED"),
        ("/theme$", "install_theme", "COMPLETED"),
        ("/imports$", "import_content", "COMPLETED"),
        ("/packages/plugins/", "install_plugins", "COMPLETED"),
    ],
)
def test_a_refusal_leaves_the_site_active_and_says_why(
    world: Any, bistro: Any, path: str, failed: str, backup: str
) -> None:
    operation = bistro.apply()
    world.control.add_fault("status", path=path, status=422, message="Not with this file.")
    assert world.deliver(operation) == []
    ended, site = world.stored(operation), world.site(bistro.site.site_id)
    assert ended.status is OperationStatus.FAILED
    assert ended.error == {
        "code": "WP_001",
        "message": "WordPress refused this: Not with this file.",
        "suggestion": "Correct what WordPress names and try again, or contact support.",
    }
    assert [s["name"] for s in ended.steps if s["status"] == "FAILED"] == [failed]
    assert (site.status, site.active_operation_id) == (SiteStatus.ACTIVE, None)
    assert site.template_id is None
    assert world.backup(operation.inputs["backupId"])["status"] == backup
    (event,) = world.events()
    assert event["eventType"] == "template.application_failed"
    assert event["payload"]["error"] == ended.error
    assert event["payload"].get("backupId") == (
        operation.inputs["backupId"] if backup == "COMPLETED" else None
    )
    assert bistro.uses() is None
    assert bistro.installed() == {}


def test_an_outage_ends_it_on_the_third_receive_and_it_can_be_tried_again(
    world: Any, bistro: Any
) -> None:
    operation = bistro.apply()
    world.control.add_fault("status", path="/imports$", status=500)
    for receives in (1, 2, 3):
        assert world.deliver(operation, receives) != []
        world.clock.advance(600)
    ended = world.stored(operation)
    assert (ended.status, ended.next_step()) == (OperationStatus.FAILED, "import_content")
    assert "could not be reached" in ended.error["message"]
    assert world.site(bistro.site.site_id).status is SiteStatus.ACTIVE
    world.control.clear_faults()
    again = ended.retried(ended.updated_at)
    site = world.site(bistro.site.site_id)
    busy = site.changed(site.updated_at, active_operation_id=again.operation_id)
    world.account.put(again.to_item())
    world.account.put(busy.to_item())
    assert world.deliver(again) == []
    assert world.stored(again).status is OperationStatus.COMPLETED
    assert len(world.effects("backup_uploaded")) == 1
    assert [e["eventType"] for e in world.events()] == [
        "template.application_failed", "template.applied"
    ]  # fmt: skip


def test_what_does_not_look_as_it_should_is_looked_at_again(world: Any, bistro: Any) -> None:
    operation = bistro.apply()
    network = world.wordpress.state.networks[bistro.site.tenant_id]
    blog = network.managed_sites()[0]
    world.control.add_fault("cut", path=f"/sites/{blog.id}$", method="GET", times=1)
    assert world.deliver(operation) != []
    blog.stylesheet = "twentytwentyfour"
    assert world.deliver(operation, receives=2) != []
    blog.stylesheet = "bistro"
    blog.active_plugins.clear()
    assert world.deliver(operation, receives=3) != []
    ended = world.stored(operation)
    assert (ended.status, ended.next_step()) == (OperationStatus.FAILED, "verify_site")
    assert world.site(bistro.site.site_id).template_id is None


def test_a_restore_rolls_the_application_back(world: Any, bistro: Any) -> None:
    before = bistro.wordpress()
    operation = bistro.apply()
    world.deliver(operation)
    site, backup_id = world.site(bistro.site.site_id), operation.inputs["backupId"]
    world.deliver(world.begin(OperationType.SITE_RESTORE, site, backupId=backup_id))
    after = bistro.wordpress()
    for what in ("theme", "posts", "activePlugins"):
        assert after[what] == before[what]
