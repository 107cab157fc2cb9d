"""SITE_UPDATE, SITE_STATUS, SITE_BACKUP, SITE_RESTORE: done once, or the site is as it was."""

from typing import Any

import pytest

from bbws_local.testing import TENANT
from bbws_shared import keys
from bbws_shared.operations import OperationStatus, OperationType
from bbws_shared.sites import Environment, SiteStatus


def _wordpress(world: Any, site_id: str) -> dict[str, Any]:
    sites = world.control.state(TENANT)["sites"]
    found: dict[str, Any] = next(s for s in sites if s["externalId"] == site_id)
    return found


def test_an_update_changes_wordpress_and_then_the_site(world: Any) -> None:
    site = world.active()
    operation = world.begin(
        OperationType.SITE_UPDATE, site, siteName="New", configuration={"tagline": "Fresh"}
    )
    assert world.deliver(operation) == []
    updated = world.site(site.site_id)
    assert updated.site_name == "New"
    assert updated.configuration == {**site.configuration, "tagline": "Fresh"}
    assert updated.active_operation_id is None
    assert _wordpress(world, site.site_id)["tagline"] == "Fresh"
    assert [event["eventType"] for event in world.events()] == ["site.updated"]


def test_a_new_name_alone_asks_nothing_of_wordpress(world: Any) -> None:
    site = world.active()
    before = world.effects()
    assert world.deliver(world.begin(OperationType.SITE_UPDATE, site, siteName="New")) == []
    assert world.effects() == before
    assert world.site(site.site_id).site_name == "New"


@pytest.mark.parametrize(
    ("kind", "inputs", "event"),
    [
        (OperationType.SITE_UPDATE, {"configuration": {"title": "x"}}, "site.update_failed"),
        (OperationType.SITE_STATUS, {"status": "SUSPENDED"}, "site.status_change_failed"),
    ],
)
def test_a_change_that_wordpress_refuses_leaves_the_site_as_it_was(
    world: Any, kind: OperationType, inputs: dict[str, Any], event: str
) -> None:
    site = world.active()
    world.control.add_fault("status", method="PUT", status=400, message="No such language.")
    operation = world.begin(kind, site, **inputs)
    assert world.deliver(operation) == []
    ended = world.stored(operation)
    assert ended.status is OperationStatus.FAILED
    assert ended.error is not None
    assert "No such language." in ended.error["message"]
    unchanged = world.site(site.site_id)
    assert (unchanged.status, unchanged.configuration) == (SiteStatus.ACTIVE, site.configuration)
    assert unchanged.active_operation_id is None
    assert [e["eventType"] for e in world.events()] == [event]


def test_a_site_is_suspended_with_a_reason_and_taken_online_again(world: Any) -> None:
    site = world.active()
    world.deliver(world.begin(OperationType.SITE_STATUS, site, status="SUSPENDED", reason="unpaid"))
    suspended = world.site(site.site_id)
    assert (suspended.status, suspended.status_reason) == (SiteStatus.SUSPENDED, "unpaid")
    assert _wordpress(world, site.site_id)["status"] == "suspended"
    world.deliver(world.begin(OperationType.SITE_STATUS, suspended, status="ACTIVE"))
    active = world.site(site.site_id)
    assert (active.status, active.status_reason) == (SiteStatus.ACTIVE, None)
    assert _wordpress(world, site.site_id)["status"] == "active"


def _backed_up(world: Any, site: Any) -> str:
    backup_id: str = world.plan_backup(site)
    operation = world.begin(OperationType.SITE_BACKUP, site, backupId=backup_id)
    assert world.deliver(operation) == []
    return backup_id


def test_a_backup_is_an_object_with_its_digest(world: Any) -> None:
    site = world.active()
    backup_id = _backed_up(world, site)
    backup = world.backup(backup_id)
    assert backup["status"] == "COMPLETED"
    assert len(backup["sha256"]) == 64
    found = world.account.client("s3").head_object(
        Bucket="bbws-wp-backups-dev", Key=backup["objectKey"]
    )
    assert found["ContentLength"] == backup["bytes"]
    assert world.site(site.site_id).backup_id == backup_id
    assert [e["eventType"] for e in world.events()] == ["site.backed_up"]


def test_a_backup_that_fails_says_so(world: Any) -> None:
    site = world.active()
    backup_id = world.plan_backup(site)
    world.control.add_fault("status", path="/backups$", status=400, message="No space.")
    world.deliver(world.begin(OperationType.SITE_BACKUP, site, backupId=backup_id))
    assert world.backup(backup_id)["status"] == "FAILED"
    assert world.site(site.site_id).status is SiteStatus.ACTIVE
    assert world.site(site.site_id).backup_id is None


