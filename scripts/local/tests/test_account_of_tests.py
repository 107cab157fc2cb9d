"""What the tests of every service are given: an account, callers, a clock."""

import json
from typing import Any

import pytest
import requests

from bbws_local.testing import OTHER_TENANT, STAFF, TENANT, Account, Api, Clock, claims
from bbws_local.wordpress import SimulatorServer


def _handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers with its event, or with an error where the body asks for one."""
    if event.get("body") == '{"fail": true}':
        return {"statusCode": 400, "headers": {}, "body": '{"error": {"code": "BAD"}}'}
    told = {**event, "function": context.function_name, "id": context.aws_request_id}
    told["left"] = context.get_remaining_time_in_millis()
    return {"statusCode": 200, "headers": {"ETag": '"1"'}, "body": json.dumps(told)}


@pytest.fixture
def api() -> Api:
    return Api(_handler)


def test_an_account_has_the_table_and_the_queues(
    account: Account, variables: dict[str, str]
) -> None:
    account.put({"PK": "TENANT#tenant-123", "SK": "QUOTA", "tier": "BASIC"})
    account.client("sqs").send_message(QueueUrl=variables["UPDATE_QUEUE_URL"], MessageBody="m")

    assert account.items() == [{"PK": "TENANT#tenant-123", "SK": "QUOTA", "tier": "BASIC"}]
    assert [one["Body"] for one in account.messages(variables["UPDATE_QUEUE_URL"])] == ["m"]
    assert account.messages(variables["CREATION_QUEUE_URL"]) == []


def test_an_account_records_the_calls_after_its_preparation(
    account: Account, variables: dict[str, str]
) -> None:
    assert account.calls == []
    account.items()
    account.messages(variables["DELETION_QUEUE_URL"])

    assert account.calls == ["dynamodb.Scan", "sqs.ReceiveMessage"]


def test_the_accounts_secret_opens_the_tenants_wordpress(
    account: Account, wordpress: SimulatorServer
) -> None:
    for tenant in (TENANT, OTHER_TENANT):
        name = f"bbws/wp/{tenant}/wp-app-password"
        answer = account.client("secretsmanager").get_secret_value(SecretId=name)
        secret = json.loads(answer["SecretString"])
        health = requests.get(
            f"{wordpress.url}/wp-json/bbws/v1/health",
            headers={"X-Tenant-Id": tenant, "Host": secret["networkHost"]},
            auth=(secret["username"], secret["password"]),
            timeout=5,
        )
        assert health.status_code == 200


def test_an_administrator_of_the_first_tenant_calls_unless_told_otherwise(api: Api) -> None:
    def caller(**more: Any) -> Any:
        context = api.get("/v1.0/templates", **more).json["requestContext"]
        return context.get("authorizer", {}).get("jwt", {}).get("claims")

    assert caller() == claims() | {"cognito:groups": "[CUSTOMER_ADMIN]"}
    assert caller(caller=STAFF)["cognito:groups"] == "[super-admin]"
    both = caller(caller=claims("CUSTOMER_VIEWER", TENANT, OTHER_TENANT))
    assert both["custom:tenantIds"] == "tenant-123,tenant-456"
    assert caller(anonymous=True) is None


def test_a_call_is_an_event_of_the_documents_route(api: Api) -> None:
    reply = api.post("/v1.0/tenants/tenant-123/sites?a=1", {"siteName": "x"})

    assert (reply.status, reply.headers) == (200, {"etag": '"1"'})
    assert reply.json["routeKey"] == "POST /v1.0/tenants/{tenantId}/sites"
    assert reply.json["pathParameters"] == {"tenantId": "tenant-123"}
    assert reply.json["body"] == '{"siteName": "x"}'
    assert reply.json["headers"] == {"content-type": "application/json"}
    assert (reply.json["function"], reply.json["left"]) == ("dev-bbws-test", 100_000)


def test_a_call_may_have_a_body_and_headers_of_its_own(api: Api) -> None:
    path = "/v1.0/tenants/tenant-123/sites/site-1"
    reply = api.delete(path, raw=b"raw", headers={"content-type": "text/plain"})

    assert reply.json["body"] == "raw"
    assert "body" not in api.delete(path).json


def test_an_errors_code_can_be_asked_for(api: Api) -> None:
    reply = api.post("/v1.0/tenants/tenant-123/sites", {"fail": True})

    assert (reply.status, reply.code) == (400, "BAD")


def test_each_call_is_a_request_of_its_own(api: Api) -> None:
    first, second = (api.get("/v1.0/templates").json for _ in range(2))

    assert first["id"] != second["id"]
    assert first["requestContext"]["requestId"] != second["requestContext"]["requestId"]


def test_a_clock_moves_only_when_told(clock: Clock) -> None:
    before = clock()
    assert clock() == before
    clock.advance(90)

    assert (clock() - before).total_seconds() == 90
