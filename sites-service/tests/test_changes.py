"""PUT a site, its status, backups and restore: one operation each, and nothing on a refusal."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, TENANT, Account, Api, claims
from bbws_shared.operations import Operation
from bbws_shared.sites import Site, SiteStatus

SITES = f"/v1.0/tenants/{TENANT}/sites"
BACKUP = "backup-0190163d-8694-739b-aea5-966c26f8ad91"
Stored = Callable[..., Site]
CHANGES: dict[str, tuple[str, str, Any]] = {
    "updateSite": ("PUT", "", {"siteName": "New Name"}),
    "setSiteStatus": ("PUT", "/status", {"status": "SUSPENDED", "reason": "unpaid"}),
    "createBackup": ("POST", "/backups", None),
    "restoreSite": ("POST", "/restore", {"backupId": BACKUP}),
}
every_change = pytest.mark.parametrize("action", CHANGES)


def _path(site: Site) -> str:
    return f"{SITES}/{site.site_id}"


def _backup(account: Account, site: Site, status: str = "COMPLETED") -> None:
    item = {"PK": f"TENANT#{TENANT}#SITE#{site.site_id}", "SK": f"BACKUP#{BACKUP}"}
    facts = {"backupId": BACKUP, "siteId": site.site_id, "tenantId": TENANT, "status": status}
    dates = {"createdAt": site.created_at, "operationId": "op-1", "objectKey": "secret/place"}
    account.put({**item, **facts, **dates, "sha256": "ab" * 32, "bytes": 7})
    account.calls.clear()


def _ask(api: Api, site: Site, action: str, **more: Any) -> Any:
    method, path, body = CHANGES[action]
    query = more.pop("query", "")
    return api.call(method, f"{_path(site)}{path}{query}", body, **more)


@every_change
def test_a_change_is_one_transaction_one_message_and_an_operation(
    api: Api, account: Account, stored: Stored, variables: dict[str, str], action: str,
    operation: Callable[[str], Operation],
) -> None:  # fmt: skip
    site = stored()
    _backup(account, site)
    reply = _ask(api, site, action)
    assert reply.status == 202
    operation_id = reply.json["operationId"]
    assert reply.headers["location"] == f"/v1.0/operations/{operation_id}"
    calls = [call for call in account.calls if call != "dynamodb.GetItem"]
    assert calls == ["dynamodb.TransactWriteItems", "sqs.SendMessage", "dynamodb.PutItem"]
    (message,) = account.messages(variables["UPDATE_QUEUE_URL"])
    begun = operation(operation_id)
    assert json.loads(message["Body"])["messageType"] == begun.operation_type
    assert api.get(_path(site)).json["activeOperationId"] == operation_id


@every_change
def test_only_one_change_at_a_time(api: Api, account: Account, stored: Stored, action: str) -> None:
    site = stored()
    _backup(account, site)
    assert _ask(api, site, action).status == 202
    again = _ask(api, site, "updateSite")
    assert (again.status, again.code) == (409, "SITE_007")


@every_change
def test_a_change_that_is_only_validated_leaves_no_trace(
    api: Api, account: Account, stored: Stored, action: str
) -> None:
    site = stored()
    _backup(account, site)
    before = account.items()
    reply = _ask(api, site, action, query="?validateOnly=true", headers={"Idempotency-Key": "k"})
    assert reply.status == 200
    assert reply.json["validateOnly"] is True
    assert reply.json["plan"]["action"] == action
    assert reply.json["plan"]["steps"]
    assert set(account.calls) <= {"dynamodb.Scan", "dynamodb.GetItem", "dynamodb.Query"}
    assert account.items() == before


@every_change
def test_a_repetition_changes_once(api: Api, account: Account, stored: Stored, action: str) -> None:
    site = stored()
    _backup(account, site)
    first, second = (_ask(api, site, action, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (second.status, second.text) == (first.status, first.text)
    assert second.headers["idempotent-replayed"] == "true"
    assert account.calls.count("sqs.SendMessage") == 1


@every_change
@pytest.mark.parametrize("status", ["PROVISIONING", "FAILED", "DELETED"])
def test_a_site_that_is_not_in_use_is_not_changed(
    api: Api, account: Account, stored: Stored, action: str, status: str
) -> None:
    site = stored(status=SiteStatus(status))
    _backup(account, site)
    reply = _ask(api, site, action)
    assert (reply.status, reply.code) == (422, "SITE_005")


@every_change
def test_another_tenants_site_is_not_found(api: Api, stored: Stored, action: str) -> None:
    site = stored()
    reply = _ask(api, site, action, caller=claims("CUSTOMER_ADMIN", OTHER_TENANT))
    assert (reply.status, reply.code) == (404, "SITE_002")


@pytest.mark.parametrize("action", ["updateSite", "setSiteStatus"])
def test_an_old_version_is_not_changed(
    api: Api, account: Account, stored: Stored, action: str
) -> None:
    site = stored(version=3)
    reply = _ask(api, site, action, headers={"If-Match": '"2"'})
    assert (reply.status, reply.code) == (412, "REQ_002")
    assert "dynamodb.TransactWriteItems" not in account.calls
    assert _ask(api, site, action, headers={"If-Match": '"3"'}).status == 202


def test_of_two_updates_at_once_one_wins(api: Api, account: Account, stored: Stored) -> None:
    site = stored()
    during: list[Any] = []

    def be_faster(**_: Any) -> None:
        if not during:
            during.append(None)
            during[0] = _ask(api, site, "updateSite")

    account.client("dynamodb").meta.events.register(
        "before-call.dynamodb.TransactWriteItems", be_faster
    )
    slower = _ask(api, site, "updateSite")
    assert during[0].status == 202
    assert (slower.status, slower.code) == (409, "SITE_007")


def test_an_update_names_what_it_changes(
    api: Api, stored: Stored, operation: Callable[[str], Operation]
) -> None:
    body = {"siteName": "New", "configuration": {"tagline": "", "timezone": "Africa/Johannesburg"}}
    reply = api.call("PUT", _path(stored()), body)
    assert operation(reply.json["operationId"]).inputs == body


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"configuration": {}},
        {"siteName": "New", "configuration": {}},
        {"siteName": None, "configuration": {"title": "New"}},
        {"subdomain": "new"},
        {"siteName": ""},
    ],
)
def test_an_update_of_nothing_or_of_the_address_is_refused(
    api: Api, stored: Stored, body: dict[str, Any]
) -> None:
    reply = api.call("PUT", _path(stored()), body)
    assert (reply.status, reply.code) == (400, "SITE_001")


def test_prod_is_not_changed_directly(api: Api, stored: Stored) -> None:
    reply = _ask(api, stored(environment="PROD"), "updateSite")
    assert (reply.status, reply.code) == (422, "SITE_006")


@pytest.mark.parametrize(
    ("before", "wanted", "status"),
    [
        ("ACTIVE", "SUSPENDED", 202),
        ("SUSPENDED", "ACTIVE", 202),
        ("ACTIVE", "ACTIVE", 422),
        ("SUSPENDED", "SUSPENDED", 422),
        ("ACTIVE", "DELETED", 400),
    ],
)
def test_a_status_changes_along_its_arrows(
    api: Api, stored: Stored, before: str, wanted: str, status: int
) -> None:
    site = stored(status=SiteStatus(before))
    assert api.call("PUT", f"{_path(site)}/status", {"status": wanted}).status == status


def test_a_backup_is_listed_while_it_is_made(api: Api, stored: Stored) -> None:
    site = stored()
    made = _ask(api, site, "createBackup").json
    (listed,) = api.get(f"{_path(site)}/backups").json["items"]
    assert (listed["backupId"], listed["status"]) == (made["backupId"], "PENDING")
    assert listed["operationId"] == made["operationId"]
    assert "objectKey" not in listed


@pytest.mark.parametrize("status", ["PENDING", "FAILED", None])
def test_only_a_completed_backup_of_the_site_is_restored(
    api: Api, account: Account, stored: Stored, status: str | None
) -> None:
    site = stored()
    if status:
        _backup(account, site, status)
    reply = _ask(api, site, "restoreSite")
    assert (reply.status, reply.code) == (400, "SITE_001")
    assert reply.json["error"]["details"]["errors"][0]["field"] == "backupId"


def test_a_restore_calls_a_deletion_off_within_its_grace(
    api: Api, account: Account, stored: Stored
) -> None:
    site = stored(
        environment="PROD",
        status=SiteStatus.DEPROVISIONING,
        purge_after="2026-01-26T08:00:00.000Z",
        deletion_operation_id="op-before",
    )
    _backup(account, site)
    plan = _ask(api, site, "restoreSite", query="?validateOnly=true").json["plan"]
    assert plan["effects"]["status"] == "ACTIVE"
    assert _ask(api, site, "restoreSite").status == 202
    assert "GSI4PK" not in next(i for i in account.items() if i["SK"].startswith("SITE#"))
