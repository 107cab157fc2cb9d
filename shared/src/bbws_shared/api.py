"""Builds a service's HTTP app: the frame around its routes, the same for every service.

The frame reads the caller, gives each request its ids, answers repetitions from the first answer,
turns errors into answers and writes one log line for each request.
"""

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from botocore.exceptions import BotoCoreError, ClientError
from pydantic.alias_generators import to_camel

from bbws_shared.audit import AuditTrail
from bbws_shared.errors import (
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    RouteNotFound,
    ServiceError,
)
from bbws_shared.http import NoQuery, Request, answer, error_answer, problem_answer
from bbws_shared.observability import Observability
from bbws_shared.version import __version__

if TYPE_CHECKING:
    from bbws_shared.idempotency import Idempotency

Handler = Callable[..., dict[str, Any]]


class App:
    """A service's Lambda handler: `app(event, context)`.

    Routes are functions that get the `Request` and the path's parameters and give an
    `http.answer`; they raise `ServiceError`s.
    """

    def __init__(
        self,
        service: str,
        observability: Observability,
        idempotency: "Callable[[], Idempotency] | None" = None,
        audit: AuditTrail | None = None,
    ) -> None:
        """`idempotency` is asked for at the first request that carries an Idempotency-Key."""
        self._audit = audit
        self._service = service
        self._observability = observability
        self._idempotency = idempotency
        self._resolver = APIGatewayHttpResolver()
        self._resolver.not_found(self._not_found)
        self._routes: list[tuple[str, str]] = []

    @property
    def routes(self) -> list[tuple[str, str]]:
        """Method and path of every route, with `{parameter}` as OpenAPI writes them."""
        return list(self._routes)

    def route(
        self, method: str, path: str, *, plans: bool = False, reads_query: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register a handler for `method` and `path`, for example `/v1.0/sites/{site_id}`.

        A handler that `plans` changes nothing and answers with a plan when `validate_only` is set;
        every other one is never reached by such a request. A change with a query is refused, for a
        misspelt `validateOnly` would make it, unless its handler `reads_query` and refuses what it
        does not know.
        """

        def register(handler: Handler) -> Handler:
            def respond(**parameters: str) -> Response[str]:
                request: Request = self._resolver.context["request"]
                request.audited_tenant = parameters.get("tenant_id")
                request.action = to_camel(handler.__name__)
                if request.validate_only and not plans:
                    raise InvalidRequest.field("validateOnly", "is not known here")
                if request.is_mutation and not reads_query:
                    request.parse_query(NoQuery)
                result = handler(request, **parameters)
                return Response(result["statusCode"], None, result["body"], result["headers"])

            self._routes.append((method, path))
            rule = path.replace("{", "<").replace("}", ">")
            self._resolver.route(rule, method=[method])(respond)
            return handler

        return register

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer an HTTP API event; any other event (`aws lambda invoke`) asks how we are."""
        if "http" not in (event.get("requestContext") or {}):
            return {"status": "OK", "service": self._service, "version": __version__}
        request = Request(event)
        logger = self._observability.logger
        logger.append_keys(
            correlation_id=request.correlation_id,
            request_id=request.request_id,
            function_request_id=getattr(context, "aws_request_id", None),
        )
        began = time.perf_counter()
        result = self._answer(event, context, request)
        self._record(request, result)
        result["headers"] |= {
            "X-Request-Id": request.request_id,
            "X-Correlation-Id": request.correlation_id,
        }
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        told = {"method": request.method, "path": request.path, "status": result["statusCode"]}
        logger.info("request answered", **told, duration_ms=milliseconds)
        self._observability.flush()
        return result

    def _answer(self, event: dict[str, Any], context: Any, request: Request) -> dict[str, Any]:
        def respond() -> dict[str, Any]:
            # A refusal is an answer too: repetitions get it again.
            return self._guarded(request, lambda: self._resolve(event, context, request))

        def once() -> dict[str, Any]:
            if self._idempotency is None or request.digest is None or request.validate_only:
                return respond()
            return self._idempotency().answer(request.digest, request.content, context, respond)

        return self._guarded(request, once)

    def _record(self, request: Request, result: dict[str, Any]) -> None:
        """Write who asked for the change; a replayed answer is no new request for it."""
        is_replayed = "Idempotent-Replayed" in result["headers"]
        if self._audit is None or request.action is None or is_replayed:
            return
        try:
            self._audit.record(request, result["statusCode"])
        except (BotoCoreError, ClientError):
            # The change has happened; its caller must hear of it.
            self._observability.logger.exception("audit entry not written")

    def _guarded(self, request: Request, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        logger = self._observability.logger
        try:
            return work()
        except ServiceError as error:
            logger.info("request refused", error_code=error.code, error_message=error.message)
            return _told(error, request)
        except Exception:  # the edge: nothing of the inside may reach the caller
            logger.exception("request failed", error_code=InternalError.code)
            return _told(InternalError(), request)

    def _resolve(self, event: dict[str, Any], context: Any, request: Request) -> dict[str, Any]:
        self._resolver.append_context(request=request)  # type: ignore[no-untyped-call]
        result = self._resolver.resolve(event, context)
        return answer(result["statusCode"], None, result["headers"]) | {"body": result["body"]}

    def _not_found(self, _error: Any) -> Response[str]:
        request: Request = self._resolver.context["request"]
        allowed = sorted(m for m, path in self._routes if _matches(path, request.path))
        # A parameter with a character that no id has, such as a control character, is no route.
        if allowed and request.method not in allowed:
            raise MethodNotAllowed(request.method, allowed)
        raise RouteNotFound(f"There is no {request.method} {request.path}.")


def _told(error: ServiceError, request: Request) -> dict[str, Any]:
    request.error_code = error.code
    if request.wants_problem:
        return problem_answer(error, request)
    return error_answer(error, request.request_id)


def _matches(path: str, actual: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), actual) is not None
