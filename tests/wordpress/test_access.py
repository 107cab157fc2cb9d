"""Who may ask: the tenant's service user, of the tenant's own container, and nobody else."""

from typing import Any

import pytest
import requests

from bbws_shared.wordpress_transport import WordPressRefused, WrongTenantAnswered
from wordpress.conftest import TENANTS, WordPress

A, B = TENANTS


def _ask(wordpress: WordPress, path: str = "/health", **headers: Any) -> requests.Response:
    given = {"Host": A.network_host, "X-Tenant-Id": A.tenant_id, **headers.pop("headers", {})}
    return requests.get(
        f"{wordpress.url}/wp-json/bbws/v1{path}", headers=given, timeout=30, **headers
    )


def test_every_answer_names_its_tenant(wordpress: WordPress) -> None:
    for answer in (
        _ask(wordpress, auth=(A.username, A.password)),
        _ask(wordpress),
        _ask(wordpress, "/no-such-route", auth=(A.username, A.password)),
    ):
        assert answer.headers["X-Tenant-Id"] == A.tenant_id


def test_without_credentials_nothing_is_told(wordpress: WordPress) -> None:
    for path in ("/health", "/sites", "/sites/1"):
        answer = _ask(wordpress, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "rest_forbidden")


@pytest.mark.parametrize("login", [(B.username, B.password), ("nobody", A.password)])
def test_other_credentials_open_nothing(wordpress: WordPress, login: tuple[str, str]) -> None:
    """Whether core says that the password is wrong depends on who asks it first; 401 it is always."""
    answer = _ask(wordpress, auth=login)
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "data"}


def test_a_container_refuses_what_is_for_another_tenant(wordpress: WordPress) -> None:
    if wordpress.kind == "simulator":
        requests.post(
            f"{wordpress.url}/_simulator/faults",
            json={"kind": "misrouted", "times": 1},
            timeout=10,
        ).raise_for_status()
    answer = _ask(
        wordpress,
        headers={"X-Tenant-Id": A.tenant_id, "X-Container": B.tenant_id},
        auth=(A.username, A.password),
    )
    assert (answer.status_code, answer.json()["code"]) == (421, "bbws_wrong_tenant")
    assert answer.headers["X-Tenant-Id"] == B.tenant_id


def test_the_client_trusts_no_answer_of_another_container(wordpress: WordPress) -> None:
    if wordpress.kind == "real":
        client = wordpress.client()
        client._transport._session.headers["X-Container"] = B.tenant_id
    else:
        requests.post(
            f"{wordpress.url}/_simulator/faults",
            json={"kind": "misrouted", "times": 1},
            timeout=10,
        ).raise_for_status()
        client = wordpress.client()
    with pytest.raises(WrongTenantAnswered):
        client.health()


def test_the_routes_are_the_networks_and_not_a_sites(wordpress: WordPress) -> None:
    site = wordpress.new_site()
    answer = _ask(wordpress, headers={"Host": site.domain}, auth=(A.username, A.password))
    assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")


def test_a_host_that_is_no_site_is_told_to_the_client(wordpress: WordPress) -> None:
    with pytest.raises(WordPressRefused) as refusal:
        wordpress.client().plugins("nobody.wpdev.bbws.io")
    assert refusal.value.code == "redirected"
