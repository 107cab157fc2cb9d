"""The HTTP API of an account, as the gateway serves it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bbws_local.cors import Cors
from bbws_local.events import DEFAULT_PATH, Route
from bbws_local.reading import AccountUnusable
from bbws_local.throttle import Throttle

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client

_FUNCTION: Final = re.compile(r":function:(?P<name>[^:/]+)")


@dataclass(frozen=True)
class HttpApi:
    """Routes and settings; `functions` names the function of each service of the routes."""

    api_id: str
    routes: tuple[Route, ...]
    functions: Mapping[str, str]
    cors: Cors
    throttle: Throttle
    issuer: str
    audience: str


def read_api(
    gateway: "ApiGatewayV2Client", name: str, stage: str, services: Mapping[str, str]
) -> HttpApi:
    """The API of a name as it is in the account; `services` are those of the functions' names.

    Raises:
        AccountUnusable: there is no such API, or one of its routes leads to none of the functions.
    """
    found = [api for api in gateway.get_apis()["Items"] if api["Name"] == name]
    if len(found) != 1:
        raise AccountUnusable(f"the account has {len(found)} APIs named {name}")
    (api,) = found
    settings = gateway.get_stage(ApiId=api["ApiId"], StageName=stage)["DefaultRouteSettings"]
    routes = _raw_routes(gateway, api["ApiId"])
    jwt = _authorizer(gateway, api["ApiId"], routes)
    return HttpApi(
        api["ApiId"],
        _routes(gateway, api["ApiId"], routes, services),
        {service: function for function, service in services.items()},
        _cors(api["CorsConfiguration"]),
        Throttle(settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]),
        jwt["Issuer"],
        jwt["Audience"][0],
    )


def _raw_routes(gateway: "ApiGatewayV2Client", api_id: str) -> list[Any]:
    pages = gateway.get_paginator("get_routes").paginate(ApiId=api_id)
    return [route for page in pages for route in page["Items"]]


def _authorizer(gateway: "ApiGatewayV2Client", api_id: str, routes: list[Any]) -> Any:
    """The settings of the one authorizer that the routes name."""
    named = {route["AuthorizerId"] for route in routes if route["AuthorizationType"] == "JWT"}
    if len(named) != 1:
        raise AccountUnusable(f"the API's routes name {len(named)} authorizers")
    return gateway.get_authorizer(ApiId=api_id, AuthorizerId=named.pop())["JwtConfiguration"]


def _routes(
    gateway: "ApiGatewayV2Client", api_id: str, routes: list[Any], services: Mapping[str, str]
) -> tuple[Route, ...]:
    uris = {
        one["IntegrationId"]: one["IntegrationUri"]
        for page in gateway.get_paginator("get_integrations").paginate(ApiId=api_id)
        for one in page["Items"]
    }
    return tuple(
        _route(one, _service_at(uris[one["Target"].rpartition("/")[2]], services)) for one in routes
    )


def _service_at(uri: str, services: Mapping[str, str]) -> str:
    found = _FUNCTION.search(uri)
    if found is None or found["name"] not in services:
        raise AccountUnusable(f"a route of the API leads to {uri}, which is none of the functions")
    return services[found["name"]]


def _route(route: Any, service: str) -> Route:
    key = route["RouteKey"]
    method, path = ("ANY", DEFAULT_PATH) if key == "$default" else key.split(" ", 1)
    return Route(method, path, service, is_public=route["AuthorizationType"] == "NONE")


def _cors(given: Any) -> Cors:
    return Cors(
        tuple(given["AllowOrigins"]),
        tuple(given["AllowMethods"]),
        tuple(given["AllowHeaders"]),
        tuple(given["ExposeHeaders"]),
        int(given["MaxAge"]),
    )
