"""WordPress's REST server: which route answers, and in which order a request is refused."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, Rule
from werkzeug.wrappers import Request, Response

from . import errors, params
from .params import Arg
from .site import Site
from .state import Network


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a route: the network, the site of its `Host`, and its parameters.

    `path_args` come from the path, `args` from query and body.
    """

    network: Network
    site: Site
    correlation_id: str | None
    path_args: Mapping[str, Any]
    args: Mapping[str, Any]


type Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A registered route. `refusal` is what a request without credentials gets."""

    methods: tuple[str, ...]
    path: str
    handler: Handler
    args: Mapping[str, Arg] = field(default_factory=dict)
    refusal: Callable[[], errors.RestError] = errors.forbidden
    main_site_only: bool = False


class _RegexConverter(BaseConverter):
    """A path parameter by pattern, as core's routes have them: `<regex('…'):name>`."""

    part_isolating = False

    def __init__(self, url_map: Map, pattern: str) -> None:
        super().__init__(url_map)
        self.regex = pattern


class RestServer:
    """The routes of one WordPress, under `/wp-json`."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._map = Map(
            [Rule(f"/wp-json{one.path}", methods=one.methods, endpoint=one) for one in routes],
            strict_slashes=False,
            merge_slashes=False,
            converters={"regex": _RegexConverter},
        )

    def dispatch(
        self, request: Request, network: Network, site: Site, *, is_authenticated: bool
    ) -> Response:
        """Answer a request; the order of refusals is core's: route, parameters, permission.

        Raises:
            RestError: the request is refused.
        """
        route, path_args = self._match(request)
        if route.main_site_only and site.external_id is not None:
            raise errors.no_route()
        args = params.read(request, route.args)
        if not is_authenticated:
            raise route.refusal()
        correlation_id = request.headers.get("X-Correlation-Id")
        return route.handler(Call(network, site, correlation_id, path_args, args))

    def _match(self, request: Request) -> tuple[Route, Mapping[str, Any]]:
        try:
            route, path_args = self._map.bind("wordpress").match(request.path, request.method)
        except HTTPException as error:
            raise errors.no_route() from error
        return route, path_args


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer with the headers `WP_REST_Server` sends."""
    return Response(
        json.dumps(body, ensure_ascii=False),
        status,
        {"X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff", **(headers or {})},
        content_type="application/json; charset=UTF-8",
    )


def refuse(error: errors.RestError) -> Response:
    """The answer for a refusal."""
    return answer(error.body(), error.status)
