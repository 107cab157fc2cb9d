"""Requests and answers of the HTTP API: reading one strictly, writing the other uniformly."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from bbws_shared.auth import Caller, caller_of
from bbws_shared.errors import (
    BodyTooLarge,
    InvalidRequest,
    NotJson,
    PreconditionFailed,
    ServiceError,
)
from bbws_shared.timestamps import timestamp, utc_now

MAX_BODY_BYTES: Final = 256 * 1024
_CORRELATION_ID: Final = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_JSON: Final = re.compile(r"application/(?:[\w.+-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_PROBLEM_TYPE: Final = "application/problem+json"
_VALIDATE_ONLY: Final = "validateOnly"
_MUTATIONS: Final = frozenset({"POST", "PUT", "DELETE"})
_MESSAGES: Final = {
    "extra_forbidden": "is not a known field",
    "missing": "is required",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "string_pattern_mismatch": "does not have the form that the API's documentation gives",
}
"""What pydantic says in the terms of Python, said in those of the API; by its type of error."""


class RequestModel(BaseModel):
    """A request's body or query: camelCase, and a field it does not know is an error."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, extra="forbid", str_strip_whitespace=True
    )


class NoQuery(RequestModel):
    """The query of a route that has no parameters of its own."""


class Request:
    """An HTTP API event, payload format 2.0 (API Gateway docs, "Lambda proxy integrations")."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._event = event
        self.headers = {k.lower(): v for k, v in (event.get("headers") or {}).items()}
        context = event["requestContext"]
        self.method: str = context["http"]["method"]
        self.source_ip: str | None = context["http"].get("sourceIp")
        self.request_id: str = context.get("requestId") or str(uuid4())
        self.correlation_id = self._correlation_id()
        self.audited_tenant: str | None = None
        """The tenant whom the request concerns; a handler sets it where the path does not say."""
        self.action: str | None = None
        """What is asked for, by its `operationId` in the OpenAPI document; None without a route."""
        self.error_code: str | None = None
        """With which error the request was answered; None when it was not refused."""

    @cached_property
    def caller(self) -> Caller:
        """Who calls. Raises NotAuthenticated."""
        return caller_of(self._event)

    @property
    def path(self) -> str:
        """The path without the stage."""
        stage = self._event["requestContext"].get("stage", "$default")
        raw: str = self._event["rawPath"]
        return raw if stage == "$default" else raw.removeprefix(f"/{stage}")

    @property
    def is_mutation(self) -> bool:
        """Whether the request asks for a change."""
        return self.method in _MUTATIONS

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; `validateOnly` of a mutation is the frame's and not among them."""
        given = dict(self._event.get("queryStringParameters") or {})
        if self.is_mutation:
            given.pop(_VALIDATE_ONLY, None)
        return given

    @cached_property
    def validate_only(self) -> bool:
        """Whether the caller wants to know what the change would do, and nothing to be changed.

        Raises:
            InvalidRequest: when `validateOnly` is neither true nor false.
        """
        given = (self._event.get("queryStringParameters") or {}).get(_VALIDATE_ONLY, "false")
        if self.is_mutation and given not in ("true", "false"):
            raise InvalidRequest.field(_VALIDATE_ONLY, "must be true or false")
        return self.is_mutation and given == "true"

    @property
    def wants_problem(self) -> bool:
        """Whether errors are to be told as RFC 9457 describes."""
        return _PROBLEM_TYPE in self.headers.get("accept", "").lower()

    @cached_property
    def digest(self) -> str | None:
        """What identifies this request among its repetitions; None without Idempotency-Key."""
        key = self.headers.get("idempotency-key")
        if key is None or not self.is_mutation:
            return None
        if not _IDEMPOTENCY_KEY.fullmatch(key):
            raise InvalidRequest.field(
                "Idempotency-Key", "must be 1 to 255 visible ASCII characters"
            )
        return _digest(self.caller.subject, self.method, self.path, key)

    @property
    def content(self) -> str:
        """What the caller asks for beyond method and path: the query and the body."""
        return f"{self._event.get('rawQueryString', '')}\n{self.body}"

    @cached_property
    def body(self) -> str:
        """The body as text. Raises BodyTooLarge, or InvalidRequest when it is no UTF-8."""
        body: str = self._event.get("body") or ""
        try:
            raw = base64.b64decode(body) if self._event.get("isBase64Encoded") else body.encode()
            if len(raw) > MAX_BODY_BYTES:
                raise BodyTooLarge(f"The body may have at most {MAX_BODY_BYTES} bytes.")
            return raw.decode()
        except (binascii.Error, UnicodeError):
            raise InvalidRequest.field("body", "must be UTF-8 text") from None

    def parse_body[Model: BaseModel](self, model: type[Model]) -> Model:
        """The body as `model`.

        Raises:
            NotJson: when it is not declared as JSON.
            InvalidRequest: naming every bad field at once.
        """
        body = self.body
        if not _JSON.fullmatch(self.headers.get("content-type", "")):
            raise NotJson("The request needs the header 'Content-Type: application/json'.")
        try:
            content = json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise InvalidRequest.field("body", "must be valid JSON") from None
        return _validate(model, content)

    def parse_query[Model: BaseModel](self, model: type[Model]) -> Model:
        """The query's parameters as `model`. Raises InvalidRequest."""
        return _validate(model, self.query)

    def require_match(self, etag: str) -> None:
        """Hold If-Match, when given, against the present version's tag.

        Raises:
            PreconditionFailed: when it names others only (RFC 9110, section 13.1.1).
        """
        wanted = self.headers.get("if-match")
        if wanted is None or wanted.strip() == "*":
            return
        if etag not in [tag.strip() for tag in wanted.split(",")]:
            raise PreconditionFailed(
                "The resource has changed since it was read.", {"currentETag": etag}
            )

    def _correlation_id(self) -> str:
        given = self.headers.get("x-correlation-id", "")
        return given if _CORRELATION_ID.fullmatch(given) else str(uuid4())


