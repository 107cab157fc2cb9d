"""The frame around a service's routes: who is answered, with what, under which ids."""

from typing import Any
from uuid import UUID

import pytest

from bbws_local.events import http_event
from bbws_local.testing import LambdaContext, claims
from bbws_shared.api import App
from bbws_shared.errors import OperationInFlight, SiteNotFound, WordPressTimedOut
from bbws_shared.http import Request, answer, list_answer
from bbws_shared.observability import Observability
from bbws_shared.version import __version__

_SITE = "/v1.0/sites/{site_id}"


@pytest.fixture
def app(watched: Observability) -> App:
    app = App("test-service", watched)

    @app.route("GET", "/v1.0/sites")
    def list_sites(request: Request) -> dict[str, Any]:
        return list_answer(request, [{"siteId": "site-1"}], request.query.get("next"))

    @app.route("GET", _SITE)
    def get_site(request: Request, site_id: str) -> dict[str, Any]:
        if site_id == "missing":
            raise SiteNotFound(site_id)
        if site_id == "broken":
            raise RuntimeError("the password is hunter2")
        return answer(200, {"siteId": site_id, "by": request.caller.name}, {"ETag": '"7"'})

    @app.route("PUT", _SITE)
    def put_site(request: Request, site_id: str) -> dict[str, Any]:
        request.require_match('"7"')
        raise OperationInFlight(site_id, "op-1")

    @app.route("DELETE", _SITE)
    def delete_site(request: Request, site_id: str) -> dict[str, Any]:
        return answer(204)

    @app.route("POST", "/v1.0/wait")
    def wait(request: Request) -> dict[str, Any]:
        raise WordPressTimedOut("WordPress did not answer in time.")

    return app


def test_a_route_gets_the_request_and_the_parameters_of_its_path(send: Any, app: App) -> None:
    reply = send(app, "GET", "/v1.0/sites/site-9")
    assert (reply.status, reply.json) == (
        200,
        {"siteId": "site-9", "by": "user-1@customer-admin.example"},
    )
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["etag"] == '"7"'


def test_a_path_parameter_arrives_decoded(send: Any, app: App) -> None:
    assert send(app, "GET", "/v1.0/sites/caf%C3%A9").json["siteId"] == "café"


def test_an_answer_without_content_has_no_content_type(send: Any, app: App) -> None:
    reply = send(app, "DELETE", "/v1.0/sites/site-9")
    assert (reply.status, reply.text) == (204, "")
    assert "content-type" not in reply.headers


def test_the_app_names_its_routes_as_openapi_does(app: App) -> None:
    assert app.routes == [
        ("GET", "/v1.0/sites"),
        ("GET", _SITE),
        ("PUT", _SITE),
        ("DELETE", _SITE),
        ("POST", "/v1.0/wait"),
    ]


def test_a_list_links_to_itself_and_to_its_next_page(send: Any, app: App) -> None:
    last = send(app, "GET", "/v1.0/sites?status=ACTIVE").json
    assert last == {
        "items": [{"siteId": "site-1"}],
        "count": 1,
        "_links": {"self": {"href": "/v1.0/sites?status=ACTIVE"}},
    }
    first = send(app, "GET", "/v1.0/sites?next=t%2Bken").json
    assert first["nextToken"] == "t+ken"
    assert first["_links"]["next"]["href"] == "/v1.0/sites?next=t%2Bken&nextToken=t%2Bken"
    assert send(app, "GET", "/v1.0/sites").json["_links"]["self"]["href"] == "/v1.0/sites"


@pytest.mark.parametrize("stage", ["dev", "$default"])
def test_the_stage_is_no_part_of_a_link(app: App, stage: str) -> None:
    event = http_event(
        method="GET", path="/v1.0/sites", route_key="GET /v1.0/sites", path_parameters={},
        query=[], headers=[], body=b"", claims=claims(), stage=stage, request_id="r",
    )  # fmt: skip
    if stage == "$default":
        event["rawPath"] = "/v1.0/sites"
    assert '"href":"/v1.0/sites"' in app(event, LambdaContext())["body"]


def test_an_error_of_the_domain_has_its_status_code_and_form(send: Any, app: App) -> None:
    reply = send(app, "GET", "/v1.0/sites/missing")
    assert (reply.status, reply.headers["content-type"]) == (404, "application/json")
    assert set(reply.json) == {"error", "requestId", "timestamp"}
    assert reply.json["error"] == {
        "code": "SITE_002",
        "message": "Site 'missing' was not found.",
        "details": {},
        "suggestion": SiteNotFound.suggestion,
    }
    assert reply.json["requestId"] == reply.headers["x-request-id"]
    assert reply.json["timestamp"].endswith("Z")


