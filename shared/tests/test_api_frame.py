"""What the frame does for every mutation: plans, problem details, the audit trail."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from bbws_local.testing import OTHER_TENANT, TENANT, Account, Clock, claims
from bbws_shared.api import App
from bbws_shared.audit import PLATFORM, AuditTrail
from bbws_shared.auth import Permission
from bbws_shared.errors import SiteNotFound
from bbws_shared.http import Request, answer
from bbws_shared.idempotency import Idempotency
from bbws_shared.observability import Observability
from bbws_shared.plans import Check, Plan, plan_answer
from bbws_shared.table import Table

SITES = f"/v1.0/tenants/{TENANT}/sites"
DONE: list[str] = []


@pytest.fixture
def app(watched: Observability, table: Table, account: Account, clock: Clock) -> App:
    DONE.clear()

    def idempotency() -> Idempotency:
        return Idempotency(account.client("dynamodb"), "sites")

    app = App("test-service", watched, idempotency, AuditTrail(table, clock))

    @app.route("POST", "/v1.0/tenants/{tenant_id}/sites", plans=True)
    def create_site(request: Request, tenant_id: str) -> dict[str, Any]:
        request.caller.require(Permission.WRITE_SITES)
        request.caller.require_tenant(tenant_id)
        if request.validate_only:
            checks = (Check("quota", True), Check("name", False, "It is odd."))
            return plan_answer(Plan("createSite", ("one", "two"), {"url": "https://x"}, checks))
        DONE.append(tenant_id)
        return answer(202, {})

    @app.route("DELETE", "/v1.0/tenants/{tenant_id}/sites")
    def delete_sites(request: Request, tenant_id: str) -> dict[str, Any]:
        DONE.append(tenant_id)
        return answer(204)

    @app.route("DELETE", "/v1.0/admin/plugins", reads_query=True)
    def delete_plugins(request: Request) -> dict[str, Any]:
        return answer(200, {"query": request.query})

    @app.route("GET", "/v1.0/tenants/{tenant_id}/sites")
    def list_sites(request: Request, tenant_id: str) -> dict[str, Any]:
        return answer(200, {"query": request.query})

    @app.route("PUT", "/v1.0/admin/plugins")
    def put_plugins(request: Request) -> dict[str, Any]:
        raise SiteNotFound("site-1")

    return app


def _trail(account: Account, tenant_id: str = TENANT) -> list[dict[str, Any]]:
    entries = [i for i in account.items() if i["PK"] == f"TENANT#{tenant_id}"]
    return sorted((i for i in entries if i["SK"].startswith("AUDIT#")), key=lambda i: str(i["SK"]))


def test_a_plan_says_what_would_be_done_and_nothing_is(
    send: Any, app: App, account: Account
) -> None:
    reply = send(app, "POST", f"{SITES}?validateOnly=true", {}, headers={"Idempotency-Key": "k"})
    assert reply.status == 200
    assert reply.json == {
        "validateOnly": True,
        "plan": {"action": "createSite", "steps": ["one", "two"], "effects": {"url": "https://x"}},
        "checks": [
            {"name": "quota", "status": "PASS"},
            {"name": "name", "status": "FAIL", "message": "It is odd."},
        ],
    }
    assert DONE == []
    assert account.items() == []
    # The same key is free for the real request.
    assert send(app, "POST", SITES, {}, headers={"Idempotency-Key": "k"}).status == 202


@pytest.mark.parametrize("value", ["yes", "", "TRUE"])
def test_a_plan_is_asked_for_with_true_or_false_only(send: Any, app: App, value: str) -> None:
    reply = send(app, "POST", f"{SITES}?validateOnly={value}", {})
    assert (reply.status, reply.code) == (400, "SITE_001")
    assert reply.json["error"]["details"]["errors"][0]["field"] == "validateOnly"
    assert DONE == []


def test_a_route_that_does_not_plan_is_never_reached_by_who_only_asks(send: Any, app: App) -> None:
    assert send(app, "DELETE", f"{SITES}?validateOnly=true").status == 400
    assert DONE == []
    assert send(app, "DELETE", f"{SITES}?validateOnly=false").status == 204


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_change_whose_query_is_misspelt_is_not_made(send: Any, app: App, method: str) -> None:
    reply = send(app, method, f"{SITES}?validateonly=true", {})
    assert (reply.status, reply.code) == (400, "SITE_001")
    unknown = {"field": "validateonly", "message": "is not a known field"}
    assert reply.json["error"]["details"]["errors"] == [unknown]
    assert DONE == []


def test_a_change_that_has_a_query_reads_it_itself(send: Any, app: App) -> None:
    reply = send(app, "DELETE", "/v1.0/admin/plugins?force=true&validateOnly=false")
    assert reply.json == {"query": {"force": "true"}}


def test_a_read_knows_no_validate_only(send: Any, app: App) -> None:
    reply = send(app, "GET", f"{SITES}?validateOnly=true")
    assert reply.json == {"query": {"validateOnly": "true"}}


def test_an_error_is_told_as_rfc_9457_describes_when_that_is_accepted(send: Any, app: App) -> None:
    accept = {"Accept": "application/json;q=0.5, application/problem+json"}
    reply = send(app, "PUT", "/v1.0/admin/plugins", headers=accept, request_id="r-1")
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert set(reply.json) >= {"timestamp", "suggestion"}
    problem = {k: v for k, v in reply.json.items() if k not in ("timestamp", "suggestion")}
    assert problem == {
        "type": "urn:bbws:error:SITE_002",
        "title": "Not Found",
        "status": 404,
        "detail": "Site 'site-1' was not found.",
        "instance": "/v1.0/admin/plugins",
        "code": "SITE_002",
        "details": {},
        "requestId": "r-1",
    }


def test_each_mutation_leaves_an_entry_with_its_result(
    send: Any, app: App, account: Account, clock: Clock
) -> None:
    send(app, "POST", SITES, {}, headers={"X-Correlation-Id": "portal-42"})
    clock.advance(1)
    send(app, "POST", SITES, {}, caller=claims("CUSTOMER_VIEWER"))
    send(app, "GET", SITES)
    done, refused = _trail(account)
    assert (done["action"], done["status"]) == ("createSite", 202)
    assert (done["actor"], done["correlationId"]) == ("user-1@customer-admin.example", "portal-42")
    assert (refused["actor"], refused["status"]) == ("user-1@customer-viewer.example", 403)
    assert done["expiresAt"] > clock().timestamp() + 365 * 24 * 3600


def test_a_replayed_answer_is_no_second_entry(send: Any, app: App, account: Account) -> None:
    for _ in range(2):
        send(app, "POST", SITES, {}, headers={"Idempotency-Key": "k"})
    assert len(_trail(account)) == 1


def test_no_stranger_writes_to_a_trail(send: Any, app: App, account: Account) -> None:
    stranger = claims("CUSTOMER_ADMIN", OTHER_TENANT)
    assert send(app, "POST", SITES, {}, caller=stranger).status == 403
    assert send(app, "POST", SITES, {}, anonymous=True).status == 401
    assert send(app, "POST", "/v1.0/nothing", {}).status == 404
    assert _trail(account) == []
    assert _trail(account, OTHER_TENANT) == []


def test_what_concerns_no_tenant_is_in_the_platforms_trail(
    send: Any, app: App, account: Account
) -> None:
    send(app, "PUT", "/v1.0/admin/plugins", {})
    (entry,) = _trail(account, PLATFORM)
    assert (entry["action"], entry["status"]) == ("putPlugins", 404)


def test_a_trail_that_cannot_be_written_does_not_undo_the_answer(
    send: Any, app: App, account: Account, written: Any
) -> None:
    account.client("dynamodb").delete_table(TableName="sites")
    assert send(app, "POST", SITES, {}).status == 202
    logs, _ = written.lines()
    assert "audit entry not written" in [line["message"] for line in logs]
    with pytest.raises(ClientError):
        account.items()
