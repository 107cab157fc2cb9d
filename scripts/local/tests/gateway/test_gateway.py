"""What the HTTP API passes on, and what it makes of a function's answer."""

import base64
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from bbws_local.gateway import Gateway
from bbws_local.runtime_api import Outcome
from bbws_local.throttle import Throttle, TokenBucket

type Eventually = Callable[[Callable[[], Any]], Any]
type NewGateway = Callable[..., Gateway]
type Send = Callable[..., requests.Response]

SITE = "/v1.0/sites/site-1"


def test_a_request_becomes_an_event_of_its_function(send: Send, functions: Any) -> None:
    answer = send("POST", f"{SITE}?a=1&a=2&b=", "{}", Content_Type="application/json", X_Tag="t")

    ((name, event),) = functions.events
    assert name == "dev-sites"
    assert answer.json() == event
    assert event["routeKey"] == "ANY /v1.0/sites/{id}"
    assert event["rawPath"] == f"/dev{SITE}"
    assert event["pathParameters"] == {"id": "site-1"}
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert event["headers"]["x-tag"] == "t"
    assert event["body"] == "{}"
    assert "connection" not in event["headers"]
    assert "authorizer" not in event["requestContext"]


def test_every_answer_has_the_requests_id(send: Send) -> None:
    answer = send("GET", SITE)

    assert answer.headers["Apigw-Requestid"] == answer.json()["requestContext"]["requestId"]
    assert send("GET", "/nowhere").headers["Apigw-Requestid"]


@pytest.mark.parametrize("path", ["/nowhere", "/v1.0/sites/", "/v1.0/sites/a/b"])
def test_a_path_without_a_route_is_not_found(send: Send, path: str) -> None:
    answer = send("GET", path)

    assert answer.status_code == 404
    assert answer.json() == {"message": "Not Found"}


@pytest.mark.parametrize("path", ["", "/v1.0/sites/site-1", "/dev", "/devil/v1.0/sites/site-1"])
def test_outside_of_the_stage_nothing_is_found(gateway: Gateway, path: str) -> None:
    root = gateway.url.removesuffix("/dev")

    assert requests.get(f"{root}{path}", timeout=5).status_code == 404


@pytest.mark.parametrize("path", ["/v1.0/stopped/1", "/v1.0/missing/1"])
def test_a_function_that_does_not_run_is_an_internal_error(send: Send, path: str) -> None:
    answer = send("GET", path)

    assert answer.status_code == 500
    assert answer.json() == {"message": "Internal Server Error"}


@pytest.mark.parametrize(
    "outcome", [Outcome(b'{"errorType": "ValueError"}', "Unhandled"), Outcome(b"<html>")]
)
def test_a_functions_failure_is_an_internal_error_without_its_text(
    send: Send, functions: Any, outcome: Outcome
) -> None:
    functions.answers["dev-sites"] = lambda event: outcome
    answer = send("GET", SITE)

    assert answer.status_code == 500
    assert answer.json() == {"message": "Internal Server Error"}


def test_a_function_that_takes_too_long_is_unavailable(
    new_gateway: NewGateway, functions: Any
) -> None:
    release = threading.Event()
    functions.answers["dev-sites"] = lambda event: release.wait(5)
    answer = requests.get(f"{new_gateway(seconds=0.05).url}{SITE}", timeout=5)
    release.set()

    assert answer.status_code == 503
    assert answer.json() == {"message": "Service Unavailable"}


def test_an_answer_without_a_status_is_the_body(send: Send, functions: Any) -> None:
    functions.answers["dev-sites"] = lambda event: {"siteId": "site-1"}
    answer = send("GET", SITE)

    assert answer.status_code == 200
    assert answer.json() == {"siteId": "site-1"}
    assert answer.headers["Content-Type"] == "application/json"


def test_status_headers_and_cookies_are_the_functions(send: Send, functions: Any) -> None:
    functions.answers["dev-sites"] = lambda event: {
        "statusCode": "202",
        "headers": {"ETag": '"1"', "Retry-After": 5},
        "cookies": ["a=1", "b=2; Path=/"],
        "body": "taken",
    }
    answer = send("POST", SITE)

    assert (answer.status_code, answer.text) == (202, "taken")
    assert (answer.headers["ETag"], answer.headers["Retry-After"]) == ('"1"', "5")
    assert answer.cookies.get_dict() == {"a": "1", "b": "2"}


def test_a_body_in_base64_is_decoded(send: Send, functions: Any) -> None:
    functions.answers["dev-sites"] = lambda event: {
        "statusCode": 200,
        "isBase64Encoded": True,
        "body": base64.b64encode(b"\x89PNG").decode(),
    }

    assert send("GET", SITE).content == b"\x89PNG"


def test_an_answer_may_have_no_body_and_no_headers(send: Send, functions: Any) -> None:
    functions.answers["dev-sites"] = lambda event: {"statusCode": 204, "headers": None}

    assert send("DELETE", SITE).status_code == 204


def test_ten_megabytes_pass_and_one_byte_more_does_not(send: Send, functions: Any) -> None:
    functions.answers["dev-sites"] = lambda event: {"statusCode": 200}
    limit = 10 * 1024 * 1024

    assert send("POST", SITE, b"x" * limit).status_code == 200
    refused = send("POST", SITE, b"x" * (limit + 1))
    assert refused.status_code == 413
    assert refused.json() == {"message": "Request Entity Too Large"}
    assert len(functions.events) == 1


def test_requests_beyond_the_burst_are_too_many(new_gateway: NewGateway, functions: Any) -> None:
    url = f"{new_gateway(throttle=Throttle(rate=0.001, burst=3)).url}{SITE}"
    answers = [requests.get(url, timeout=5) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json() == {"message": "Too Many Requests"}
    assert len(functions.events) == 3


def test_a_bucket_fills_again_in_time(eventually: Eventually) -> None:
    bucket = TokenBucket(Throttle(rate=50, burst=1))

    assert bucket.take()
    assert not bucket.take()
    assert eventually(bucket.take)


def test_a_bucket_never_holds_more_than_the_burst() -> None:
    bucket = TokenBucket(Throttle(rate=0.001, burst=2))

    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_a_busy_port_is_an_error(gateway: Gateway, new_gateway: NewGateway) -> None:
    from bbws_local.serving import Server

    assert gateway.url == f"http://127.0.0.1:{gateway.port}/dev"
    with pytest.raises(OSError, match="in use"):
        Server(lambda request: json.loads("{}"), gateway.port)