def test_an_error_brings_its_headers_and_details(send: Any, app: App) -> None:
    reply = send(app, "PUT", "/v1.0/sites/site-1")
    assert (reply.status, reply.code, reply.headers["retry-after"]) == (409, "SITE_007", "5")
    link = reply.json["error"]["details"]["_links"]["operation"]
    assert link == {"href": "/v1.0/operations/op-1"}
    assert send(app, "POST", "/v1.0/wait").headers["retry-after"] == "30"


@pytest.mark.parametrize(
    "path", ["/", "/v1.0", "/v1.0/sites/", "/v1.0/sites/a/b", "/v2.0/sites", "/v1.0/sitesx"]
)
def test_an_unknown_path_is_404_req_003(send: Any, app: App, path: str) -> None:
    reply = send(app, "GET", path)
    assert (reply.status, reply.code) == (404, "REQ_003")
    assert "allow" not in reply.headers


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/v1.0/sites/site-1", "DELETE, GET, PUT"),
        ("PATCH", "/v1.0/sites", "GET"),
        ("GET", "/v1.0/wait", "POST"),
    ],
)
def test_a_wrong_method_is_405_with_those_that_are_allowed(
    send: Any, app: App, method: str, path: str, allow: str
) -> None:
    reply = send(app, method, path)
    assert (reply.status, reply.code, reply.headers["allow"]) == (405, "REQ_003", allow)
    assert reply.json["error"]["details"] == {"allowed": allow.split(", ")}


def test_without_claims_a_route_that_asks_for_the_caller_is_401(send: Any, app: App) -> None:
    reply = send(app, "GET", "/v1.0/sites/site-1", anonymous=True)
    assert (reply.status, reply.code) == (401, "AUTH_001")
    assert reply.headers["www-authenticate"] == "Bearer"


def test_an_unexpected_exception_shows_nothing_of_its_inside(send: Any, app: App) -> None:
    reply = send(app, "GET", "/v1.0/sites/broken")
    assert (reply.status, reply.code) == (500, "SYS_001")
    assert reply.json["error"]["message"] == "An internal error occurred."
    assert "hunter2" not in reply.text
    assert "RuntimeError" not in reply.text


@pytest.mark.parametrize("event", [{}, {"requestContext": None}, {"source": "aws.events"}])
def test_any_other_event_asks_how_the_service_is(app: App, event: dict[str, Any]) -> None:
    assert app(event, LambdaContext()) == {
        "status": "OK",
        "service": "test-service",
        "version": __version__,
    }


@pytest.mark.parametrize("given", ["portal-42", "a" * 128, "A.z_0:/-"])
def test_a_correlation_id_is_echoed(send: Any, app: App, given: str) -> None:
    reply = send(app, "GET", "/v1.0/sites", headers={"X-Correlation-ID": given})
    assert reply.headers["x-correlation-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, "two words", "line\nbreak", "{}", "é", "<b>"])
def test_a_malformed_correlation_id_is_replaced(send: Any, app: App, given: str) -> None:
    reply = send(app, "GET", "/v1.0/sites", headers={"X-Correlation-Id": given})
    assert UUID(reply.headers["x-correlation-id"]).version == 4


@pytest.mark.parametrize(
    "path", ["/v1.0/sites", "/v1.0/sites/missing", "/nowhere", "/v1.0/sites/broken"]
)
def test_every_answer_has_its_ids(send: Any, app: App, path: str) -> None:
    reply = send(app, "GET", path, request_id="gateway-7")
    assert reply.headers["x-request-id"] == "gateway-7"
    assert reply.headers["x-correlation-id"]
    another = send(app, "GET", path)
    assert another.headers["x-correlation-id"] != reply.headers["x-correlation-id"]


@pytest.mark.parametrize("tags", ['"7"', '"6", "7"', "*", ' "7" '])
def test_if_match_with_the_present_tag_goes_on(send: Any, app: App, tags: str) -> None:
    reply = send(app, "PUT", "/v1.0/sites/site-1", headers={"If-Match": tags})
    assert reply.code == "SITE_007"


@pytest.mark.parametrize("tags", ['"6"', "7", 'W/"7"', '"6", "8"', ""])
def test_if_match_with_other_tags_only_is_412(send: Any, app: App, tags: str) -> None:
    reply = send(app, "PUT", "/v1.0/sites/site-1", headers={"If-Match": tags})
    assert (reply.status, reply.code) == (412, "REQ_002")
    assert reply.json["error"]["details"] == {"currentETag": '"7"'}


@pytest.mark.parametrize("odd", ["%C2%84", "%00", "%0A"])
def test_a_parameter_that_no_id_can_be_is_not_found(send: Any, app: App, odd: str) -> None:
    assert send(app, "GET", f"/v1.0/sites/{odd}x").status in (200, 404)
    assert send(app, "GET", f"/v1.0/sites/a{odd}").status != 405
