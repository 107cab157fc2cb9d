"""What browsers of other origins are told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from bbws_local.cors import cors_of
from bbws_local.events import load_document
from bbws_local.gateway import Gateway

type NewGateway = Callable[..., Gateway]

DOCUMENT = Path(__file__).parents[4] / "openapi" / "site-management.yaml"
PORTAL = "https://portal.bbws.io"
SITE = "/v1.0/sites/site-1"


@pytest.fixture
def url(new_gateway: NewGateway) -> str:
    return f"{new_gateway(origins=(PORTAL, 'https://staff.bbws.io')).url}{SITE}"


def _preflight(url: str, origin: str) -> requests.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return requests.options(url, headers=headers, timeout=5)


def _cors(answer: requests.Response) -> dict[str, str]:
    return {k: v for k, v in answer.headers.items() if k.startswith(("Access-Control", "Vary"))}


def test_a_preflight_is_answered_without_the_function(url: str, functions: Any) -> None:
    answer = _preflight(url, PORTAL)

    assert answer.status_code == 204
    assert _cors(answer) == {
        "Access-Control-Allow-Origin": PORTAL,
        "Access-Control-Expose-Headers": "etag,allow",
        "Vary": "Origin",
        "Access-Control-Allow-Methods": "GET,POST",
        "Access-Control-Allow-Headers": "authorization,if-match",
        "Access-Control-Max-Age": "600",
    }
    assert functions.events == []


def test_a_preflight_needs_no_token_and_no_route(url: str) -> None:
    for path in ("/v1.0/private", "/nowhere"):
        assert _preflight(url.replace(SITE, path), PORTAL).status_code == 204


def test_a_foreign_origins_preflight_allows_nothing(url: str) -> None:
    answer = _preflight(url, "https://evil.example")

    assert answer.status_code == 204
    assert _cors(answer) == {}


@pytest.mark.parametrize("path", [SITE, "/v1.0/private", "/nowhere"])
def test_every_answer_names_the_allowed_origin(url: str, path: str) -> None:
    answer = requests.get(url.replace(SITE, path), headers={"Origin": PORTAL}, timeout=5)

    assert _cors(answer) == {
        "Access-Control-Allow-Origin": PORTAL,
        "Access-Control-Expose-Headers": "etag,allow",
        "Vary": "Origin",
    }


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}])
def test_others_are_answered_without_cors(url: str, headers: dict[str, str]) -> None:
    answer = requests.get(url, headers=headers, timeout=5)

    assert answer.status_code == 200
    assert _cors(answer) == {}


def test_where_all_origins_are_allowed_the_answer_is_the_same_for_each(
    new_gateway: NewGateway,
) -> None:
    answer = requests.get(f"{new_gateway().url}{SITE}", headers={"Origin": PORTAL}, timeout=5)

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Vary" not in answer.headers


def test_options_that_is_no_preflight_goes_to_the_function(url: str, functions: Any) -> None:
    answer = requests.options(url, timeout=5)

    assert answer.status_code == 200
    assert functions.events[0][1]["requestContext"]["http"]["method"] == "OPTIONS"


def test_the_configuration_is_the_documents() -> None:
    cors = cors_of(load_document(DOCUMENT), (PORTAL,))

    assert cors.origins == (PORTAL,)
    assert "POST" in cors.methods
    assert "Idempotency-Key" in cors.allowed_headers
    assert "Location" in cors.exposed_headers
    assert cors.max_age == 3600