def test_a_restore_brings_back_what_the_backup_holds(world: Any) -> None:
    site = world.active()
    backup_id = _backed_up(world, site)
    changed = world.site(site.site_id)
    world.deliver(
        world.begin(OperationType.SITE_UPDATE, changed, configuration={"tagline": "Worse"})
    )
    assert _wordpress(world, site.site_id)["tagline"] == "Worse"
    world.events()
    operation = world.begin(
        OperationType.SITE_RESTORE, world.site(site.site_id), backupId=backup_id
    )
    assert world.deliver(operation) == []
    assert _wordpress(world, site.site_id)["tagline"] == "All you need"
    assert world.site(site.site_id).status is SiteStatus.ACTIVE
    assert [e["eventType"] for e in world.events()] == ["site.restored"]


def test_a_restore_brings_back_the_records_of_what_it_restores(world: Any) -> None:
    """Settings, template and plugins; what became of a plugin's files since is said as it is."""
    site = world.active(configuration={"title": "Shop", "tagline": "All you need"})
    pk, sk = keys.template("bistro")
    world.account.put({"PK": pk, "SK": sk, "templateId": "bistro", "usedBy": 1})
    for plugin_id in ("akismet", "gone"):
        world.install_record(site, plugin_id, version="5.0", configuration={"limit": 7})
    backup_id = _backed_up(world, site.changed(site.updated_at, template_id="bistro"))
    changed = world.site(site.site_id)
    world.account.put(
        changed.changed(
            changed.updated_at, template_id=None, configuration={"title": "Other"}
        ).to_item()
    )
    world.account.put({"PK": pk, "SK": sk, "templateId": "bistro", "usedBy": 0})
    world.install_record(site, "akismet", version="5.5", configuration={})
    world.install_record(site, "later")
    world.events()
    operation = world.begin(
        OperationType.SITE_RESTORE, world.site(site.site_id), backupId=backup_id
    )
    assert world.deliver(operation) == []
    restored = world.site(site.site_id)
    assert restored.configuration["title"] == "Shop"
    assert restored.template_id == "bistro"
    assert world.item("TEMPLATE#bistro")["usedBy"] == 1
    (plugin,) = [i for i in world.account.items() if i["SK"].startswith("PLUGIN#")]
    assert (plugin["pluginId"], plugin["version"]) == ("akismet", "5.5")
    assert plugin["configuration"] == {"limit": 7}
    assert plugin["isActive"] is False
    assert plugin["GSI1PK"] == "INSTALLED#akismet"
    (event,) = world.events()
    assert event["payload"]["pluginsMissing"] == ["gone"]


def test_a_restore_within_the_grace_calls_the_deletion_off(world: Any) -> None:
    site = world.active(environment=Environment.PROD)
    deletion = world.begin_deletion(site, purge_after="2026-01-26T08:00:00.000Z")
    world.deliver(deletion)
    waiting = world.site(site.site_id)
    assert _wordpress(world, site.site_id)["status"] == "suspended"
    operation = world.begin(OperationType.SITE_RESTORE, waiting, backupId=waiting.backup_id)
    assert world.deliver(operation) == []
    back = world.site(site.site_id)
    assert (back.status, back.purge_after) == (SiteStatus.ACTIVE, None)
    assert _wordpress(world, site.site_id)["status"] == "active"
    world.clock.advance(25 * 3600)
    world.tick()
    assert world.site(site.site_id).status is SiteStatus.ACTIVE
    assert world.queued(OperationType.SITE_PURGE) == []


def test_a_restore_that_fails_within_the_grace_leaves_the_purge_to_come(world: Any) -> None:
    site = world.active(environment=Environment.PROD)
    world.deliver(world.begin_deletion(site, purge_after="2026-01-26T08:00:00.000Z"))
    waiting = world.site(site.site_id)
    world.control.add_fault("status", path="/restores$", status=400)
    world.deliver(world.begin(OperationType.SITE_RESTORE, waiting, backupId=waiting.backup_id))
    still = world.site(site.site_id)
    assert (still.status, still.purge_after) == (waiting.status, waiting.purge_after)
    world.clock.advance(25 * 3600)
    world.tick()
    assert len(world.queued(OperationType.SITE_PURGE)) == 1