def answer(
    status: int, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An answer in payload format 2.0; `body` becomes JSON."""
    content = {} if body is None else {"Content-Type": "application/json"}
    return {
        "statusCode": int(status),
        "headers": {**content, **(headers or {})},
        "body": "" if body is None else json.dumps(body, separators=(",", ":"), ensure_ascii=False),
        "isBase64Encoded": False,
    }


def list_answer(
    request: Request, items: list[dict[str, Any]], next_token: str | None
) -> dict[str, Any]:
    """One page of a list, with links to itself and to the next page."""
    links = {"self": {"href": _href(request.path, request.query)}}
    body: dict[str, Any] = {"items": items, "count": len(items)}
    if next_token is not None:
        body["nextToken"] = next_token
        query = {**request.query, "nextToken": next_token}
        links["next"] = {"href": _href(request.path, query)}
    return answer(HTTPStatus.OK, {**body, "_links": links})


def error_answer(error: ServiceError, request_id: str) -> dict[str, Any]:
    """The one form of every refusal and failure."""
    told = {"code": error.code, "message": error.message, "details": error.details}
    body = {
        "error": {**told, "suggestion": error.suggestion},
        "requestId": request_id,
        "timestamp": timestamp(utc_now()),
    }
    return answer(error.status, body, error.headers())


def problem_answer(error: ServiceError, request: Request) -> dict[str, Any]:
    """The same in the form of RFC 9457, "Problem Details for HTTP APIs"."""
    body = {
        "type": f"urn:bbws:error:{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": int(error.status),
        "detail": error.message,
        "instance": request.path,
        "code": error.code,
        "details": error.details,
        "suggestion": error.suggestion,
        "requestId": request.request_id,
        "timestamp": timestamp(utc_now()),
    }
    return answer(error.status, body, {**error.headers(), "Content-Type": _PROBLEM_TYPE})


def _href(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def _validate[Model: BaseModel](model: type[Model], content: Any) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidRequest.fields([_told(p) for p in problems]) from None


def _told(problem: Mapping[str, Any]) -> dict[str, str]:
    message = _MESSAGES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    return {"field": ".".join(map(str, problem["loc"])) or "body", "message": message}


def _no_constant(name: str) -> Any:
    """JSON has no NaN and no infinities (RFC 8259, section 6)."""
    raise ValueError(name)
