"""Which AWS operation an HTTP request is: ("dynamodb", "TransactWriteItems") and the like."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote

import botocore.session

from bbws_local.serving import Request

# Names in credential scopes and endpoints that differ from boto3's.
_REST_SERVICES = {"s3": "s3", "lambda": "lambda", "apigateway": "apigatewayv2"}


def operation_of(request: Request) -> tuple[str, str]:
    """Service (the signing name) and operation; empty strings where they cannot be told."""
    service = _signing_name(request)
    if target := request.header("X-Amz-Target"):
        return service, target.rpartition(".")[2]
    if request.path.startswith("/service/") and "/operation/" in request.path:
        return service, request.path.rpartition("/")[2]
    if request.header("Content-Type").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(request.body.decode(errors="replace"))
        return service, form.get("Action", [""])[0]
    if service in _REST_SERVICES:
        return service, _rest_operation(_REST_SERVICES[service], request)
    return service, ""


def _signing_name(request: Request) -> str:
    # AWS4-HMAC-SHA256 Credential=AKIA…/20260101/af-south-1/sqs/aws4_request, SignedHeaders=…
    # A presigned URL has the same in its query: X-Amz-Credential=AKIA…%2F20260101%2F…
    for given in (request.header("Authorization"), unquote(request.query)):
        found = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request", given)
        if found:
            return found[1]
    return ""


def _rest_operation(service: str, request: Request) -> str:
    given = {part.partition("=")[0] for part in request.query.split("&") if part}
    # Headers are told from queries by their colon.
    given |= {f"{name.lower()}:" for name, _ in request.headers}
    best, best_weight = "", -1
    for name, method, pattern, fixed in _rest_operations(service):
        if method == request.method and pattern.match(request.path) and fixed <= given:
            weight = len(pattern.pattern) + 100 * len(fixed)
            if weight > best_weight:
                best, best_weight = name, weight
    return best


@lru_cache
def _rest_operations(service: str) -> list[tuple[str, str, re.Pattern[str], set[str]]]:
    model = botocore.session.get_session().get_service_model(service)
    return [_rest_shape(model.operation_model(name)) for name in model.operation_names]


def _rest_shape(operation: Any) -> tuple[str, str, re.Pattern[str], set[str]]:
    path, _, query = operation.http["requestUri"].partition("?")
    pattern = "".join(
        part if not part.startswith("{") else (".+" if part.endswith("+}") else "[^/]+")
        for part in re.split(r"(\{[^}]+\})", path.rstrip("/") or "/")
    )
    fixed = {part.partition("=")[0] for part in query.split("&") if part}
    # What tells CopyObject from PutObject, and UploadPart from both.
    shape = operation.input_shape
    for member in shape.required_members if shape else ():
        place = shape.members[member].serialization
        if place.get("location") in ("querystring", "header"):
            end = ":" if place["location"] == "header" else ""
            fixed.add(f"{place['name'].lower() if end else place['name']}{end}")
    return operation.name, operation.http["method"], re.compile(f"^{pattern}/?$"), fixed
