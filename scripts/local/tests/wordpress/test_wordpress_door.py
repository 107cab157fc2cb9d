"""Who is let in: the ALB's rules, credentials, hosts, and the form of refusals."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from bbws_local.wordpress import SimulatorServer

type Caller = Callable[..., requests.Response]
type NewSite = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("tenant_id", [None, "tenant-z"])
def test_without_a_known_tenant_the_load_balancer_answers_itself(
    send: Caller, tenant_id: str | None
) -> None:
    response = send("GET", "/wp-json/bbws/v1/health", headers={"X-Tenant-Id": tenant_id})

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
    assert "X-Tenant-Id" not in response.headers


@pytest.mark.parametrize("path", ["/wp-json/bbws/v1/health", "/wp-json/nothing", "/", "/wp-admin/"])
def test_every_answer_of_a_container_names_its_tenant(send: Caller, path: str) -> None:
    assert send("GET", path, tenant="tenant-b").headers["X-Tenant-Id"] == "tenant-b"


@pytest.mark.parametrize(
    ("username", "password", "code"),
    [
        ("bbws-service", "wrong", "incorrect_password"),
        ("bbws-service", "zyxw VUTS 9876 rqpo", "incorrect_password"),
        ("nobody", "abcd EFGH 1234 ijkl", "invalid_username"),
        ("nobody@example.com", "abcd EFGH 1234 ijkl", "invalid_email"),
    ],
)
def test_wrong_credentials_are_401_with_cores_code_before_the_route_is_looked_up(
    send: Caller, username: str, password: str, code: str
) -> None:
    for path in ("/wp-json/bbws/v1/health", "/wp-json/nothing"):
        response = send("GET", path, auth=(username, password))
        assert response.status_code == 401
        assert response.json()["code"] == code
        assert response.json()["data"] == {"status": 401}


@pytest.mark.parametrize("password", ["abcdEFGH1234ijkl", "abcd EFGH-1234 ijkl"])
def test_an_application_password_counts_by_its_letters_and_digits(
    send: Caller, password: str
) -> None:
    response = send("GET", "/wp-json/bbws/v1/health", auth=("bbws-service", password))

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/bbws/v1/health", None, "rest_forbidden"),
        ("DELETE", "/bbws/v1/sites/2", None, "rest_forbidden"),
        ("GET", "/wp/v2/plugins", None, "rest_cannot_view_plugins"),
        ("POST", "/wp/v2/plugins", {"slug": "x"}, "rest_cannot_install_plugin"),
        ("GET", "/wp/v2/plugins/hello", None, "rest_cannot_view_plugin"),
        ("PUT", "/wp/v2/plugins/hello", {}, "rest_cannot_manage_plugins"),
        ("DELETE", "/wp/v2/plugins/hello", None, "rest_cannot_manage_plugins"),
    ],
)
def test_without_credentials_each_route_refuses_with_its_own_code(
    send: Caller, method: str, path: str, body: dict[str, str] | None, code: str
) -> None:
    response = send(method, f"/wp-json{path}", json=body, auth=lambda request: request)

    assert (response.status_code, response.json()["code"]) == (401, code)


def test_core_looks_at_parameters_before_permission(send: Caller) -> None:
    response = send("POST", "/wp-json/bbws/v1/sites", json={}, auth=lambda request: request)

    assert response.json()["code"] == "rest_missing_callback_param"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/wp-json/bbws/v1/nothing"),
        ("PATCH", "/wp-json/bbws/v1/sites"),
        ("GET", "/wp-json/bbws/v1/sites/abc"),
        ("GET", "/wp-json/wp/v2/plugins/a/b/c"),
    ],
)
def test_an_unknown_path_or_method_is_no_route(send: Caller, method: str, path: str) -> None:
    response = send(method, path)

    assert response.status_code == 404
    assert response.json() == {
        "code": "rest_no_route",
        "message": "No route was found matching the URL and request method.",
        "data": {"status": 404},
    }


def test_bbws_routes_are_at_the_main_host_alone(send: Caller, new_site: NewSite) -> None:
    site = new_site()

    response = send("GET", "/wp-json/bbws/v1/health", host=site["domain"])

    assert (response.status_code, response.json()["code"]) == (404, "rest_no_route")
    index = send("GET", "/wp-json/", host=site["domain"]).json()
    assert index["namespaces"] == ["wp/v2"]
    assert "bbws/v1" in send("GET", "/wp-json/").json()["namespaces"]


def test_an_unknown_host_is_sent_to_the_signup_form(send: Caller) -> None:
    response = send("GET", "/wp-json/wp/v2/plugins", host="nobody.tenant-a.wpdev.bbws.io")

    assert response.status_code == 302
    assert response.headers["Location"] == "https://tenant-a.wpdev.bbws.io/wp-signup.php?new=nobody"


def test_broken_json_is_named(send: Caller) -> None:
    response = send(
        "POST",
        "/wp-json/bbws/v1/sites",
        data=b'{"externalId": ',
        headers={"Content-Type": "application/json"},
    )

    assert response.status_code == 400
    assert response.json()["code"] == "rest_invalid_json"


@pytest.mark.parametrize("body", [b"[]", b"3", b""])
def test_json_that_is_no_object_has_no_parameters(send: Caller, body: bytes) -> None:
    response = send(
        "POST",
        "/wp-json/bbws/v1/sites",
        data=body,
        headers={"Content-Type": "application/json"},
    )

    assert response.json()["code"] == "rest_missing_callback_param"


def test_json_without_its_content_type_is_not_read(send: Caller) -> None:
    body = b'{"externalId": "x", "domain": "x.wpdev.bbws.io", "title": "x"}'

    response = send("POST", "/wp-json/bbws/v1/sites", data=body)

    assert response.json()["code"] == "rest_missing_callback_param"


def test_one_connection_serves_many_requests(simulator: SimulatorServer) -> None:
    with requests.Session() as session:
        session.trust_env = False
        for size in (0, 10, 100_000):
            response = session.post(
                f"{simulator.url}/wp-json/x",
                data=b"x" * size,
                headers={"X-Tenant-Id": "tenant-a", "Host": "tenant-a.wpdev.bbws.io"},
                timeout=5,
            )
            assert response.status_code == 404
        pools = session.get_adapter(simulator.url).poolmanager.pools  # type: ignore[attr-defined]
        (pool,) = (pools.get(key) for key in pools.keys())  # noqa: SIM118 - not a mapping
        assert (pool.num_connections, pool.num_requests) == (1, 3)


def test_a_stopped_simulator_hangs_up_on_the_connections_it_kept() -> None:
    with requests.Session() as session, SimulatorServer([]) as server:
        session.trust_env = False
        assert session.get(f"{server.url}/_simulator/health", timeout=5).json()["status"] == "OK"
        server.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(f"{server.url}/_simulator/health", timeout=5)
