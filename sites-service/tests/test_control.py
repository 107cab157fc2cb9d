"""Cancelling and retrying operations, and the audit trail."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, TENANT, Account, Api, Clock, claims
from bbws_shared.operations import Operation
from bbws_shared.sites import Site, SiteStatus

SITES = f"/v1.0/tenants/{TENANT}/sites"
AUDIT = f"/v1.0/tenants/{TENANT}/audit"
Stored = Callable[..., Site]
Found = Callable[[str], Operation]


def _end(account: Account, operation: Operation, site: Site, **changes: Any) -> None:
    """The operation has FAILED, as the processor stores it."""
    error = {"code": "WP_001", "message": "down", "suggestion": ""}
    begun = operation.leased("p", operation.created_at, operation.created_at, ["one", "two"])
    failed = begun.failed(error, operation.created_at, {}).event_published(operation.created_at)
    account.put(failed.to_item())
    account.put(site.changed(operation.created_at, active_operation_id=None).to_item())


def _control(api: Api, operation_id: str, verb: str, **more: Any) -> Any:
    return api.post(f"/v1.0/operations/{operation_id}/{verb}", **more)


def _site(api: Api, site_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{SITES}/{site_id}").json
    return found


def test_a_creation_called_off_gives_back_what_it_held(
    api: Api, account: Account, new_site: dict[str, Any]
) -> None:
    created = api.post(SITES, new_site).json
    reply = _control(api, created["operationId"], "cancel")
    assert (reply.status, reply.json["status"]) == (200, "CANCELLED")
    site = _site(api, created["siteId"])
    assert (site["status"], site["statusReason"]) == ("FAILED", "Cancelled before it began.")
    assert api.post(SITES, new_site).status == 202
    (quota,) = [i for i in account.items() if i["SK"] == "QUOTA"]
    assert quota["currentSites"] == 1


@pytest.mark.parametrize("status", ["ACTIVE", "SUSPENDED"])
def test_a_deletion_called_off_leaves_the_site_as_it_was(
    api: Api, account: Account, stored: Stored, status: str
) -> None:
    site = stored(status=SiteStatus(status))
    deletion = api.delete(f"{SITES}/{site.site_id}").json
    assert _control(api, deletion["operationId"], "cancel").status == 200
    found = _site(api, site.site_id)
    assert found["status"] == status
    assert "activeOperationId" not in found
    (backup,) = [i for i in account.items() if i["SK"].startswith("BACKUP#")]
    assert backup["status"] == "FAILED"


def test_a_clone_called_off_lets_its_source_go(api: Api, stored: Stored) -> None:
    site = stored()
    body = {"siteName": "Second", "subdomain": "second-shop"}
    clone = api.post(f"{SITES}/{site.site_id}/clone", body).json
    assert _control(api, clone["operationId"], "cancel").status == 200
    assert "activeOperationId" not in _site(api, site.site_id)
    assert _site(api, clone["siteId"])["status"] == "FAILED"


def test_a_change_called_off_changes_nothing(api: Api, stored: Stored) -> None:
    site = stored()
    update = api.call("PUT", f"{SITES}/{site.site_id}", {"siteName": "New"}).json
    assert _control(api, update["operationId"], "cancel").status == 200
    found = _site(api, site.site_id)
    assert (found["siteName"], found["status"]) == ("Shop", "ACTIVE")
    assert "activeOperationId" not in found


def test_what_has_begun_or_ended_is_not_called_off(
    api: Api, account: Account, stored: Stored, operation: Found, clock: Clock
) -> None:
    site = stored()
    begun = api.call("PUT", f"{SITES}/{site.site_id}", {"siteName": "New"}).json["operationId"]
    leased = operation(begun).leased("p", site.created_at, site.created_at, ["one"])
    account.put(leased.to_item())
    for query in ("", "?validateOnly=true"):
        reply = api.post(f"/v1.0/operations/{begun}/cancel{query}")
        assert (reply.status, reply.code) == (409, "OP_002")


def test_what_was_begun_is_not_called_off_while_it_waits_to_be_tried_again(
    api: Api, account: Account, new_site: dict[str, Any], operation: Found
) -> None:
    """WordPress may have the site: its address and its place are not free."""
    created = api.post(SITES, new_site).json
    site = Site.from_item(next(i for i in account.items() if i["SK"].startswith("SITE#")))
    failed = site.transition(SiteStatus.FAILED, site.created_at)
    _end(account, operation(created["operationId"]), failed)
    assert _control(api, created["operationId"], "retry").status == 202
    for query in ("?validateOnly=true", ""):
        reply = api.post(f"/v1.0/operations/{created['operationId']}/cancel{query}")
        assert (reply.status, reply.code) == (409, "OP_002")
    assert _site(api, created["siteId"])["status"] == "PROVISIONING"
    assert api.post(SITES, new_site).code == "SITE_003"


def test_a_failed_change_is_tried_again_from_where_it_stopped(
    api: Api, account: Account, stored: Stored, operation: Found
) -> None:
    site = stored()
    begun = api.call("PUT", f"{SITES}/{site.site_id}", {"siteName": "New"}).json["operationId"]
    _end(account, operation(begun), site)
    account.calls.clear()
    reply = _control(api, begun, "retry")
    assert (reply.status, reply.json["status"]) == (202, "PENDING")
    assert reply.headers["location"] == f"/v1.0/operations/{begun}"
    assert account.calls.count("sqs.SendMessage") == 1
    assert _site(api, site.site_id)["activeOperationId"] == begun
    assert _control(api, begun, "retry").code == "OP_002"


def test_a_failed_creation_claims_again_what_it_gave_back(
    api: Api, account: Account, new_site: dict[str, Any], operation: Found
) -> None:
    created = api.post(SITES, new_site).json
    failed = operation(created["operationId"])
    site = Site.from_item(next(i for i in account.items() if i["SK"].startswith("SITE#")))
    _end(account, failed, site.transition(SiteStatus.FAILED, site.created_at, holds_address=False))
    for item in account.items():
        if item["SK"].startswith("ENV#"):
            key = {"PK": {"S": item["PK"]}, "SK": {"S": item["SK"]}}
            account.client("dynamodb").delete_item(TableName="sites", Key=key)
    assert _control(api, failed.operation_id, "retry").status == 202
    assert _site(api, created["siteId"])["status"] == "PROVISIONING"
    again = api.post(SITES, new_site)
    assert (again.status, again.code) == (409, "SITE_003")


def test_a_failed_creation_whose_address_is_taken_meanwhile_stays_failed(
    api: Api, account: Account, new_site: dict[str, Any], operation: Found
) -> None:
    created = api.post(SITES, new_site).json
    failed = operation(created["operationId"])
    site = Site.from_item(next(i for i in account.items() if i["SK"].startswith("SITE#")))
    _end(account, failed, site.transition(SiteStatus.FAILED, site.created_at, holds_address=False))
    for query in ("?validateOnly=true", ""):
        reply = api.post(f"/v1.0/operations/{failed.operation_id}/retry{query}")
        assert (reply.status, reply.code) == (409, "SITE_003")


def test_only_the_latest_operation_is_tried_again(
    api: Api, account: Account, stored: Stored, operation: Found, clock: Clock
) -> None:
    site = stored()
    path = f"{SITES}/{site.site_id}"
    first = api.call("PUT", path, {"siteName": "New"}).json["operationId"]
    _end(account, operation(first), site)
    clock.advance(1)
    second = api.call("PUT", path, {"siteName": "Newer"}).json["operationId"]
    _end(account, operation(second), site)
    reply = _control(api, first, "retry")
    assert (reply.status, reply.code) == (409, "OP_002")
    assert reply.json["error"]["details"] == {"latestOperationId": second}


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_control_is_for_administrators_of_the_tenant(
    api: Api, new_site: dict[str, Any], verb: str
) -> None:
    operation_id = api.post(SITES, new_site).json["operationId"]
    stranger = claims("CUSTOMER_ADMIN", OTHER_TENANT)
    assert _control(api, operation_id, verb, caller=stranger).code == "OP_001"
    assert _control(api, operation_id, verb, caller=claims("CUSTOMER_USER")).code == "AUTH_002"


def test_the_trail_says_who_did_what_when_from_where_with_which_result(
    api: Api, new_site: dict[str, Any], clock: Clock
) -> None:
    api.post(SITES, new_site, headers={"X-Correlation-Id": "portal-42"})
    clock.advance(1)
    refused = api.post(SITES, new_site, caller=claims("CUSTOMER_USER", subject="second"))
    assert refused.status == 409
    api.get(SITES)
    api.post(f"{SITES}?validateOnly=true", {**new_site, "subdomain": "only-asked"})
    latest, first = api.get(AUDIT).json["items"]
    assert (first["action"], first["status"], first["correlationId"]) == (
        "createSite",
        202,
        "portal-42",
    )
    assert first["actor"] == "user-1@customer-admin.example"
    assert (first["method"], first["path"], first["sourceIp"]) == ("POST", SITES, "127.0.0.1")
    assert (latest["actor"], latest["status"]) == ("second@customer-user.example", 409)
    assert (latest["errorCode"], "errorCode" in first) == ("SITE_003", False)
    assert "PK" not in first


def test_the_trail_of_an_operation_is_its_tenants(api: Api, new_site: dict[str, Any]) -> None:
    created = api.post(SITES, new_site).json
    _control(api, created["operationId"], "cancel")
    actions = {entry["action"] for entry in api.get(AUDIT).json["items"]}
    assert actions == {"createSite", "cancelOperation"}


def test_the_trail_is_for_administrators_and_no_stranger_writes_to_it(
    api: Api, new_site: dict[str, Any]
) -> None:
    stranger = claims("CUSTOMER_SUPER_ADMIN", OTHER_TENANT)
    assert api.post(SITES, new_site, caller=stranger).status == 403
    assert api.get(AUDIT, caller=stranger).code == "AUTH_002"
    assert api.get(AUDIT, caller=claims("CUSTOMER_USER")).code == "AUTH_002"
    assert api.get(AUDIT).json["items"] == []


def test_the_trail_is_read_page_by_page(api: Api, clock: Clock) -> None:
    for number in range(3):
        api.post(SITES, {"siteName": "S", "subdomain": f"shop-{number}"})
        clock.advance(1)
    first = api.get(f"{AUDIT}?limit=2").json
    rest = api.get(f"{AUDIT}?limit=2&nextToken={first['nextToken']}").json
    assert (first["count"], rest["count"]) == (2, 1)
    assert api.get(f"{SITES}?nextToken={first['nextToken']}").status == 400
