"""What a body may be, and how each refusal is told."""

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import Field, field_validator

from bbws_local.events import http_event
from bbws_local.testing import LambdaContext
from bbws_shared.api import App
from bbws_shared.http import MAX_BODY_BYTES, Request, RequestModel, answer
from bbws_shared.observability import Observability

_JSON = "application/json"


class _Address(RequestModel):
    street: str


class _Wish(RequestModel):
    site_name: str = Field(min_length=1)
    limit: int = 20
    addresses: tuple[_Address, ...] = ()

    @field_validator("limit")
    @classmethod
    def _sensible(cls, value: int) -> int:
        if value > 100:
            raise ValueError("must be at most 100")
        return value


@pytest.fixture
def app(watched: Observability) -> App:
    app = App("test-service", watched)

    @app.route("POST", "/wishes")
    def wish(request: Request) -> dict[str, Any]:
        return answer(201, request.parse_body(_Wish).model_dump(by_alias=True))

    @app.route("GET", "/wishes")
    def search(request: Request) -> dict[str, Any]:
        return answer(200, request.parse_query(_Wish).model_dump(by_alias=True))

    return app


def _encoded(body: str) -> dict[str, Any]:
    event = http_event(
        method="POST", path="/wishes", route_key="$default", path_parameters={}, query=[],
        headers=[("Content-Type", _JSON)], body=b"", claims=None, stage="dev", request_id="r",
    )  # fmt: skip
    return {**event, "body": body, "isBase64Encoded": True}


def _errors(reply: Any) -> list[dict[str, str]]:
    assert (reply.status, reply.code) == (400, "SITE_001")
    errors: list[dict[str, str]] = reply.json["error"]["details"]["errors"]
    return errors


@pytest.mark.parametrize(
    "content_type",
    [_JSON, "Application/JSON", f"{_JSON}; charset=utf-8", "application/merge-patch+json"],
)
def test_json_is_read_into_the_model(send: Any, app: App, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    reply = send(app, "POST", "/wishes", {"siteName": "  Café "}, headers=headers)
    assert reply.status == 201
    assert reply.json["siteName"] == "Café"


def test_a_body_in_base64_is_the_same_body(app: App) -> None:
    # The gateway encodes whatever it does not take for text.
    reply = app(_encoded(b64encode('{"siteName": "Café"}'.encode()).decode()), LambdaContext())
    assert (reply["statusCode"], json.loads(reply["body"])["siteName"]) == (201, "Café")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/jsonx", "text/json", "", "application/xml"]
)
def test_what_is_not_declared_as_json_is_415(send: Any, app: App, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    reply = send(app, "POST", "/wishes", {"siteName": "Shop"}, headers=headers)
    assert (reply.status, reply.code) == (415, "REQ_003")


def test_a_body_of_the_most_bytes_is_read_and_one_more_is_413(send: Any, app: App) -> None:
    frame = len('{"siteName": ""}')
    assert send(app, "POST", "/wishes", {"siteName": "x" * (MAX_BODY_BYTES - frame)}).status == 201
    reply = send(app, "POST", "/wishes", {"siteName": "x" * (MAX_BODY_BYTES - frame + 1)})
    assert (reply.status, reply.code) == (413, "REQ_003")


def test_the_size_is_counted_in_bytes_not_in_letters(send: Any, app: App) -> None:
    raw = json.dumps({"siteName": "é" * (MAX_BODY_BYTES // 2)}, ensure_ascii=False).encode()
    assert send(app, "POST", "/wishes", raw=raw).status == 413


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"siteName": "Shop",}',
        b'{"limit": NaN}',
        b'{"limit": Infinity}',
        b'{"limit": -Infinity}',
        b"[" * 100_000,
        b'{"limit": ' + b"9" * 5000 + b"}",
    ],
    ids=["nothing", "half", "comma", "nan", "infinity", "minus infinity", "deep", "long number"],
)
def test_what_is_no_json_is_told_as_the_body(send: Any, app: App, raw: bytes) -> None:
    reply = send(app, "POST", "/wishes", raw=raw, headers={"Content-Type": _JSON})
    assert _errors(reply) == [{"field": "body", "message": "must be valid JSON"}]


def test_what_is_no_utf_8_is_told_as_the_body(send: Any, app: App) -> None:
    reply = send(app, "POST", "/wishes", raw=b'{"siteName": "\xff"}')
    assert _errors(reply) == [{"field": "body", "message": "must be UTF-8 text"}]


def test_what_is_no_base64_is_told_as_the_body(app: App) -> None:
    reply = app(_encoded("x"), LambdaContext())
    assert (reply["statusCode"], "must be UTF-8 text" in reply["body"]) == (400, True)


@pytest.mark.parametrize("body", [[], 3, "text", True, None])
def test_json_that_is_no_object_is_told_as_the_body(send: Any, app: App, body: Any) -> None:
    reply = send(app, "POST", "/wishes", raw=json.dumps(body).encode())
    assert [error["field"] for error in _errors(reply)] == ["body"]


def test_every_bad_field_is_told_at_once_by_its_name(send: Any, app: App) -> None:
    body = {"limit": 101, "addresses": [{"street": 3}, {}], "sitename": "misspelt"}
    told = {
        error["field"]: error["message"] for error in _errors(send(app, "POST", "/wishes", body))
    }
    assert told == {
        "siteName": "is required",
        "limit": "must be at most 100",
        "addresses.0.street": "Input should be a valid string",
        "addresses.1.street": "is required",
        "sitename": "is not a known field",
    }


def test_what_was_sent_is_not_repeated_in_a_refusal(send: Any, app: App) -> None:
    reply = send(app, "POST", "/wishes", {"siteName": {"password": "hunter2"}})
    assert "hunter2" not in reply.text


def test_a_query_is_read_and_refused_in_the_same_way(send: Any, app: App) -> None:
    reply = send(app, "GET", "/wishes?siteName=Shop&limit=7")
    assert (reply.status, reply.json["limit"]) == (200, 7)
    told = {error["field"] for error in _errors(send(app, "GET", "/wishes?limit=x&page=2"))}
    assert told == {"siteName", "limit", "page"}


_TEXTS = st.text(st.characters(), max_size=8)
_CONTENT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(_TEXTS | st.just("siteName"), inner, max_size=3),
    max_leaves=6,
)


@given(_CONTENT)
# Half a surrogate pair is legal in JSON's escapes (RFC 8259, section 8.2), but not in UTF-8.
@example("\ud800")
@example({"\ud800": "\ud800"})
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_the_answer_is_a_refusal_or_a_result_in_utf_8(
    send: Any, app: App, content: Any
) -> None:
    text = json.dumps(content)
    for body in (text, f'{{"siteName": "Shop", "x": {text}}}', f'{{"siteName": {text}}}'):
        reply = send(app, "POST", "/wishes", raw=body.encode(), headers={"Content-Type": _JSON})
        assert reply.status in (201, 400)
        reply.text.encode()
