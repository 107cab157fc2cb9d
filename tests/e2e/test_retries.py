"""What fails half-way and is tried again: nothing is lost, deleted before its time, or stuck."""

import json
from typing import Any

import pytest

from bbws_local.testing import STAFF, TENANT
from bbws_shared.timestamps import later, timestamp
from e2e.inprocess import GRACE_SECONDS, RECEIVES, SITES, Services

pytest_plugins = ["bbws_local.fixtures"]


@pytest.fixture
def prod(services: Services) -> str:
    """The id of an ACTIVE site in PROD."""
    return services.promoted(services.promoted(services.active(), "SIT"), "PROD")


def _fail(services: Services, path: str, method: str = "POST") -> None:
    """Every delivery of what is in the queues fails at this call, and then the fault is gone."""
    services.control.add_fault("status", path=path, method=method, status=500)
    services.work(*RECEIVES)
    services.control.clear_faults()


def test_a_deletion_tried_again_gives_all_of_its_grace(services: Services, prod: str) -> None:
    deletion = services.found(services.api.delete(f"{SITES}/{prod}"))
    _fail(services, "/backups$")
    assert services.site(prod)["status"] == "FAILED"
    services.clock.advance(600)
    operation_id, promised = deletion["operationId"], later(timestamp(services.clock()), 86400)
    plan = services.api.post(f"/v1.0/operations/{operation_id}/retry?validateOnly=true").json
    assert plan["plan"]["effects"] == {"siteStatus": "DEPROVISIONING", "purgeAfter": promised}
    assert services.control_operation(operation_id, "retry").status == 202
    assert services.site(prod)["purgeAfter"] == promised
    services.work()
    assert services.operation(operation_id)["status"] == "COMPLETED"
    services.clock.advance(GRACE_SECONDS - 61)
    services.tick()
    services.work()
    assert services.site(prod)["status"] == "DEPROVISIONING"
    assert services.control.effects(TENANT, "site_deleted") == []
    services.clock.advance(180)
    services.tick()
    services.work()
    assert services.site(prod)["status"] == "DELETED"


def test_a_deletion_without_grace_stays_one(services: Services, prod: str) -> None:
    deletion = services.found(services.api.delete(f"{SITES}/{prod}?force=true", caller=STAFF))
    _fail(services, "/backups$")
    assert services.control_operation(deletion["operationId"], "retry").status == 202
    services.work()
    assert services.site(prod)["status"] == "DELETED"


@pytest.mark.parametrize("is_retried", [False, True], ids=["restored", "restored, retried"])
def test_who_wants_a_deleted_site_back_has_all_of_its_grace_again(
    services: Services, prod: str, is_retried: bool
) -> None:
    services.ask("DELETE", f"{SITES}/{prod}")
    backup = {"backupId": services.site(prod)["backupId"]}
    services.clock.advance(GRACE_SECONDS - 120)
    restore = services.found(services.api.post(f"{SITES}/{prod}/restore", backup))
    _fail(services, "/restores$")
    assert services.operation(restore["operationId"])["status"] == "FAILED"
    if is_retried:
        services.clock.advance(600)
        assert services.control_operation(restore["operationId"], "retry").status == 202
        _fail(services, "/restores$")
    services.clock.advance(GRACE_SECONDS - 120)
    services.tick()
    services.work()
    assert services.site(prod)["status"] == "DEPROVISIONING"
    assert services.control.effects(TENANT, "site_deleted") == []
    services.ask("POST", f"{SITES}/{prod}/restore", backup)
    assert services.site(prod)["status"] == "ACTIVE"


def test_a_refused_retry_keeps_the_address_of_what_may_be_there(services: Services) -> None:
    wanted = {"siteName": "Corner Shop", "subdomain": "corner-shop"}
    created = services.found(services.api.post(SITES, wanted))
    services.control.add_fault("cutAfter", path="/bbws/v1/sites$", method="POST")
    services.work(*RECEIVES)
    services.control.clear_faults()
    assert services.in_wordpress() == {created["siteId"]}
    assert services.control_operation(created["operationId"], "retry").status == 202
    services.control.add_fault("status", path="/bbws/v1/sites$", status=403, code="rest_forbidden")
    services.work()
    services.control.clear_faults()
    assert services.operation(created["operationId"])["status"] == "FAILED"
    services.check()
    assert services.api.post(SITES, wanted).code == "SITE_003"
    assert services.ask("DELETE", f"{SITES}/{created['siteId']}")
    assert services.site(created["siteId"])["status"] == "DELETED"
    assert services.in_wordpress() == set()


