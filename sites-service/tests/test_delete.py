"""DELETE a site: never lost, never half gone, never twice."""

import json
from typing import Any

import pytest

from bbws_local.testing import STAFF, TENANT, Account, Api, Clock, claims
from bbws_shared.sites import Site, SiteStatus

SITES = f"/v1.0/tenants/{TENANT}/sites"
AT = "2026-01-25T08:00:00.000Z"


def _store(account: Account, **fields: Any) -> Site:
    values: dict[str, Any] = {
        "site_id": "site-0190163d-8694-739b-aea5-966c26f8ad91",
        "tenant_id": TENANT,
        "site_name": "Shop",
        "subdomain": "shop",
        "environment": "DEV",
        "configuration": {"title": "Shop"},
        "status": SiteStatus.ACTIVE,
        "wordpress_site_id": 2,
        "created_at": AT,
        "created_by": "me",
        "updated_at": AT,
    }
    site = Site(**values | fields)
    account.put(site.to_item())
    return site


def _path(site: Site) -> str:
    return f"{SITES}/{site.site_id}"


def test_a_deletion_is_an_operation_with_a_backup(
    api: Api, account: Account, variables: dict[str, str]
) -> None:
    site = _store(account)
    account.calls.clear()
    reply = api.delete(_path(site))
    assert reply.status == 202
    body = reply.json
    assert body["status"] == "DEPROVISIONING"
    assert body["backupId"].startswith("backup-")
    assert "purgeAfter" not in body
    assert reply.headers["location"] == f"/v1.0/operations/{body['operationId']}"
    assert account.calls == [
        "dynamodb.GetItem",
        "dynamodb.TransactWriteItems",
        "sqs.SendMessage",
        "dynamodb.PutItem",  # the audit trail
    ]
    (message,) = account.messages(variables["DELETION_QUEUE_URL"])
    assert json.loads(message["Body"])["messageType"] == "SITE_DELETION"
    (backup,) = [i for i in account.items() if i["SK"].startswith("BACKUP#")]
    assert (backup["backupId"], backup["status"]) == (body["backupId"], "PENDING")


def test_a_repeated_deletion_is_the_same_deletion(api: Api, account: Account) -> None:
    site = _store(account)
    first, second = api.delete(_path(site)), api.delete(_path(site))
    assert (second.status, second.json) == (202, first.json)
    assert account.calls.count("sqs.SendMessage") == 1


def test_a_prod_site_waits_for_its_grace(api: Api, account: Account) -> None:
    site = _store(account, environment="PROD")
    body = api.delete(_path(site)).json
    assert body["purgeAfter"] == "2026-01-26T08:00:00.000Z"
    assert api.get(_path(site)).json["purgeAfter"] == body["purgeAfter"]


def test_only_staff_skips_the_grace(api: Api, account: Account) -> None:
    site = _store(account, environment="PROD")
    refused = api.delete(f"{_path(site)}?force=true", caller=claims("CUSTOMER_SUPER_ADMIN"))
    assert (refused.status, refused.code) == (403, "AUTH_002")
    assert "staff" in refused.json["error"]["suggestion"]
    assert "purgeAfter" not in api.delete(f"{_path(site)}?force=true", caller=STAFF).json


def test_staff_ends_a_grace_that_has_begun(
    api: Api, account: Account, variables: dict[str, str]
) -> None:
    waiting = _store(
        account,
        environment="PROD",
        status=SiteStatus.DEPROVISIONING,
        purge_after="2026-01-26T08:00:00.000Z",
        deletion_operation_id="op-before",
        backup_id="backup-before",
    )
    assert api.delete(_path(waiting)).json["operationId"] == "op-before"
    body = api.delete(f"{_path(waiting)}?force=true", caller=STAFF).json
    assert body["operationId"] != "op-before"
    assert body["backupId"] == "backup-before"
    (message,) = account.messages(variables["DELETION_QUEUE_URL"])
    assert json.loads(message["Body"])["messageType"] == "SITE_PURGE"


