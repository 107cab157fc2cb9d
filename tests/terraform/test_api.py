"""The HTTP API of the applied account."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from terraform import workbench
from terraform.conftest import Stack

Aws = Callable[[str], Any]
METHODS = {"get", "put", "post", "delete", "x-amazon-apigateway-any-method"}


@pytest.fixture(scope="module")
def api(aws: Aws) -> dict[str, Any]:
    [found] = aws("apigatewayv2").get_apis()["Items"]
    return dict(found)


@pytest.fixture(scope="module")
def authorizer(aws: Aws, api: dict[str, Any], routes: dict[str, Any]) -> dict[str, Any]:
    """The only one that any route has."""
    [found] = {route["AuthorizerId"] for route in routes.values() if "AuthorizerId" in route}
    return dict(aws("apigatewayv2").get_authorizer(ApiId=api["ApiId"], AuthorizerId=found))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    text = (workbench.ROOT / "openapi/site-management.yaml").read_text()
    return dict(yaml.safe_load(text))


@pytest.fixture(scope="module")
def routes(aws: Aws, api: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = aws("apigatewayv2").get_routes(ApiId=api["ApiId"])["Items"]
    return {route["RouteKey"]: route for route in found}


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By the keys of their routes; `/$default` is API Gateway's path for the route `$default`."""
    return {
        (
            "$default"
            if path == "/$default"
            else f"{'ANY' if method.startswith('x-') else method.upper()} {path}"
        ): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_it_has_exactly_the_routes_of_the_document(
    routes: dict[str, Any], document: dict[str, Any]
) -> None:
    assert set(routes) == set(operations(document))


def test_the_default_route_is_marked_as_such(stack: Stack) -> None:
    state = json.loads(stack.bench.run("terraform show -json"))
    [body] = [
        json.loads(one["values"]["body"])
        for one in state["values"]["root_module"]["resources"]
        if one["address"] == "aws_apigatewayv2_api.this"
    ]
    marked = {
        (path, method)
        for path, item in body["paths"].items()
        for method, operation in item.items()
        if operation.get("isDefaultRoute")
    }
    assert marked == {("/$default", "x-amazon-apigateway-any-method")}


def test_a_route_wants_a_token_exactly_when_the_document_says_so(
    authorizer: dict[str, Any], routes: dict[str, Any], document: dict[str, Any]
) -> None:
    for key, operation in operations(document).items():
        wanted = ("JWT", authorizer["AuthorizerId"]) if operation["security"] else ("NONE", None)
        assert (routes[key]["AuthorizationType"], routes[key].get("AuthorizerId")) == wanted, key


def test_each_route_calls_the_alias_of_its_service(
    aws: Aws, api: dict[str, Any], routes: dict[str, Any], document: dict[str, Any]
) -> None:
    items = aws("apigatewayv2").get_integrations(ApiId=api["ApiId"])["Items"]
    integrations = {f"integrations/{one['IntegrationId']}": one for one in items}
    for key, operation in operations(document).items():
        service = operation["x-amazon-apigateway-integration"]["$ref"].rpartition("/")[2]
        called = integrations[routes[key]["Target"]]
        assert f":function:dev-bbws-{service}:live/invocations" in called["IntegrationUri"], key
        assert (called["IntegrationType"], called["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")


def test_tokens_are_those_of_the_environment_s_user_pool(
    authorizer: dict[str, Any], stack: Stack
) -> None:
    assert authorizer["JwtConfiguration"] == {
        "Issuer": f"https://cognito-idp.af-south-1.amazonaws.com/{stack.ground.user_pool_id}",
        "Audience": [stack.ground.client_id],
    }
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]


def test_the_stage_throttles_and_writes_an_access_log_in_json(
    aws: Aws, api: dict[str, Any]
) -> None:
    stage = aws("apigatewayv2").get_stage(ApiId=api["ApiId"], StageName="dev")
    settings = stage["DefaultRouteSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (1000, 500)
    log = stage["AccessLogSettings"]
    assert log["DestinationArn"].endswith(":/aws/apigateway/bbws-wp-site-management-dev")
    assert json.loads(log["Format"])["requestId"] == "$context.requestId"
    assert "authorization" not in log["Format"].lower()


def test_browsers_may_call_it_from_the_portal_only(
    api: dict[str, Any], document: dict[str, Any]
) -> None:
    cors = {name[0].lower() + name[1:]: value for name, value in api["CorsConfiguration"].items()}
    assert cors.pop("allowOrigins") == ["https://portal.dev.bbws.io", "http://localhost:3000"]
    wanted = document["x-amazon-apigateway-cors"]
    assert {name: _sorted(value) for name, value in cors.items()} == {
        name: _sorted(value) for name, value in wanted.items()
    }


def _sorted(value: Any) -> Any:
    return sorted(value, key=str.lower) if isinstance(value, list) else value