@pytest.mark.parametrize("seconds", [60, 30 * 86400])
@pytest.mark.parametrize("action", ["clone", "promote"])
def test_a_new_copy_tried_again_reads_its_source_from_the_beginning(
    services: Services, action: str, seconds: int
) -> None:
    """The source was free to change meanwhile, and nothing of what it was may be in the copy."""
    source = services.active()
    bodies = {
        "clone": {"siteName": "Second", "subdomain": "second-shop"},
        "promote": {"targetEnvironment": "SIT"},
    }
    copy = services.found(services.api.post(f"{SITES}/{source}/{action}", bodies[action]))
    services.control.add_fault("cutAfter", path="/copies$")
    services.work(*RECEIVES)
    services.control.clear_faults()
    services.clock.advance(seconds)
    services.ask("PUT", f"{SITES}/{source}", {"configuration": {"tagline": "Later"}})
    assert services.control_operation(copy["operationId"], "retry").status == 202
    services.work()
    assert services.operation(copy["operationId"])["status"] == "COMPLETED"
    (copied,) = [
        s for s in services.control.state(TENANT)["sites"] if s["externalId"] == copy["siteId"]
    ]
    assert copied["tagline"] == "Later"
    ids = [effect["copyId"] for effect in services.control.effects(TENANT, "site_copied")]
    assert ids[-1] != copy["operationId"]
    backups = services.backups(source)
    assert [b["status"] for b in backups] == ["COMPLETED"] * (2 if action == "promote" else 0)
    services.check()


def _outdated(services: Services, kind: str) -> tuple[str, str, str, dict[str, str] | None]:
    """A request whose operation fails; it can be sent again as it is."""
    site = services.active()
    path, body = f"{SITES}/{site}", None
    if kind == "refresh":
        services.promoted(site, "SIT")
        return "POST", f"{path}/promote", "/copies$", {"targetEnvironment": "SIT"}
    if kind == "restore":
        body = {"backupId": services.ask("POST", f"{path}/backups")["backupId"]}
        return "POST", f"{path}/restore", "/restores$", body
    if kind == "backup":
        return "POST", f"{path}/backups", "/backups$", None
    return "DELETE", path, r"/bbws/v1/sites/\d+$", None


@pytest.mark.parametrize("kind", ["refresh", "restore", "backup", "deletion"])
def test_what_failed_long_ago_is_asked_for_anew(services: Services, kind: str) -> None:
    method, path, call, body = _outdated(services, kind)
    failed = services.found(services.api.call(method, path, body))
    services.control.add_fault("status", path=call, status=500)
    services.work(*RECEIVES)
    services.control.clear_faults()
    services.check()
    services.clock.advance(901)
    before = services.control.effects(TENANT)
    for query in ("?validateOnly=true", ""):
        reply = services.api.post(f"/v1.0/operations/{failed['operationId']}/retry{query}")
        assert (reply.status, reply.code) == (409, "OP_002")
        assert "anew" in reply.json["error"]["message"]
    assert services.control.effects(TENANT) == before
    again = services.ask(method, path, body)
    assert services.operation(again["operationId"])["status"] == "COMPLETED"
    services.check()


DELETE_SITE = r"/bbws/v1/sites/\d+$"


def _deleted_unheard(services: Services, site_id: str) -> str:
    """Begin a deletion that WordPress carries out without being heard; the operation's id."""
    deletion = services.found(services.api.delete(f"{SITES}/{site_id}"))
    services.control.add_fault("cutAfter", path=DELETE_SITE, method="DELETE")
    services.work(*RECEIVES)
    services.control.clear_faults()
    assert site_id not in services.in_wordpress()
    assert services.site(site_id)["status"] == "FAILED"
    operation_id: str = deletion["operationId"]
    return operation_id


def test_a_site_that_wordpress_has_deleted_unheard_can_be_deleted(services: Services) -> None:
    site = services.active()
    _deleted_unheard(services, site)
    services.check()
    again = services.ask("DELETE", f"{SITES}/{site}")
    assert services.operation(again["operationId"])["status"] == "COMPLETED"
    services.check()
    gone = services.site(site)
    assert gone["status"] == "DELETED"
    backups = {b["backupId"]: b["status"] for b in services.backups(site)}
    assert backups[gone["backupId"]] == "COMPLETED", "the one that was made while it was there"
    assert sorted(backups.values()) == ["COMPLETED", "FAILED"]
    assert services.ask("POST", SITES, {"siteName": "New", "subdomain": "corner-shop"})


def test_a_site_whose_removal_was_cut_off_is_removed_to_its_end(services: Services) -> None:
    site = services.active()
    # What the plugin answers of a site whose users it has begun to delete (docs/wordpress.md).
    gone = {"status": 404, "code": "bbws_site_not_found", "message": "There is no such site."}
    services.control.add_fault("status", path="/backups$", method="POST", **gone)
    services.control.add_fault("status", path="/sites(/find)?$", method="GET", **gone)
    deletion = services.ask("DELETE", f"{SITES}/{site}")
    services.control.clear_faults()
    assert services.operation(deletion["operationId"])["status"] == "COMPLETED"
    assert services.site(site)["status"] == "DELETED"
    assert services.in_wordpress() == set()
    services.check()


