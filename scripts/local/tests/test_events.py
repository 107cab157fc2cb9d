"""The event a function gets of an HTTP request: payload format 2.0."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bbws_local.events import http_event


def _event(**different: Any) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": "GET",
        "path": "/v1.0/templates",
        "route_key": "GET /v1.0/templates",
        "path_parameters": {},
        "query": [],
        "headers": [],
        "body": b"",
        "claims": None,
        "stage": "dev",
        "request_id": "request-1",
    }
    return http_event(**(request | different))


def test_the_raw_path_has_the_stage_and_is_decoded() -> None:
    event = _event(path="/v1.0/templates/a%20b")

    assert event["version"] == "2.0"
    assert event["rawPath"] == "/dev/v1.0/templates/a b"
    assert event["requestContext"]["http"]["path"] == "/dev/v1.0/templates/a b"


def test_header_names_are_lower_case_and_repeated_values_joined() -> None:
    event = _event(headers=[("X-Tag", "a"), ("x-tag", "b"), ("If-Match", '"1"')])

    assert event["headers"] == {"x-tag": "a,b", "if-match": '"1"'}
    assert "cookies" not in event


def test_cookies_are_a_list_and_no_header() -> None:
    event = _event(headers=[("Cookie", "a=1; b=2"), ("cookie", "c=3")])

    assert event["cookies"] == ["a=1", "b=2", "c=3"]
    assert event["headers"] == {}


def test_repeated_query_values_are_joined_and_the_raw_query_kept() -> None:
    event = _event(query=[("status", "ACTIVE"), ("status", "FAILED"), ("q", "a b"), ("empty", "")])

    assert event["queryStringParameters"] == {"status": "ACTIVE,FAILED", "q": "a b", "empty": ""}
    assert event["rawQueryString"] == "status=ACTIVE&status=FAILED&q=a+b&empty="


def test_what_a_request_does_not_have_is_absent() -> None:
    event = _event()

    assert not {"queryStringParameters", "pathParameters", "cookies", "body"} & set(event)
    assert event["isBase64Encoded"] is False
    assert event["rawQueryString"] == ""
    assert "authorizer" not in event["requestContext"]


def test_path_parameters_are_passed_on() -> None:
    assert _event(path_parameters={"siteId": "a/b"})["pathParameters"] == {"siteId": "a/b"}


def test_claims_are_strings_whatever_the_token_had() -> None:
    claims = {"sub": "u-1", "cognito:groups": ["a", "b"], "email_verified": True, "exp": 1700}
    authorizer = _event(claims=claims)["requestContext"]["authorizer"]

    assert authorizer == {
        "jwt": {
            "claims": {
                "sub": "u-1",
                "cognito:groups": "[a b]",
                "email_verified": "true",
                "exp": "1700",
            },
            "scopes": None,
        }
    }


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/problem+json; charset=utf-8",
        "text/plain",
        "APPLICATION/XML",
    ],
)
def test_a_body_of_text_stays_text(content_type: str) -> None:
    event = _event(body="{ž}".encode(), headers=[("Content-Type", content_type)])

    assert event["body"] == "{ž}"
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("image/png", b"\x89PNG"), ("", b"{}"), ("application/json", b"\xff\xfe")],
)
def test_any_other_body_is_base64(content_type: str, body: bytes) -> None:
    event = _event(body=body, headers=[("Content-Type", content_type)])

    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == body


def test_the_context_tells_about_the_request() -> None:
    event = _event(
        headers=[("User-Agent", "curl/8")], domain="abc.example.com:80", source_ip="10.0.0.1"
    )
    context = event["requestContext"]

    assert context["domainPrefix"] == "abc"
    assert context["http"]["userAgent"] == "curl/8"
    assert context["http"]["sourceIp"] == "10.0.0.1"
    assert (context["requestId"], context["stage"]) == ("request-1", "dev")
    assert context["routeKey"] == event["routeKey"] == "GET /v1.0/templates"
    moment = datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC)
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=5)
    assert context["time"] == moment.strftime("%d/%b/%Y:%H:%M:%S +0000")


def test_an_event_can_be_written_as_json() -> None:
    event = _event(body=b"\x00", claims={"groups": ["a"]}, query=[("a", "b")])

    assert json.loads(json.dumps(event)) == event
