"""POST clone and promote: a new address, or the site that is there; the source is held meanwhile."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, TENANT, Account, Api, claims
from bbws_local.wordpress import SimulatorServer
from bbws_shared.operations import Operation
from bbws_shared.sites import Site, SiteStatus
from bbws_shared.wordpress_transport import CredentialStore

SITES = f"/v1.0/tenants/{TENANT}/sites"
CLONE = {"siteName": "Second Shop", "subdomain": "second-shop"}
Stored = Callable[..., Site]


def _path(site: Site) -> str:
    return f"{SITES}/{site.site_id}"


@pytest.fixture
def source(
    api: Api, stored: Stored, wordpress: SimulatorServer, account: Account
) -> Callable[..., Site]:
    """A site that WordPress has as well, so that it is healthy."""

    def make(**fields: Any) -> Site:
        import requests

        login = CredentialStore(account.client("secretsmanager")).of(TENANT)
        made = requests.post(
            f"{wordpress.url}/wp-json/bbws/v1/sites",
            json={
                "externalId": "site-0190163d-8694-739b-aea5-000000000001",
                "domain": "shop.wpdev.bbws.io",
                "title": "Shop",
            },
            auth=(login.username, login.password),
            headers={"X-Tenant-Id": TENANT, "Host": login.network_host},
            timeout=5,
        ).json()
        site = stored(**{"wordpress_site_id": made["id"], **fields})
        account.calls.clear()
        return site

    return make


def test_a_clone_is_a_new_site_that_holds_its_source(
    api: Api, account: Account, stored: Stored, variables: dict[str, str],
    operation: Callable[[str], Operation],
) -> None:  # fmt: skip
    site = stored()
    reply = api.post(f"{_path(site)}/clone", CLONE)
    assert reply.status == 202
    clone = reply.json
    assert clone["status"] == "PROVISIONING"
    assert clone["url"] == "https://second-shop.wpdev.bbws.io"
    assert clone["sourceSiteId"] == site.site_id
    begun = operation(clone["operationId"])
    assert begun.site_id == clone["siteId"]
    assert begun.inputs["sourceSiteId"] == site.site_id
    assert api.get(_path(site)).json["activeOperationId"] == clone["operationId"]
    (message,) = account.messages(variables["CREATION_QUEUE_URL"])
    assert json.loads(message["Body"])["messageType"] == "SITE_CLONE"
    assert api.delete(_path(site)).code == "SITE_007"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**CLONE, "environment": "PROD"}, 422, "SITE_006"),
        ({**CLONE, "subdomain": "shop"}, 409, "SITE_003"),
        ({**CLONE, "subdomain": "www"}, 400, "SITE_001"),
        ({"siteName": "x"}, 400, "SITE_001"),
    ],
)
@pytest.mark.parametrize("query", ["", "?validateOnly=true"])
def test_a_clone_that_cannot_be_is_refused_whole(
    api: Api, account: Account, stored: Stored, body: Any, status: int, code: str, query: str
) -> None:
    site = stored()
    reply = api.post(f"{_path(site)}/clone{query}", body)
    assert (reply.status, reply.code) == (status, code)
    assert "activeOperationId" not in api.get(_path(site)).json


@pytest.mark.parametrize("query", ["", "?validateOnly=true"])
def test_a_clone_needs_a_place_in_the_quota(
    api: Api, account: Account, stored: Stored, query: str
) -> None:
    site = stored()
    quota = {"PK": f"TENANT#{TENANT}", "SK": "QUOTA", "tier": "BASIC", "currentSites": 5}
    account.put(quota)
    reply = api.post(f"{_path(site)}/clone{query}", CLONE)
    assert (reply.status, reply.code) == (422, "SITE_004")


def test_a_clone_that_is_only_validated_says_where_it_would_be(
    api: Api, account: Account, stored: Stored
) -> None:
    site = stored()
    before = account.items()
    plan = api.post(f"{_path(site)}/clone?validateOnly=true", CLONE).json["plan"]
    assert plan["effects"] == {"url": "https://second-shop.wpdev.bbws.io"}
    assert account.items() == before


def test_a_promotion_answers_200_with_the_promoted_site_and_its_checks(
    api: Api, account: Account, source: Stored, variables: dict[str, str],
    operation: Callable[[str], Operation],
) -> None:  # fmt: skip
    site = source()
    reply = api.post(f"{_path(site)}/promote", {"targetEnvironment": "SIT"})
    assert reply.status == 200, reply.text
    promoted = reply.json
    assert promoted["url"] == "https://shop.wpsit.bbws.io"
    assert (promoted["status"], promoted["environment"]) == ("PROVISIONING", "SIT")
    assert [(c["name"], c["status"]) for c in promoted["checks"]] == [
        ("sourceHealth", "PASS"),
        ("pluginVulnerabilities", "PASS"),
        ("freshBackup", "PASS"),
    ]
    begun = operation(promoted["operationId"])
    assert begun.inputs["isRefresh"] is False
    (backup,) = [i for i in account.items() if i["SK"].startswith("BACKUP#")]
    assert (backup["siteId"], backup["status"]) == (site.site_id, "PENDING")
    (message,) = account.messages(variables["CREATION_QUEUE_URL"])
    assert json.loads(message["Body"])["messageType"] == "SITE_PROMOTION"


def test_a_second_promotion_refreshes_the_site_that_is_there(
    api: Api, account: Account, source: Stored, stored: Stored,
    operation: Callable[[str], Operation],
) -> None:  # fmt: skip
    site = source()
    there = stored(2, environment="SIT")
    promoted = api.post(f"{_path(site)}/promote", {"targetEnvironment": "SIT"}).json
    assert promoted["siteId"] == there.site_id
    assert promoted["status"] == "ACTIVE"
    begun = operation(promoted["operationId"])
    assert begun.inputs["isRefresh"] is True
    backed_up = {i["siteId"] for i in account.items() if i["SK"].startswith("BACKUP#")}
    assert backed_up == {site.site_id, there.site_id}
    for held in (site, there):
        assert api.get(_path(held)).json["activeOperationId"] == begun.operation_id


@pytest.mark.parametrize(
    ("environment", "target"),
    [("DEV", "PROD"), ("DEV", "DEV"), ("SIT", "DEV"), ("PROD", "SIT"), ("PROD", "DEV")],
)
def test_a_promotion_goes_one_way_only(
    api: Api, stored: Stored, environment: str, target: str
) -> None:
    reply = api.post(
        f"{_path(stored(environment=environment))}/promote", {"targetEnvironment": target}
    )
    assert (reply.status, reply.code) == (422, "SITE_006")


def test_an_unhealthy_site_is_not_promoted(api: Api, stored: Stored, account: Account) -> None:
    site = stored()
    reply = api.post(f"{_path(site)}/promote", {"targetEnvironment": "SIT"})
    assert (reply.status, reply.code) == (422, "SITE_006")
    (failed,) = [c for c in reply.json["error"]["details"]["checks"] if c["status"] == "FAIL"]
    assert failed["name"] == "sourceHealth"
    assert "details.checks" in reply.json["error"]["suggestion"]
    assert "dynamodb.TransactWriteItems" not in account.calls


def test_a_site_with_a_vulnerable_plugin_is_not_promoted(
    api: Api, source: Stored, account: Account
) -> None:
    site = source()
    span = {"fromVersion": "*", "fromInclusive": True, "toVersion": "2.0", "toInclusive": True}
    account.put(
        {
            "PK": "PLUGIN",
            "SK": "PLUGIN#forms",
            "pluginId": "forms",
            "vulnerabilities": [{"id": "v", "affectedVersions": [span]}],
        }
    )
    place = {"PK": f"TENANT#{TENANT}#SITE#{site.site_id}", "SK": "PLUGIN#forms"}
    facts = {"pluginId": "forms", "version": "1.9", "status": "INSTALLED", "isActive": True}
    account.put({**place, **facts})
    reply = api.post(f"{_path(site)}/promote?validateOnly=true", {"targetEnvironment": "SIT"})
    assert (reply.status, reply.code) == (422, "SITE_006")
    (failed,) = [c for c in reply.json["error"]["details"]["checks"] if c["status"] == "FAIL"]
    assert failed["message"] == "Known vulnerabilities: forms 1.9"


def test_a_busy_or_suspended_target_is_not_refreshed(
    api: Api, source: Stored, stored: Stored
) -> None:
    site = source()
    stored(2, environment="SIT", active_operation_id="op-other")
    body = {"targetEnvironment": "SIT"}
    assert api.post(f"{_path(site)}/promote", body).code == "SITE_007"
    target = stored(2, environment="SIT", status=SiteStatus.SUSPENDED)
    error = api.post(f"{_path(site)}/promote", body).json["error"]
    assert error["code"] == "SITE_005"
    assert "in SIT" in error["message"]
    named = {"siteId": target.site_id, "environment": "SIT", "currentStatus": "SUSPENDED"}
    assert error["details"] == named


@pytest.mark.parametrize("action", ["clone", "promote"])
def test_a_stranger_copies_nothing(api: Api, stored: Stored, action: str) -> None:
    body = CLONE if action == "clone" else {"targetEnvironment": "SIT"}
    stranger = claims("CUSTOMER_SUPER_ADMIN", OTHER_TENANT)
    reply = api.post(f"{_path(stored())}/{action}", body, caller=stranger)
    assert (reply.status, reply.code) == (404, "SITE_002")


@pytest.mark.parametrize("action", ["clone", "promote"])
def test_a_copy_asked_for_twice_is_made_once(
    api: Api, account: Account, source: Stored, action: str
) -> None:
    body = CLONE if action == "clone" else {"targetEnvironment": "SIT"}
    path = f"{_path(source())}/{action}"
    first, second = (api.post(path, body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (second.status, second.text) == (first.status, first.text)
    assert account.calls.count("sqs.SendMessage") == 1


@pytest.mark.parametrize("moment", ["busy", "done"])
@pytest.mark.parametrize("action", ["clone", "promote", "refresh"])
def test_a_copy_whose_request_died_after_its_transaction_is_recognised(
    api: Api, account: Account, source: Stored, stored: Stored, action: str, moment: str
) -> None:
    """The source is busy with the very copy that is asked for once more."""
    site = source()
    if action == "refresh":
        stored(2, environment="SIT")
    body = CLONE if action == "clone" else {"targetEnvironment": "SIT"}
    path = f"{_path(site)}/{'clone' if action == 'clone' else 'promote'}"
    key = {"Idempotency-Key": "order-11"}
    first = api.post(path, body, headers=key)
    for item in account.items():
        if item["SK"] == "IDEMPOTENCY":
            stored_answer = {"PK": {"S": item["PK"]}, "SK": {"S": item["SK"]}}
            account.client("dynamodb").delete_item(TableName="sites", Key=stored_answer)
        is_held = item.pop("activeOperationId", None)
        if moment == "done" and is_held:
            account.put(item)
    second = api.post(path, body, headers=key)
    assert second.status == first.status, second.text
    for name in ("siteId", "operationId", "sourceSiteId", "checks"):
        assert second.json.get(name) == first.json.get(name)
    assert len([i for i in account.items() if i["SK"].startswith("OP#")]) == 1
    if moment == "busy":
        assert api.post(path, body, headers={"Idempotency-Key": "order-12"}).code == "SITE_007"