def test_a_site_in_prod_whose_purge_was_unheard_can_be_deleted(
    services: Services, prod: str
) -> None:
    services.ask("DELETE", f"{SITES}/{prod}")
    services.clock.advance(GRACE_SECONDS + 61)
    services.tick()
    services.control.add_fault("cutAfter", path=DELETE_SITE, method="DELETE")
    services.work(*RECEIVES)
    services.control.clear_faults()
    assert services.site(prod)["status"] == "FAILED"
    services.ask("DELETE", f"{SITES}/{prod}")
    services.clock.advance(GRACE_SECONDS + 61)
    services.tick()
    services.work()
    assert services.site(prod)["status"] == "DELETED"
    services.check()


def test_a_deletion_that_failed_behind_wordpress_needs_no_backup_again(services: Services) -> None:
    site = services.active()
    template = {"PK": "TEMPLATE", "SK": "TEMPLATE#gone"}
    services.account.put({**_item(services, site), "templateId": "gone"})
    deletion = services.found(services.api.delete(f"{SITES}/{site}"))
    # The record of who uses the template cannot be written, so the step behind the removal fails.
    services.account.put({**template, "templateId": "gone", "usedBy": "nobody"})
    services.work(*RECEIVES)
    assert site not in services.in_wordpress()
    assert services.operation(deletion["operationId"])["status"] == "FAILED"
    services.account.put({**template, "templateId": "gone", "usedBy": 1})
    again = services.ask("DELETE", f"{SITES}/{site}")
    assert services.operation(again["operationId"])["steps"][0]["status"] == "COMPLETED"
    assert services.site(site)["status"] == "DELETED"
    assert [b["status"] for b in services.backups(site)] == ["COMPLETED"]


def _item(services: Services, site_id: str) -> dict[str, Any]:
    (found,) = [i for i in services.account.items() if i["SK"] == f"SITE#{site_id}"]
    return found


def test_a_site_that_is_there_is_never_deleted_without_its_backup(services: Services) -> None:
    site = services.active()
    missing = {"status": 404, "code": "bbws_site_not_found"}
    services.control.add_fault("status", path="/backups$", **missing)
    deletion = services.ask("DELETE", f"{SITES}/{site}")
    assert services.operation(deletion["operationId"])["status"] == "FAILED"
    assert services.in_wordpress() == {site}
    services.control.clear_faults()
    services.ask("DELETE", f"{SITES}/{site}")
    assert services.site(site)["status"] == "DELETED"


def test_a_deletion_that_is_called_off_leaves_the_site_its_last_backup(services: Services) -> None:
    site = services.active()
    made = services.ask("POST", f"{SITES}/{site}/backups")["backupId"]
    deletion = services.found(services.api.delete(f"{SITES}/{site}"))
    assert services.control_operation(deletion["operationId"], "cancel").status == 200
    assert services.site(site)["backupId"] == made


def test_each_failure_of_an_operation_is_told(services: Services) -> None:
    heard = services.account.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
    services.subscribe(heard)
    services.api.post(SITES, {"siteName": "Corner Shop", "subdomain": "corner-shop"})
    services.control.add_fault("status", path="/bbws/v1/sites$", status=403, code="no")
    services.work()
    (operation,) = services.api.get(f"/v1.0/tenants/{TENANT}/operations").json["items"]
    for _ in range(2):
        assert services.control_operation(operation["operationId"], "retry").status == 202
        services.work()
    events = [json.loads(m["Body"]) for m in services.account.messages(heard)]
    assert {event["eventType"] for event in events} == {"site.creation_failed"}
    assert len({event["eventId"] for event in events}) == 3


def test_a_failure_that_could_not_be_told_is_not_tried_again_before_it_is(
    services: Services,
) -> None:
    created = services.found(services.api.post(SITES, {"siteName": "S", "subdomain": "shop"}))
    topic = services.variables["NOTIFICATION_TOPIC_ARN"]
    services.account.client("sns").delete_topic(TopicArn=topic)
    _fail(services, "/bbws/v1/sites$")
    reply = services.control_operation(created["operationId"], "retry")
    assert (reply.status, reply.code) == (409, "OP_002")
    services.account.client("sns").create_topic(Name=topic.rsplit(":", 1)[-1])
    services.clock.advance(61)
    services.tick()
    assert services.control_operation(created["operationId"], "retry").status == 202
