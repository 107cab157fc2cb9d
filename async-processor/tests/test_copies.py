"""SITE_CLONE and SITE_PROMOTION: the same content under another address, the source let go."""

from typing import Any

import pytest

from bbws_local.testing import TENANT
from bbws_shared.operations import Operation, OperationStatus, OperationType
from bbws_shared.sites import Environment, Site, SiteStatus


def _wordpress(world: Any, site_id: str) -> dict[str, Any]:
    sites = world.control.state(TENANT)["sites"]
    found: dict[str, Any] = next(s for s in sites if s["externalId"] == site_id)
    return found


def _begin(world: Any, source: Site, kind: OperationType, **fields: Any) -> tuple[Site, Operation]:
    """A copy as sites-service stores it: a new site, and the source held by its operation."""
    target, creation = world.create(**fields)
    source_backup = world.plan_backup(source)
    operation = world.operation(
        kind,
        target,
        creation.operation_id,
        sourceSiteId=source.site_id,
        sourceBackupId=source_backup,
        isRefresh=False,
    )
    world.account.put(operation.to_item())
    held = source.changed(target.created_at, active_operation_id=operation.operation_id)
    world.account.put(held.to_item())
    return target, operation


@pytest.fixture
def source(world: Any) -> Site:
    site: Site = world.active(configuration={"title": "Shop", "tagline": "Original"})
    world.install_record(site, "forms")
    return site


def test_a_clone_has_the_sources_content_and_plugins(world: Any, source: Site) -> None:
    target, operation = _begin(
        world, source, OperationType.SITE_CLONE, subdomain="second-shop", configuration={}
    )
    assert world.deliver(operation) == []
    clone = world.site(target.site_id)
    assert clone.status is SiteStatus.ACTIVE
    assert clone.configuration["tagline"] == "Original"
    copied = _wordpress(world, target.site_id)
    assert copied["tagline"] == "Original"
    assert copied["url"] == "https://second-shop.wpdev.bbws.io"
    assert len(world.effects("site_copied")) == 1
    plugins = [i for i in world.account.items() if i["SK"] == "PLUGIN#forms"]
    assert {plugin["siteId"] for plugin in plugins} == {source.site_id, target.site_id}
    assert world.site(source.site_id).active_operation_id is None
    (event,) = world.events()
    assert event["eventType"] == "site.cloned"
    assert event["payload"]["sourceSiteId"] == source.site_id


def test_a_clone_uses_the_sources_template_too(world: Any, source: Site) -> None:
    world.use_template(source, "bistro", users=1)
    _, operation = _begin(
        world,
        world.site(source.site_id),
        OperationType.SITE_CLONE,
        subdomain="second-shop",
        configuration={},
    )
    assert world.deliver(operation) == []
    assert world.item("TEMPLATE#bistro")["usedBy"] == 2


def test_a_promotion_backs_the_source_up_first(world: Any, source: Site) -> None:
    target, operation = _begin(
        world, source, OperationType.SITE_PROMOTION, environment=Environment.SIT
    )
    assert world.deliver(operation) == []
    assert world.backup(operation.inputs["sourceBackupId"])["status"] == "COMPLETED"
    promoted = world.site(target.site_id)
    assert (promoted.status, promoted.url) == (
        SiteStatus.ACTIVE,
        "https://corner-shop.wpsit.bbws.io",
    )
    effects = world.effects()
    assert effects.index("backup_uploaded") < effects.index("site_copied")
    assert [e["eventType"] for e in world.events()] == ["site.promoted"]


def test_a_refresh_backs_both_up_and_keeps_the_address(world: Any, source: Site) -> None:
    there = world.active(environment=Environment.SIT, configuration={"tagline": "Older"})
    source_backup, own_backup = world.plan_backup(source), world.plan_backup(there)
    operation = world.begin(
        OperationType.SITE_PROMOTION,
        there,
        sourceSiteId=source.site_id,
        sourceBackupId=source_backup,
        backupId=own_backup,
        isRefresh=True,
    )
    held = source.changed(source.updated_at, active_operation_id=operation.operation_id)
    world.account.put(held.to_item())
    assert world.deliver(operation) == []
    refreshed = world.site(there.site_id)
    assert (refreshed.status, refreshed.url) == (SiteStatus.ACTIVE, there.url)
    assert refreshed.configuration["tagline"] == "Original"
    for backup_id in (source_backup, own_backup):
        assert world.backup(backup_id)["status"] == "COMPLETED"
    assert world.site(source.site_id).active_operation_id is None


def test_a_copy_that_wordpress_refuses_frees_its_address_and_the_source(
    world: Any, source: Site
) -> None:
    world.control.add_fault("status", method="POST", path="/sites$", status=400)
    target, operation = _begin(
        world, source, OperationType.SITE_CLONE, subdomain="second-shop", configuration={}
    )
    assert world.deliver(operation) == []
    assert world.site(target.site_id).status is SiteStatus.FAILED
    assert world.site(source.site_id).active_operation_id is None
    assert world.quota() == 1
    assert [e["eventType"] for e in world.events()] == ["site.clone_failed"]


def test_a_copy_that_fails_half_way_keeps_what_was_built_and_can_be_tried_again(
    world: Any, source: Site
) -> None:
    world.control.add_fault("status", path="/copies$", status=400)
    target, operation = _begin(
        world, source, OperationType.SITE_PROMOTION, environment=Environment.SIT
    )
    assert world.deliver(operation) == []
    failed = world.site(target.site_id)
    assert (failed.status, failed.holds_address) == (SiteStatus.FAILED, True)
    assert world.stored(operation).status is OperationStatus.FAILED
    assert world.stored(operation).next_step() == "copy_content"
    assert world.site(source.site_id).active_operation_id is None


def test_a_second_delivery_copies_nothing_again(world: Any, source: Site) -> None:
    _, operation = _begin(
        world, source, OperationType.SITE_CLONE, subdomain="second-shop", configuration={}
    )
    for receives in (1, 2):
        assert world.deliver(operation, receives) == []
    assert len(world.effects("site_copied")) == 1


@pytest.mark.parametrize("kind", ["cutAfter", "latencyAfter"])
def test_a_copy_without_an_answer_is_not_made_twice(world: Any, source: Site, kind: str) -> None:
    _, operation = _begin(
        world, source, OperationType.SITE_CLONE, subdomain="second-shop", configuration={}
    )
    seconds = {"seconds": 5} if kind == "latencyAfter" else {}
    world.control.add_fault(kind, path="/copies$", times=1, **seconds)
    world.deliver(operation)
    world.control.clear_faults()
    world.deliver(operation, receives=2)
    assert world.stored(operation).status is OperationStatus.COMPLETED
    assert len(world.effects("site_copied")) == 1