def test_a_site_that_was_never_built_needs_no_backup(api: Api, account: Account) -> None:
    site = _store(account, status=SiteStatus.FAILED, wordpress_site_id=None, environment="PROD")
    body = api.delete(_path(site)).json
    assert body["status"] == "DEPROVISIONING"
    assert "backupId" not in body
    assert "purgeAfter" not in body


def test_one_operation_at_a_time(api: Api, new_site: dict[str, Any]) -> None:
    created = api.post(SITES, new_site).json
    reply = api.delete(f"{SITES}/{created['siteId']}")
    assert (reply.status, reply.code) == (409, "SITE_007")
    details = reply.json["error"]["details"]
    assert details["_links"]["operation"]["href"] == f"/v1.0/operations/{created['operationId']}"


def test_what_is_deleted_stays_deleted(api: Api, account: Account) -> None:
    site = _store(account, status=SiteStatus.DELETED)
    reply = api.delete(_path(site))
    assert (reply.status, reply.code) == (422, "SITE_005")


@pytest.mark.parametrize(
    ("etag", "status"), [('"1"', 202), ("*", 202), ('"0", "1"', 202), ('"2"', 412), ("1", 412)]
)
def test_a_deletion_can_be_bound_to_a_version(
    api: Api, account: Account, etag: str, status: int
) -> None:
    site = _store(account)
    reply = api.delete(_path(site), headers={"If-Match": etag})
    assert reply.status == status
    if status == 412:
        assert reply.code == "REQ_002"
        assert reply.json["error"]["details"] == {"currentETag": '"1"'}


@pytest.mark.parametrize("role", ["CUSTOMER_USER", "CUSTOMER_VIEWER"])
def test_only_administrators_delete(api: Api, account: Account, role: str) -> None:
    site = _store(account)
    reply = api.delete(_path(site), caller=claims(role))
    assert (reply.status, reply.code) == (403, "AUTH_002")
    assert api.get(_path(site)).json["status"] == "ACTIVE"


def test_of_two_deletions_at_once_the_second_finds_the_first(
    api: Api, account: Account, clock: Clock
) -> None:
    site = _store(account)
    answers: list[dict[str, Any]] = []

    def meanwhile(**_: Any) -> None:
        if not answers:
            answers.append({})
            answers.append(api.delete(_path(site)).json)

    events = account.client("dynamodb").meta.events
    events.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    reply = api.delete(_path(site))
    assert (reply.status, reply.json) == (202, answers[1])


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}])
def test_a_site_that_changes_at_the_same_moment_is_not_deleted_unseen(
    api: Api, account: Account, headers: dict[str, str]
) -> None:
    site = _store(account)
    changed: list[bool] = []

    def meanwhile(**_: Any) -> None:
        if not changed:
            changed.append(True)
            account.put(site.changed(site.updated_at, site_name="Renamed").to_item())

    events = account.client("dynamodb").meta.events
    events.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    reply = api.delete(_path(site), headers=headers)
    assert (reply.status, reply.code) == (412, "REQ_002")
    found = api.get(_path(site)).json
    assert (found["status"], found["siteName"]) == ("ACTIVE", "Renamed")
    assert api.delete(_path(site), headers={"If-Match": '"2"'}).status == 202


def test_a_site_on_which_work_begins_at_the_same_moment_is_not_deleted(
    api: Api, account: Account
) -> None:
    site = _store(account)
    begun: list[str] = []

    def meanwhile(**_: Any) -> None:
        if not begun:
            begun.append("")
            begun.append(api.put(_path(site), {"siteName": "New"}).json["operationId"])

    events = account.client("dynamodb").meta.events
    events.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    reply = api.delete(_path(site))
    assert (reply.status, reply.code) == (409, "SITE_007")
    assert reply.json["error"]["details"]["_links"]["operation"]["href"].endswith(begun[1])
