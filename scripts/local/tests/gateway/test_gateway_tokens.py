"""Which tokens the HTTP API accepts."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from bbws_local.gateway import Gateway
from bbws_local.serving import Response, Server

type NewGateway = Callable[..., Gateway]
type Send = Callable[..., requests.Response]

PRIVATE = "/v1.0/private"


def _assert_refused(answer: requests.Response, reason: str) -> None:
    assert answer.status_code == 401
    assert answer.json() == {"message": "Unauthorized"}
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="invalid_token"' in challenge
    assert reason in challenge


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", "BEARER  ", ""])
def test_a_good_token_gets_in_with_or_without_bearer(send: Send, keys: Any, prefix: str) -> None:
    answer = send("GET", PRIVATE, Authorization=f"{prefix}{keys.token(groups=['a', 'b'])}")

    assert answer.status_code == 200
    claims = answer.json()["requestContext"]["authorizer"]["jwt"]["claims"]
    assert claims["sub"] == "u-1"
    assert claims["groups"] == "[a b]"


@pytest.mark.parametrize("header", [{}, {"Authorization": ""}])
def test_no_token_is_refused_without_a_reason(
    send: Send, functions: Any, header: dict[str, str]
) -> None:
    answer = send("GET", PRIVATE, **header)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert functions.events == []


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "Basic dXNlcjpwYXNz", "ž.ž.ž"])
def test_what_is_no_token_is_refused(send: Send, token: str) -> None:
    answer = send("GET", PRIVATE, Authorization=f"Bearer {token}".encode())

    _assert_refused(answer, "")


@pytest.mark.parametrize(
    ("different", "reason"),
    [
        ({"exp": int(time.time()) - 10}, "expired"),
        ({"exp": None}, "exp"),
        ({"nbf": int(time.time()) + 300}, "not yet valid"),
        ({"iat": int(time.time()) + 300}, "not yet valid"),
        ({"iss": "https://issuer.example/other"}, "issuer"),
        ({"iss": None}, "iss"),
        ({"aud": "other"}, "another audience"),
        ({"aud": ["other", "third"]}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": None, "client_id": "other"}, "another audience"),
        ({"aud": "other", "client_id": "portal"}, "another audience"),
        ({"key_id": "key-2"}, "key-2"),
    ],
)
def test_a_token_is_refused_with_the_reason(
    send: Send, keys: Any, functions: Any, different: dict[str, Any], reason: str
) -> None:
    _assert_refused(send("GET", PRIVATE, Authorization=keys.token(**different)), reason)
    assert functions.events == []


@pytest.mark.parametrize(
    "different", [{"aud": None, "client_id": "portal"}, {"aud": ["other", "portal"]}]
)
def test_the_client_counts_where_no_audience_is_named(
    send: Send, keys: Any, different: dict[str, Any]
) -> None:
    assert send("GET", PRIVATE, Authorization=keys.token(**different)).status_code == 200


def test_a_signature_of_another_key_is_refused(send: Send, keys: Any) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(keys.token(), options={"verify_signature": False})
    forged = jwt.encode(claims, stranger, "RS256", headers={"kid": "key-1"})

    _assert_refused(send("GET", PRIVATE, Authorization=forged), "Signature")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_algorithm_without_a_key_pair_is_refused(send: Send, keys: Any, algorithm: str) -> None:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    claims = jwt.decode(keys.token(), options={"verify_signature": False})
    token = f"{part({'alg': algorithm, 'kid': 'key-1'})}.{part(claims)}.{part({})}"

    _assert_refused(send("GET", PRIVATE, Authorization=token), "")


@pytest.mark.parametrize("body", [b"no json", b"{}", b'{"keys": []}'])
def test_without_the_issuers_keys_nobody_gets_in(
    new_gateway: NewGateway, keys: Any, body: bytes
) -> None:
    server = Server(lambda request: Response(200, body)).start()
    gateway = new_gateway(keys_url=server.url)
    headers = {"Authorization": keys.token()}
    answer = requests.get(f"{gateway.url}{PRIVATE}", headers=headers, timeout=10)
    server.stop()

    _assert_refused(answer, "")


def test_keys_out_of_reach_are_a_refusal_not_a_crash(new_gateway: NewGateway, keys: Any) -> None:
    gateway = new_gateway(keys_url="http://127.0.0.1:1/jwks.json")
    headers = {"Authorization": keys.token()}
    answer = requests.get(f"{gateway.url}{PRIVATE}", headers=headers, timeout=10)

    _assert_refused(answer, "")


def test_a_public_route_does_not_look_at_the_token(send: Send) -> None:
    assert send("GET", "/v1.0/sites/1", Authorization="nonsense").status_code == 200
