"""The HTTP API's routes, and the events it sends to functions: payload format 2.0.

Source of fact: API Gateway docs, "AWS Lambda proxy integrations for HTTP APIs" and "Create routes
for HTTP APIs".
"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlencode

import yaml

from bbws_local.specification import ACCOUNT_ID

DEFAULT_PATH: Final = "/$default"
_ANY: Final = "x-amazon-apigateway-any-method"
_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head", "options", _ANY})
_TEXT: Final = re.compile(
    r"(text/.*|application/(.+\+)?(json|xml|javascript|x-www-form-urlencoded)).*", re.IGNORECASE
)


@dataclass(frozen=True)
class Route:
    """A route of the OpenAPI document; `method` is ANY where the document names none."""

    method: str
    path_template: str
    service: str
    is_public: bool

    @property
    def key(self) -> str:
        """The route's key, for example `GET /v1.0/templates`."""
        if self.path_template == DEFAULT_PATH:
            return "$default"
        return f"{self.method} {self.path_template}"


@cache
def load_document(path: Path) -> dict[str, Any]:
    """An OpenAPI document; the file's reading is paid once."""
    content: dict[str, Any] = yaml.load(path.read_text(), Loader=_LOADER)  # noqa: S506 (a safe one)
    return content


@cache
def load_routes(document: Path) -> tuple[Route, ...]:
    """The routes of an OpenAPI document, each with the service folder that answers it."""
    content = load_document(document)
    return tuple(
        _route(path, method, operation)
        for path, methods in content["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    )


def match(routes: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The most specific route for a request, and the path's parameters, decoded.

    `path` is without the stage and undecoded.
    """
    segments = path.split("/")
    found = [
        (_weight(route), route, parameters)
        for route in routes
        if route.method in (method, "ANY")
        and (parameters := _parameters(route.path_template, segments)) is not None
    ]
    if not found:
        return None
    _, route, parameters = max(found, key=lambda one: one[0])
    return route, parameters


def http_event(  # noqa: PLR0913 (an event is made of all this)
    *,
    method: str,
    path: str,
    route_key: str,
    path_parameters: Mapping[str, str],
    query: Sequence[tuple[str, str]],
    headers: Sequence[tuple[str, str]],
    body: bytes,
    claims: Mapping[str, Any] | None,
    stage: str,
    request_id: str,
    api_id: str = "local",
    domain: str = "local.execute-api.af-south-1.amazonaws.com",
    source_ip: str = "127.0.0.1",
) -> dict[str, Any]:
    """The event of one request. `path` is without the stage; `claims` are those of its token."""
    now = datetime.now(UTC)
    raw_path = unquote(f"/{stage}{path}")
    joined = _joined((name.lower(), value) for name, value in headers if name.lower() != "cookie")
    cookies = [value for name, value in headers if name.lower() == "cookie"]
    context: dict[str, Any] = {
        "accountId": ACCOUNT_ID,
        "apiId": api_id,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": method,
            "path": raw_path,
            "protocol": "HTTP/1.1",
            "sourceIp": source_ip,
            "userAgent": joined.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": route_key,
        "stage": stage,
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    if claims is not None:
        told = {name: _claim(value) for name, value in claims.items()}
        context["authorizer"] = {"jwt": {"claims": told, "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": raw_path,
        "rawQueryString": urlencode(list(query)),
        "headers": joined,
        "requestContext": context,
        **_body(body, joined.get("content-type", "")),
    }
    if cookies:
        event["cookies"] = [part.strip() for value in cookies for part in value.split(";")]
    if query:
        event["queryStringParameters"] = _joined(query)
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    return event


def _route(path: str, method: str, operation: Mapping[str, Any]) -> Route:
    # The integrations are named after the services: #/components/…/sites-service.
    service = operation["x-amazon-apigateway-integration"]["$ref"].rpartition("/")[2]
    return Route(
        method="ANY" if method == _ANY else method.upper(),
        path_template=path,
        service=service,
        is_public=not operation.get("security"),
    )


def _weight(route: Route) -> tuple[bool, list[bool], bool]:
    fixed = [not segment.startswith("{") for segment in route.path_template.split("/")]
    return route.path_template != DEFAULT_PATH, fixed, route.method != "ANY"


def _parameters(template: str, segments: list[str]) -> dict[str, str] | None:
    if template == DEFAULT_PATH:
        return {}
    expected = template.split("/")
    if len(expected) != len(segments):
        return None
    parameters = {}
    for wanted, actual in zip(expected, segments, strict=True):
        if wanted.startswith("{") and actual:
            parameters[wanted.strip("{}")] = unquote(actual)
        elif wanted != actual:
            return None
    return parameters


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values of one name, joined by commas as the HTTP API does."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    if not body:
        return {"isBase64Encoded": False}
    if _TEXT.fullmatch(content_type):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _claim(value: object) -> str:
    if isinstance(value, list):
        return f"[{' '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


# The C loader reads the document in a tenth of the time; not every build of PyYAML has it.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
