"""GET sites and operations: what is seen by whom, page by page."""

from itertools import chain
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, STAFF, TENANT, Account, Api, Clock, claims

SITES = f"/v1.0/tenants/{TENANT}/sites"
STRANGER = claims("CUSTOMER_SUPER_ADMIN", OTHER_TENANT)
NOBODY = "site-0190163d-8694-739b-aea5-966c26f8ad91"


@pytest.fixture
def site(api: Api, new_site: dict[str, Any]) -> dict[str, Any]:
    created: dict[str, Any] = api.post(SITES, new_site).json
    return created


def _premium(account: Account) -> None:
    quota = {"PK": f"TENANT#{TENANT}", "SK": "QUOTA", "tier": "PREMIUM", "currentSites": 0}
    account.put(quota)


def _create(api: Api, clock: Clock, number: int, environment: str = "DEV") -> str:
    clock.advance(1)
    body = {"siteName": f"Shop {number}", "subdomain": f"shop-{number}", "environment": environment}
    site_id: str = api.post(SITES, body).json["siteId"]
    return site_id


def _all_pages(api: Api, path: str) -> list[list[str]]:
    pages, reply = [], api.get(path)
    while True:
        assert reply.status == 200
        pages.append([item.get("siteId") for item in reply.json["items"]])
        assert reply.json["count"] == len(reply.json["items"])
        if "nextToken" not in reply.json:
            return pages
        reply = api.get(reply.json["_links"]["next"]["href"])


def test_a_site_is_read_with_its_version(api: Api, account: Account, site: dict[str, Any]) -> None:
    account.calls.clear()
    reply = api.get(f"{SITES}/{site['siteId']}", caller=claims("CUSTOMER_VIEWER"))
    assert reply.status == 200
    assert reply.headers["etag"] == '"1"'
    assert {**reply.json, "operationId": site["operationId"]} == site
    assert account.calls == ["dynamodb.GetItem"]
    assert not {"PK", "holdsAddress", "requestDigest", "expiresAt"} & set(reply.json)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_anothers_site_is_like_one_that_does_not_exist(
    api: Api, site: dict[str, Any], method: str
) -> None:
    path = f"{SITES}/{site['siteId']}"
    foreign = api.call(method, path, caller=STRANGER).json["error"]
    absent = api.call(method, f"{SITES}/{NOBODY}").json["error"]
    through_own_tenant = api.call(
        method, f"/v1.0/tenants/{OTHER_TENANT}/sites/{site['siteId']}", caller=STRANGER
    )
    assert through_own_tenant.status == 404
    assert foreign["code"] == "SITE_002"
    assert {**foreign, "message": ""} == {**absent, "message": ""}
    assert foreign["message"].replace(site["siteId"], NOBODY) == absent["message"]


@pytest.mark.parametrize("site_id", ["site-1", "%20", "SITE", "site-*", f"{NOBODY}x"])
def test_what_is_no_site_id_is_not_found(api: Api, account: Account, site_id: str) -> None:
    account.calls.clear()
    assert api.get(f"{SITES}/{site_id}").code == "SITE_002"
    assert account.calls == []


def test_staff_sees_every_tenant(api: Api, site: dict[str, Any]) -> None:
    assert api.get(f"{SITES}/{site['siteId']}", caller=STAFF).status == 200
    assert api.get(f"/v1.0/operations/{site['operationId']}", caller=STAFF).status == 200


def test_another_tenants_lists_are_forbidden(api: Api, site: dict[str, Any]) -> None:
    for path in (SITES, f"/v1.0/tenants/{TENANT}/operations"):
        reply = api.get(path, caller=STRANGER)
        assert (reply.status, reply.code) == (403, "AUTH_002")


def test_pages_hold_every_site_once_in_order_of_age(
    api: Api, account: Account, clock: Clock
) -> None:
    _premium(account)
    made = [_create(api, clock, number) for number in range(7)]
    account.calls.clear()
    pages = _all_pages(api, f"{SITES}?limit=3")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(chain(*pages)) == made
    assert account.calls == ["dynamodb.Query"] * 3


@pytest.mark.parametrize("query", ["status=PROVISIONING", "environment=SIT",
                                   "status=PROVISIONING&environment=SIT"])  # fmt: skip
def test_filters_choose_and_page(api: Api, account: Account, clock: Clock, query: str) -> None:
    _premium(account)
    in_dev = [_create(api, clock, number) for number in range(2)]
    in_sit = [_create(api, clock, number, "SIT") for number in range(10, 13)]
    expected = in_sit if "environment" in query else in_dev + in_sit
    assert list(chain(*_all_pages(api, f"{SITES}?limit=2&{query}"))) == expected
    assert _all_pages(api, f"{SITES}?status=ACTIVE") == [[]]


def test_deleted_sites_are_listed_only_when_asked_for(
    api: Api, account: Account, site: dict[str, Any]
) -> None:
    (item,) = [i for i in account.items() if i["SK"].startswith("SITE#")]
    account.put({**item, "status": "DELETED", "GSI2PK": f"TENANT#{TENANT}#SITE#DELETED"})
    assert _all_pages(api, SITES) == [[]]
    assert _all_pages(api, f"{SITES}?environment=DEV") == [[]]
    assert _all_pages(api, f"{SITES}?status=DELETED") == [[site["siteId"]]]
    assert api.get(f"{SITES}/{site['siteId']}").json["status"] == "DELETED"


