"""The HTTP API: routes, authorizer, throttling, CORS and the limits of API Gateway.

What it answers by itself has API Gateway's own form, `{"message": …}`, not the services'.
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl
from uuid import uuid4

from bbws_local.authorizer import JwtAuthorizer, Unauthorized
from bbws_local.cors import Cors
from bbws_local.docs import Docs
from bbws_local.events import Route, http_event, match
from bbws_local.measurements import Answered
from bbws_local.pool import FunctionStopped
from bbws_local.runtime_api import Outcome
from bbws_local.serving import Request, Response, Server, json_response
from bbws_local.throttle import Throttle, TokenBucket

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
"""API Gateway docs, "Quotas for HTTP APIs": payload size 10 MB."""
INTEGRATION_SECONDS: Final = 30.0
"""API Gateway docs, "Quotas for HTTP APIs": maximum integration timeout 30 seconds."""
_NOT_FORWARDED: Final = frozenset({"connection", "transfer-encoding"})


class Invoker(Protocol):
    """What runs functions."""

    def invoke(self, name: str, payload: bytes, request_id: str | None = None) -> Outcome:
        """A synchronous invocation. Raises KeyError or FunctionStopped."""


@dataclass(frozen=True)
class GatewayOptions:
    """What an HTTP API is made of; `functions` names the function of each service."""

    stage: str
    routes: Sequence[Route]
    functions: dict[str, str]
    cors: Cors
    throttle: Throttle
    integration_seconds: float = INTEGRATION_SECONDS
    api_id: str = ""
    observe: Callable[[Answered], None] = lambda _: None
    """Hears of each answer."""
    document: dict[str, Any] | None = None
    """The OpenAPI document that `/docs` shows, outside of the stage; without it there is none."""


class Gateway:
    """Serves the HTTP API on loopback."""

    def __init__(
        self, port: int, options: GatewayOptions, authorizer: JwtAuthorizer, invoker: Invoker
    ) -> None:
        """Raises OSError when the port is busy."""
        self._options = options
        self._authorizer = authorizer
        self._invoker = invoker
        self._bucket = TokenBucket(options.throttle)
        self._server = Server(self._serve, port, MAX_BODY_BYTES)
        self.port = self._server.port
        self.url = f"{self._server.url}/{options.stage}"
        self._docs = options.document and Docs(options.document, lambda: self.url)

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self) -> None:
        """Take no more connections."""
        self._server.stop()

    def _serve(self, request: Request) -> Response:
        origin = request.header("Origin")
        request_id = str(uuid4())
        if (
            request.method == "OPTIONS"
            and origin
            and request.header("Access-Control-Request-Method")
        ):
            response = self._options.cors.preflight(origin)
        else:
            began = time.monotonic()
            response = self._answer(request, request_id)
            self._measure(response.status, time.monotonic() - began)
        headers = [
            *response.headers,
            *self._options.cors.origin_headers(origin if request.method != "OPTIONS" else ""),
            ("Apigw-Requestid", request_id),
        ]
        return Response(response.status, response.body, headers)

    def _measure(self, status: int, seconds: float) -> None:
        options = self._options
        options.observe(Answered(options.api_id, options.stage, status, seconds * 1000))

    def _answer(self, request: Request, request_id: str) -> Response:
        if not self._bucket.take():
            return json_response(429, {"message": "Too Many Requests"})
        if self._docs and self._docs.concerns(request.path):
            return self._docs.serve(request)
        prefix = f"/{self._options.stage}"
        path = request.raw_path.removeprefix(prefix)
        if not request.raw_path.startswith(f"{prefix}/"):
            return json_response(404, {"message": "Not Found"})
        found = match(self._options.routes, request.method, path)
        if found is None:
            return json_response(404, {"message": "Not Found"})
        route, parameters = found
        claims = None
        if not route.is_public:
            try:
                claims = self._authorizer.claims(request.header("Authorization"))
            except Unauthorized as refusal:
                return _unauthorized(str(refusal))
        event = http_event(
            method=request.method,
            path=path,
            route_key=route.key,
            path_parameters=parameters,
            query=parse_qsl(request.query, keep_blank_values=True),
            headers=[h for h in request.headers if h[0].lower() not in _NOT_FORWARDED],
            body=request.body,
            claims=claims,
            stage=self._options.stage,
            domain=request.header("Host"),
            source_ip=request.client_address,
            request_id=request_id,
        )
        return self._integrate(self._options.functions[route.service], event)

    def _integrate(self, function: str, event: dict[str, Any]) -> Response:
        """Invoke the function, within the time that API Gateway gives it."""
        promise: Future[Outcome] = Future()

        def run() -> None:
            try:
                promise.set_result(self._invoker.invoke(function, json.dumps(event).encode()))
            except Exception as error:  # noqa: BLE001 (handed to the waiting thread)
                promise.set_exception(error)

        threading.Thread(target=run, name="integration", daemon=True).start()
        try:
            outcome = promise.result(timeout=self._options.integration_seconds)
        except FutureTimeoutError:
            return json_response(503, {"message": "Service Unavailable"})
        except (FunctionStopped, KeyError):
            return json_response(500, {"message": "Internal Server Error"})
        if outcome.function_error is not None:
            return json_response(500, {"message": "Internal Server Error"})
        return _response(outcome.payload)


def _unauthorized(reason: str) -> Response:
    challenge = "Bearer"
    if reason:
        told = reason.replace('"', "'").encode("ascii", "replace").decode()
        challenge = f'Bearer scope="" error="invalid_token" error_description="{told}"'
    return json_response(401, {"message": "Unauthorized"}, [("WWW-Authenticate", challenge)])


def _response(payload: bytes) -> Response:
    """A function's answer as HTTP; without `statusCode` its whole output is the body (format 2.0)."""
    try:
        result = json.loads(payload)
    except ValueError:
        return json_response(500, {"message": "Internal Server Error"})
    if not isinstance(result, dict) or "statusCode" not in result:
        return json_response(200, result)
    body = str(result.get("body") or "")
    content = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
    headers = [(name, str(value)) for name, value in (result.get("headers") or {}).items()]
    headers += [("Set-Cookie", cookie) for cookie in result.get("cookies") or []]
    return Response(int(result["statusCode"]), content, headers)
