"""Which route of the HTTP API a request takes."""

from pathlib import Path
from string import ascii_lowercase
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbws_local.events import DEFAULT_PATH, Route, load_routes, match

DOCUMENT = Path(__file__).parents[3] / "openapi" / "site-management.yaml"


def _route(method: str, path: str) -> Route:
    return Route(method, path, "service", is_public=False)


ROUTES = [
    _route("ANY", DEFAULT_PATH),
    _route("ANY", "/sites/{siteId}"),
    _route("GET", "/sites/{siteId}"),
    _route("GET", "/sites/search"),
    _route("ANY", "/sites/search"),
    _route("GET", "/{area}/search"),
    _route("POST", "/sites/{siteId}/plugins/{pluginId}"),
]


def _key(method: str, path: str) -> str:
    found = match(ROUTES, method, path)
    assert found is not None
    return found[0].key


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/sites/site-1", "GET /sites/{siteId}"),
        ("PUT", "/sites/site-1", "ANY /sites/{siteId}"),
        ("GET", "/sites/search", "GET /sites/search"),
        ("DELETE", "/sites/search", "ANY /sites/search"),
        ("GET", "/plugins/search", "GET /{area}/search"),
        ("PUT", "/plugins/search", "$default"),
        ("GET", "/sites/site-1/plugins/seo", "$default"),
        ("GET", "/sites/", "$default"),
        ("GET", "/sites", "$default"),
        ("GET", "/sites/site-1/", "$default"),
        ("GET", "/", "$default"),
    ],
)
def test_the_most_specific_route_is_taken(method: str, path: str, key: str) -> None:
    assert _key(method, path) == key


def test_the_order_of_the_routes_does_not_matter() -> None:
    backwards = list(reversed(ROUTES))

    for method, path in (("GET", "/sites/search"), ("PUT", "/sites/x"), ("PUT", "/elsewhere")):
        assert match(backwards, method, path) == match(ROUTES, method, path)


def test_parameters_are_decoded() -> None:
    found = match(ROUTES, "POST", "/sites/a%2Fb%20c/plugins/%C5%BE")

    assert found is not None
    assert found[1] == {"siteId": "a/b c", "pluginId": "ž"}


def test_without_a_default_route_nothing_else_matches() -> None:
    assert match(ROUTES[1:], "PUT", "/elsewhere") is None
    assert match([], "GET", "/") is None


_SEGMENTS = st.lists(
    st.one_of(st.sampled_from(["sites", "search", "plugins", ""]), st.text(max_size=5).map(quote)),
    max_size=6,
)


@given(st.sampled_from(["GET", "PUT", "POST"]), _SEGMENTS.map("/".join))
def test_a_request_takes_only_a_route_it_fits_in_method_and_every_segment(
    method: str, rest: str
) -> None:
    path = f"/{rest}"
    found = match(ROUTES, method, path)

    assert found is not None
    route, parameters = found
    assert route.method in (method, "ANY")
    if route.path_template == DEFAULT_PATH:
        assert parameters == {}
        return
    filled = "/".join(
        parameters[segment[1:-1]] if segment.startswith("{") else segment
        for segment in route.path_template.split("/")
    )
    assert filled == unquote(path)
    assert all(parameters.values())


@given(
    st.dictionaries(st.sampled_from(["siteId", "pluginId"]), st.text(ascii_lowercase, min_size=1))
)
def test_what_fits_a_template_is_never_left_to_the_default_route(values: dict[str, str]) -> None:
    site, plugin = values.get("siteId", "a"), values.get("pluginId", "b")

    assert _key("POST", f"/sites/{site}/plugins/{plugin}") == ROUTES[-1].key


def test_the_documents_routes_name_their_service_and_who_may_call_them() -> None:
    routes = {route.key: route for route in load_routes(DOCUMENT)}

    assert routes["POST /v1.0/tenants/{tenantId}/sites"].service == "sites-service"
    assert routes["GET /v1.0/templates"].service == "templates-service"
    assert routes["GET /v1.0/plugins/{pluginId}"].service == "plugins-service"
    assert not routes["GET /v1.0/templates"].is_public
    assert routes["GET /v1.0/health"].is_public
    assert "$default" in routes
