"""POST /sites: one request, one site, whatever is sent twice, at once or wrongly."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bbws_local.testing import OTHER_TENANT, STAFF, TENANT, Account, Api, Reply, claims

AUDIT = "dynamodb.PutItem"
"""Each mutation leaves an entry in the audit trail."""
SITES = f"/v1.0/tenants/{TENANT}/sites"


def test_a_new_site_is_provisioning_and_its_operation_is_queued(
    api: Api, account: Account, new_site: dict[str, Any], variables: dict[str, str]
) -> None:
    reply = api.post(SITES, new_site, headers={"X-Correlation-Id": "portal-42"})
    assert reply.status == 202
    site = reply.json
    assert site["status"] == "PROVISIONING"
    assert site["url"] == "https://corner-shop.wpdev.bbws.io"
    assert site["configuration"] == {"title": "Corner Shop"}
    assert reply.headers["location"] == f"/v1.0/operations/{site['operationId']}"
    assert reply.headers["x-correlation-id"] == "portal-42"
    assert site["activeOperationId"] == site["operationId"]
    (message,) = account.messages(variables["CREATION_QUEUE_URL"])
    body = json.loads(message["Body"])
    assert body["messageType"] == "SITE_CREATION"
    assert body["correlationId"] == "portal-42"
    assert body["idempotencyKey"] == site["operationId"]
    assert body["payload"] == {
        "tenantId": TENANT,
        "siteId": site["siteId"],
        "operationId": site["operationId"],
    }


def test_creating_takes_one_transaction_and_one_message(
    api: Api, account: Account, new_site: dict[str, Any]
) -> None:
    api.post(SITES, new_site)
    assert account.calls == ["dynamodb.TransactWriteItems", "sqs.SendMessage", AUDIT]


def test_what_is_stored_is_one_site_one_operation_one_address_one_counter(
    api: Api, account: Account, new_site: dict[str, Any]
) -> None:
    site = api.post(SITES, new_site).json
    stored = [i for i in account.items() if not i["SK"].startswith("AUDIT#")]
    assert sorted((item["PK"], item["SK"]) for item in stored) == sorted(
        [
            (f"TENANT#{TENANT}", f"SITE#{site['siteId']}"),
            (f"TENANT#{TENANT}", f"OP#{site['operationId']}"),
            (f"TENANT#{TENANT}", "QUOTA"),
            ("ADDRESS#corner-shop", "ENV#DEV"),
        ]
    )


def test_the_address_is_taken_once_for_everybody(api: Api, new_site: dict[str, Any]) -> None:
    assert api.post(SITES, new_site).status == 202
    again = api.post(SITES, new_site)
    assert (again.status, again.code) == (409, "SITE_003")
    assert again.json["error"]["details"] == {"subdomain": "corner-shop"}
    other = f"/v1.0/tenants/{OTHER_TENANT}/sites"
    stranger = api.post(other, new_site, caller=claims("CUSTOMER_ADMIN", OTHER_TENANT))
    assert (stranger.status, stranger.code) == (409, "SITE_003")


def test_a_subdomain_belongs_to_its_tenant_in_every_environment(
    api: Api, new_site: dict[str, Any]
) -> None:
    assert api.post(SITES, new_site).status == 202
    in_sit = {**new_site, "environment": "SIT"}
    stranger = claims("CUSTOMER_ADMIN", OTHER_TENANT)
    refused = api.post(f"/v1.0/tenants/{OTHER_TENANT}/sites", in_sit, caller=stranger)
    assert (refused.status, refused.code) == (409, "SITE_003")
    assert api.post(SITES, in_sit).status == 202


@pytest.mark.parametrize(("tier", "limit"), [(None, 5), ("BASIC", 5), ("STANDARD", 20)])
def test_the_tier_limits_the_number_of_sites(
    api: Api, account: Account, tier: str | None, limit: int
) -> None:
    if tier:
        quota = {"PK": f"TENANT#{TENANT}", "SK": "QUOTA", "tier": tier}
        account.put({**quota, "currentSites": limit - 1})
    else:
        for number in range(limit - 1):
            api.post(SITES, {"siteName": "Shop", "subdomain": f"shop-{number}"})
    assert api.post(SITES, {"siteName": "Shop", "subdomain": "the-last"}).status == 202
    refused = api.post(SITES, {"siteName": "Shop", "subdomain": "one-more"})
    assert (refused.status, refused.code) == (422, "SITE_004")
    assert refused.json["error"]["details"] == {
        "currentSites": limit,
        "maxSites": limit,
        "tier": tier or "BASIC",
    }


def test_prod_is_reached_by_promotion_only(api: Api, new_site: dict[str, Any]) -> None:
    reply = api.post(SITES, {**new_site, "environment": "PROD"})
    assert (reply.status, reply.code) == (422, "SITE_006")


def test_every_bad_field_is_named_at_once(api: Api, account: Account) -> None:
    reply = api.post(
        SITES,
        {
            "siteName": "",
            "subdomain": "-x-",
            "environment": "LIVE",
            "sitename": "typo",
            "configuration": {
                "adminEmail": "nobody",
                "timezone": "Mars/Base",
                "title": None,
                "colour": "red",
            },
        },
    )
    assert (reply.status, reply.code) == (400, "SITE_001")
    fields = {error["field"] for error in reply.json["error"]["details"]["errors"]}
    assert fields == {
        "siteName",
        "subdomain",
        "environment",
        "sitename",
        "configuration.adminEmail",
        "configuration.timezone",
        "configuration.title",
        "configuration.colour",
    }
    assert account.calls == [AUDIT]


@pytest.mark.parametrize(
    "subdomain", ["ab", "a" * 64, "www", "admin", "Shop", "shop.a", "xn--caf-dma", "shop-", "sh op"]
)
def test_a_subdomain_is_a_free_dns_label(api: Api, subdomain: str) -> None:
    assert api.post(SITES, {"siteName": "Shop", "subdomain": subdomain}).status == 400


@pytest.mark.parametrize(
    ("raw", "headers", "status", "code"),
    [
        (b"{", {}, 400, "SITE_001"),
        (b"[]", {}, 400, "SITE_001"),
        (b"\xff\xfe", {}, 400, "SITE_001"),
        (b'{"siteName": NaN}', {}, 400, "SITE_001"),
        (b"[" * 100_000, {}, 400, "SITE_001"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "REQ_003"),
        (b"", {}, 415, "REQ_003"),
        (b" " * 300_000, {}, 413, "REQ_003"),
    ],
)
def test_what_is_no_json_request_is_refused(
    api: Api, raw: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    reply = api.call("POST", SITES, raw=raw, headers=headers)
    assert (reply.status, reply.code) == (status, code)


@examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["siteName", "subdomain", "environment", "configuration", "x"]), inner),
    max_leaves=8,
))  # fmt: skip
def test_no_body_whatever_makes_it_fail(api: Api, body: Any) -> None:
    reply = api.call("POST", SITES, raw=json.dumps(body).encode())
    assert reply.status in (202, 400, 409, 415, 422)


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        (claims("CUSTOMER_SUPER_ADMIN"), 202),
        (claims("CUSTOMER_ADMIN"), 202),
        (claims("CUSTOMER_USER"), 202),
        (STAFF, 202),
        (claims("CUSTOMER_VIEWER"), 403),
        (claims("unknown-group"), 403),
        (claims("CUSTOMER_ADMIN", OTHER_TENANT), 403),
    ],
)
def test_who_may_create_a_site(
    api: Api, new_site: dict[str, Any], caller: dict[str, Any], status: int
) -> None:
    reply = api.post(SITES, new_site, caller=caller)
    assert reply.status == status
    if status == 403:
        assert reply.code == "AUTH_002"


def test_without_a_token_nobody_creates_a_site(api: Api, new_site: dict[str, Any]) -> None:
    reply = api.post(SITES, new_site, anonymous=True)
    assert (reply.status, reply.code) == (401, "AUTH_001")
    assert reply.headers["www-authenticate"] == "Bearer"


def test_a_repetition_gets_the_first_answer(
    api: Api, account: Account, new_site: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "order-7"}
    first, second = api.post(SITES, new_site, headers=key), api.post(SITES, new_site, headers=key)
    assert (second.status, second.text) == (first.status, first.text)
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert account.calls.count("sqs.SendMessage") == 1


def test_refusals_are_replayed_too(api: Api, new_site: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "order-8"}
    wrong = {**new_site, "subdomain": "www"}
    assert api.post(SITES, wrong, headers=key).status == 400
    again = api.post(SITES, wrong, headers=key)
    assert (again.status, again.headers["idempotent-replayed"]) == (400, "true")


def test_a_key_belongs_to_one_body_and_one_caller(api: Api, new_site: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "order-9"}
    assert api.post(SITES, new_site, headers=key).status == 202
    other_body = {**new_site, "subdomain": "second-shop"}
    reused = api.post(SITES, other_body, headers=key)
    assert (reused.status, reused.code) == (422, "REQ_001")
    somebody = claims("CUSTOMER_ADMIN", TENANT, subject="somebody-else")
    assert api.post(SITES, other_body, headers=key, caller=somebody).status == 202


@pytest.mark.parametrize("key", ["", "with space", "é", "k" * 256])
def test_a_malformed_key_is_refused(api: Api, new_site: dict[str, Any], key: str) -> None:
    reply = api.post(SITES, new_site, headers={"Idempotency-Key": key})
    assert (reply.status, reply.code) == (400, "SITE_001")


def test_a_repetition_during_the_first_request_is_told_to_wait(
    api: Api, account: Account, new_site: dict[str, Any]
) -> None:
    key = {"Idempotency-Key": "order-10"}
    during: list[Reply] = []

    def ask_again(**_: Any) -> None:
        if not during:
            during.append(api.post(SITES, new_site, headers=key))

    account.client("sqs").meta.events.register("before-call.sqs.SendMessage", ask_again)
    assert api.post(SITES, new_site, headers=key).status == 202
    assert (during[0].status, during[0].code) == (409, "REQ_001")
    assert during[0].headers["retry-after"] == "2"


def test_a_request_that_died_after_its_transaction_is_recognised(
    api: Api, account: Account, new_site: dict[str, Any]
) -> None:
    """The function ends between the transaction and its answer; the caller asks once more."""
    key = {"Idempotency-Key": "order-11"}
    first = api.post(SITES, new_site, headers=key)
    for item in account.items():
        if item["SK"] == "IDEMPOTENCY":
            stored = {"PK": {"S": item["PK"]}, "SK": {"S": item["SK"]}}
            account.client("dynamodb").delete_item(TableName="sites", Key=stored)
    second = api.post(SITES, new_site, headers=key)
    assert second.status == 202
    assert second.json["siteId"] == first.json["siteId"]
    assert second.json["operationId"] == first.json["operationId"]


def test_a_site_is_created_though_its_message_cannot_be_sent(
    api: Api, account: Account, new_site: dict[str, Any], variables: dict[str, str]
) -> None:
    account.client("sqs").delete_queue(QueueUrl=variables["CREATION_QUEUE_URL"])
    assert api.post(SITES, new_site).status == 202
    (operation,) = [item for item in account.items() if item["SK"].startswith("OP#")]
    assert operation["status"] == "PENDING"
    assert operation["GSI4PK"].startswith("INFLIGHT#")


def test_an_outage_shows_nothing_of_the_inside(
    api: Api, account: Account, new_site: dict[str, Any]
) -> None:
    account.client("dynamodb").delete_table(TableName="sites")
    reply = api.post(SITES, new_site, headers={"Idempotency-Key": "order-12"})
    assert (reply.status, reply.code) == (500, "SYS_001")
    assert "dynamodb" not in reply.text.lower()
    assert "Traceback" not in reply.text
