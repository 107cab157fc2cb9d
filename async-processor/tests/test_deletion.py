"""SITE_DELETION and SITE_PURGE: a backup first, and nothing is lost before its time."""

from typing import Any

import pytest

from bbws_shared.attributes import to_attributes
from bbws_shared.operations import OperationStatus, OperationType
from bbws_shared.sites import Environment, Site, SiteStatus


@pytest.fixture
def site(world: Any) -> Site:
    made, operation = world.create()
    world.deliver(operation)
    world.events()
    active: Site = world.site(made.site_id)
    return active


def _backup_object(world: Any, site: Site) -> int:
    backup = world.item("BACKUP#")
    answer = world.account.client("s3").head_object(
        Bucket="bbws-wp-backups-dev", Key=backup["objectKey"]
    )
    assert backup["objectKey"].startswith(f"{site.tenant_id}/{site.site_id}/")
    size: int = answer["ContentLength"]
    assert backup["bytes"] == size
    return size


def test_a_site_is_backed_up_and_then_gone(world: Any, site: Site) -> None:
    operation = world.begin_deletion(site)
    assert world.deliver(operation) == []
    assert world.site(site.site_id).status is SiteStatus.DELETED
    assert world.stored(operation).status is OperationStatus.COMPLETED
    assert world.item("BACKUP#")["status"] == "COMPLETED"
    assert _backup_object(world, site) > 0
    effects = world.effects()
    assert effects.index("backup_uploaded") < effects.index("site_deleted")
    assert world.quota() == 0
    assert not world.has_address()
    (event,) = world.events()
    assert event["eventType"] == "site.deleted"
    assert event["payload"]["backupId"] == world.item("BACKUP#")["backupId"]
    assert world.site(site.site_id).expires_at is not None


def test_a_deletion_delivered_again_deletes_nothing_twice(world: Any, site: Site) -> None:
    operation = world.begin_deletion(site)
    for _ in range(3):
        world.deliver(operation)
    assert world.effects("site_deleted") == ["site_deleted"]
    assert world.effects("backup_uploaded") == ["backup_uploaded"]
    assert world.quota() == 0


def test_its_installed_plugins_are_forgotten(world: Any, site: Site) -> None:
    for plugin_id in ("one", "two"):
        world.install_record(site, plugin_id)
    world.deliver(world.begin_deletion(site))
    assert not [i for i in world.account.items() if i["SK"].startswith("PLUGIN#")]


def test_its_template_has_a_user_less(world: Any, site: Site) -> None:
    world.use_template(site, "bistro", users=2)
    world.deliver(world.begin_deletion(world.site(site.site_id)))
    assert world.item("TEMPLATE#bistro")["usedBy"] == 1
    assert world.site(site.site_id).template_id is None


def test_without_a_backup_nothing_is_deleted(world: Any, site: Site) -> None:
    operation = world.begin_deletion(site)
    world.control.add_fault("status", path="/backups", status=500)
    for receives in (1, 2, 3):
        assert world.deliver(operation, receives) != []
    assert world.site(site.site_id).status is SiteStatus.FAILED
    assert world.effects("site_deleted") == []
    assert world.item("BACKUP#")["status"] == "FAILED"
    assert world.quota() == 1
    assert [e["eventType"] for e in world.events()] == ["site.deletion_failed"]


def test_a_failed_deletion_can_be_asked_for_again(world: Any, site: Site) -> None:
    world.control.add_fault("status", path="/backups", status=403, code="rest_forbidden")
    world.deliver(world.begin_deletion(site))
    world.control.clear_faults()
    failed = world.site(site.site_id)
    assert failed.status is SiteStatus.FAILED
    world.deliver(world.begin_deletion(failed))
    assert world.site(site.site_id).status is SiteStatus.DELETED


def test_a_prod_site_goes_offline_and_waits(world: Any) -> None:
    made, creation = world.create(environment=Environment.PROD)
    world.deliver(creation)
    world.events()
    site = world.site(made.site_id)
    operation = world.begin_deletion(site, purge_after="2026-01-26T08:00:00.000Z")
    world.deliver(operation)
    waiting = world.site(site.site_id)
    assert waiting.status is SiteStatus.DEPROVISIONING
    assert waiting.active_operation_id is None
    assert world.effects("site_deleted") == []
    assert world.quota() == 1
    (event,) = world.events()
    assert event["eventType"] == "site.deletion_scheduled"
    assert event["payload"]["purgeAfter"] == "2026-01-26T08:00:00.000Z"
    world.tick()
    assert world.queued(OperationType.SITE_PURGE) == []
    world.clock.advance(24 * 3600 + 61)
    world.tick()
    world.tick()
    (message,) = world.queued(OperationType.SITE_PURGE)
    purge = world.stored(
        world.operation(OperationType.SITE_PURGE, site, message["payload"]["operationId"])
    )
    world.deliver(purge)
    assert world.site(site.site_id).status is SiteStatus.DELETED
    assert world.effects("site_deleted") == ["site_deleted"]
    assert world.quota() == 0


def test_a_site_whose_creation_was_cut_off_is_found_and_deleted(world: Any) -> None:
    """WordPress built it, but nobody learnt its id."""
    made, creation = world.create()
    world.control.add_fault("cutAfter", path="/bbws/v1/sites$", method="POST")
    for receives in (1, 2, 3):
        world.deliver(creation, receives)
    world.control.clear_faults()
    failed = world.site(made.site_id)
    assert (failed.status, failed.wordpress_site_id) == (SiteStatus.FAILED, None)
    world.deliver(world.begin_deletion(failed))
    assert world.effects("site_deleted") == ["site_deleted"]
    assert world.site(made.site_id).status is SiteStatus.DELETED
    assert world.quota() == 0


def test_a_site_that_holds_nothing_releases_nothing(world: Any) -> None:
    made, creation = world.create()
    world.control.add_fault("status", status=400, times=1)
    world.deliver(creation)
    other, _ = world.create()
    assert world.quota() == 1
    world.deliver(world.begin_deletion(world.site(made.site_id)))
    assert world.site(made.site_id).status is SiteStatus.DELETED
    assert world.quota() == 1
    assert world.item("ENV#DEV")["siteId"] == other.site_id


def test_a_backup_goes_on_at_its_cursor(world: Any, site: Site) -> None:
    operation = world.begin_deletion(site)
    world.deliver(operation)
    calls = [r for r in world.control.requests() if r["path"].endswith("/backups")]
    assert len(calls) > 1, "the simulator works in batches"
    assert world.stored(operation).facts["backupCursor"]


def test_an_installed_plugin_of_another_site_stays(world: Any, site: Site) -> None:
    item = {"PK": f"TENANT#{site.tenant_id}#SITE#site-other", "SK": "PLUGIN#one"}
    world.account.client("dynamodb").put_item(TableName="sites", Item=to_attributes(item))
    world.deliver(world.begin_deletion(site))
    assert world.item("PLUGIN#")["PK"] == item["PK"]


def test_a_retirement_that_still_runs_is_not_overtaken_by_its_purge(world: Any) -> None:
    site, creation = world.create(environment=Environment.PROD)
    world.deliver(creation)
    operation = world.begin_deletion(
        world.site(site.site_id), purge_after="2026-01-25T08:00:00.000Z"
    )
    world.clock.advance(600)
    world.tick()
    waiting = world.site(site.site_id)
    assert waiting.active_operation_id == operation.operation_id
    assert waiting.purge_after is not None