def test_a_page_token_belongs_to_its_list(api: Api, account: Account, clock: Clock) -> None:
    _premium(account)
    for number in range(3):
        _create(api, clock, number)
    token = api.get(f"{SITES}?limit=1").json["nextToken"]
    altered = ("B" if token[0] != "B" else "C") + token[1:]
    for path in (
        f"{SITES}?limit=1&nextToken={altered}",
        f"{SITES}?limit=1&status=PROVISIONING&nextToken={token}",
        f"{SITES}?limit=1&nextToken=",
        f"/v1.0/tenants/{TENANT}/operations?nextToken={token}",
    ):
        assert (api.get(path).status, api.get(path).code) == (400, "SITE_001")
    foreign = api.get(
        f"/v1.0/tenants/{OTHER_TENANT}/sites?limit=1&nextToken={token}", caller=STRANGER
    )
    assert foreign.status == 400


def test_a_page_token_expires_after_a_day(api: Api, account: Account, clock: Clock) -> None:
    for number in range(2):
        _create(api, clock, number)
    token = api.get(f"{SITES}?limit=1").json["nextToken"]
    clock.advance(24 * 3600)
    assert api.get(f"{SITES}?nextToken={token}").status == 200
    clock.advance(1)
    expired = api.get(f"{SITES}?nextToken={token}")
    assert (expired.status, expired.code) == (400, "SITE_001")
    assert "expired" in expired.text


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "status=active", "stauts=X"])
def test_a_wrong_query_is_refused(api: Api, query: str) -> None:
    reply = api.get(f"{SITES}?{query}")
    assert (reply.status, reply.code) == (400, "SITE_001")
    assert reply.json["error"]["details"]["errors"][0]["field"] == query.split("=", maxsplit=1)[0]


def test_an_operation_is_found_by_its_id_at_once(
    api: Api, account: Account, site: dict[str, Any]
) -> None:
    account.calls.clear()
    reply = api.get(f"/v1.0/operations/{site['operationId']}")
    assert reply.status == 200
    assert account.calls == ["dynamodb.GetItem"]
    operation = reply.json
    assert operation["operationType"] == "SITE_CREATION"
    assert (operation["status"], operation["progress"]) == ("PENDING", 0)
    assert operation["siteId"] == site["siteId"]
    assert reply.headers["retry-after"] == "2"
    assert not {"facts", "inputs", "leaseOwner", "pendingEvent"} & set(operation)


def test_an_operation_is_found_among_several_tenants(
    api: Api, account: Account, site: dict[str, Any]
) -> None:
    account.calls.clear()
    both = claims("CUSTOMER_USER", OTHER_TENANT, TENANT)
    assert api.get(f"/v1.0/operations/{site['operationId']}", caller=both).status == 200
    assert account.calls == ["dynamodb.BatchGetItem"]


def test_anothers_operation_is_not_found(api: Api, site: dict[str, Any]) -> None:
    path = f"/v1.0/operations/{site['operationId']}"
    for caller in (STRANGER, claims("CUSTOMER_ADMIN", "tenant-1", "tenant-2")):
        reply = api.get(path, caller=caller)
        assert (reply.status, reply.code) == (404, "OP_001")
    assert api.get("/v1.0/operations/op-1").code == "OP_001"
    assert api.get("/v1.0/operations/op-1", caller=STAFF).code == "OP_001"


def test_operations_are_listed_newest_first(api: Api, account: Account, clock: Clock) -> None:
    _premium(account)
    first, second = _create(api, clock, 1), _create(api, clock, 2)
    operations = f"/v1.0/tenants/{TENANT}/operations"
    # A page that ends with the last item may have an empty one after it (DynamoDB docs, "Query").
    pages = _all_pages(api, f"{operations}?limit=1")
    assert [page for page in pages if page] == [[second], [first]]
    assert _all_pages(api, f"{operations}?status=PENDING") == [[second, first]]
    assert _all_pages(api, f"{operations}?siteId={first}") == [[first]]
    assert _all_pages(api, f"{operations}?siteId={first}&status=FAILED") == [[]]
    foreign = f"/v1.0/tenants/{OTHER_TENANT}/operations?siteId={first}"
    assert api.get(foreign, caller=STRANGER).json["items"] == []


def test_the_service_says_that_it_lives(api: Api) -> None:
    reply = api.get("/v1.0/health", anonymous=True)
    assert (reply.status, reply.json["status"]) == (200, "OK")
    assert api.handler({}, None)["status"] == "OK"


def test_unknown_routes_and_methods_are_told_apart(api: Api) -> None:
    reply = api.get("/v1.0/nothing", anonymous=True)
    assert (reply.status, reply.code) == (404, "REQ_003")
    wrong = api.call("PATCH", SITES, {})
    assert (wrong.status, wrong.code) == (405, "REQ_003")
    assert wrong.headers["allow"] == "GET, POST"
