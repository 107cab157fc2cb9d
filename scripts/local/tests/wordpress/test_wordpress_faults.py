"""The control routes: faults of every kind, traffic, state, reset."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from bbws_local.wordpress import ControlClient, SimulatorServer

type Caller = Callable[..., requests.Response]

SHOP = {"externalId": "site-shop", "domain": "shop.wpdev.bbws.io", "title": "Shop"}


def test_latency_delays_the_effect(bbws: Caller, control: ControlClient) -> None:
    fault = control.add_fault("latency", method="POST", path="/sites$", seconds=30)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(bbws, "POST", "/sites", SHOP)
        control.wait_for_fault(fault["id"])
        (seen,) = control.requests("tenant-a")
        assert (seen["inProgress"], seen["status"]) == (True, None)
        assert control.effects("tenant-a") == []
        control.clear_faults()
        assert answer.result().status_code == 201
    (seen,) = control.requests("tenant-a")
    assert (seen["inProgress"], seen["status"], seen["fault"]) == (False, 201, "latency")


def test_latency_after_leaves_an_effect_without_an_answer(
    bbws: Caller, control: ControlClient
) -> None:
    control.add_fault("latencyAfter", seconds=30)

    with pytest.raises(requests.ReadTimeout):
        bbws("POST", "/sites", SHOP, timeout=0.2)

    control.wait_for_effect("tenant-a", "site_created")
    control.clear_faults()
    assert bbws("POST", "/sites", SHOP).status_code == 200
    assert len(control.effects("tenant-a")) == 1


def test_a_latency_lasts_as_long_as_it_was_ordered(bbws: Caller, control: ControlClient) -> None:
    control.add_fault("latency", seconds=0.15)

    started = time.monotonic()
    bbws("GET", "/health")

    assert time.monotonic() - started >= 0.15


def test_timeout_gives_neither_effect_nor_answer(bbws: Caller, control: ControlClient) -> None:
    control.add_fault("timeout")
    with pytest.raises(requests.ReadTimeout):
        bbws("POST", "/sites", SHOP, timeout=0.2)
    control.clear_faults()

    control.add_fault("timeout", seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        bbws("POST", "/sites", SHOP)

    assert control.effects("tenant-a") == []


@pytest.mark.parametrize(("kind", "effects"), [("cut", 0), ("cutAfter", 1)])
def test_a_cut_connection_gives_no_answer(
    bbws: Caller, control: ControlClient, kind: str, effects: int
) -> None:
    control.add_fault(kind, times=1)

    with pytest.raises(requests.ConnectionError):
        bbws("POST", "/sites", SHOP)

    assert len(control.effects("tenant-a")) == effects
    (seen,) = control.requests("tenant-a")
    assert (seen["inProgress"], seen["status"], seen["fault"]) == (False, None, kind)
    assert bbws("POST", "/sites", SHOP).status_code == (200 if effects else 201)


def test_a_dying_wordpress_answers_in_its_own_form(bbws: Caller, control: ControlClient) -> None:
    control.add_fault("status")

    response = bbws("POST", "/sites", SHOP)

    assert response.status_code == 500
    assert response.json()["code"] == "internal_server_error"
    assert response.headers["X-Tenant-Id"] == "tenant-a"
    assert control.effects("tenant-a") == []


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_unreachable_container_is_reported_by_the_load_balancer(
    bbws: Caller, control: ControlClient, status: int
) -> None:
    control.add_fault("status", status=status)

    response = bbws("GET", "/health")

    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")
    assert "X-Tenant-Id" not in response.headers


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"status": 400, "code": "bbws_x", "message": "No."}, '"code": "bbws_x"'),
        ({"status": 503, "code": "bbws_busy"}, '"code": "bbws_busy"'),
        ({"status": 200, "body": "<html>"}, "<html>"),
        ({"status": 200, "body": {"id": 7}}, '{"id": 7}'),
    ],
)
def test_an_answer_can_be_ordered(
    bbws: Caller, control: ControlClient, fields: dict[str, Any], text: str
) -> None:
    control.add_fault("status", **fields)

    response = bbws("GET", "/health")

    assert response.status_code == fields["status"]
    assert text in response.text
    assert response.headers["X-Tenant-Id"] == "tenant-a"


def test_the_echo_can_be_wrong_or_missing(bbws: Caller, control: ControlClient) -> None:
    control.add_fault("wrongTenant", times=1)
    control.add_fault("noTenant", times=1)

    assert bbws("GET", "/health").headers["X-Tenant-Id"] == "tenant-b"
    assert "X-Tenant-Id" not in bbws("GET", "/health").headers
    assert bbws("GET", "/health").headers["X-Tenant-Id"] == "tenant-a"


def test_a_misrouted_request_is_refused_by_the_other_container(
    bbws: Caller, control: ControlClient
) -> None:
    control.add_fault("misrouted")

    response = bbws("POST", "/sites", SHOP)

    assert (response.status_code, response.json()["code"]) == (421, "bbws_wrong_tenant")
    assert response.headers["X-Tenant-Id"] == "tenant-b"
    assert control.effects("tenant-a") == []


def test_a_fault_concerns_only_what_it_names(bbws: Caller, control: ControlClient) -> None:
    control.add_fault("status", tenantId="tenant-b", method="get", path="/health$", times=2)

    assert bbws("GET", "/health").status_code == 200
    assert bbws("GET", "/sites", tenant="tenant-b").status_code == 200
    statuses = [bbws("GET", "/health", tenant="tenant-b").status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    (fault,) = control.faults()
    assert (fault["hits"], fault["inProgress"], fault["usedUp"]) == (2, 0, True)


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "flood"},
        {"kind": "cut", "path": "("},
        {"kind": "cut", "times": 0},
        {"kind": "latency", "seconds": -1},
        {"kind": "cut", "typo": 1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    simulator: SimulatorServer, control: ControlClient, fault: dict[str, Any]
) -> None:
    response = requests.post(f"{simulator.url}/_simulator/faults", json=fault, timeout=5)

    assert response.status_code == 400
    assert response.json()["error"]
    assert control.faults() == []


def test_concurrent_requests_are_counted_while_they_are_held(
    bbws: Caller, control: ControlClient
) -> None:
    control.add_fault("latency", seconds=30)
    threads = [threading.Thread(target=bbws, args=("GET", "/health")) for _ in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 5
    while control.faults()[0]["inProgress"] < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    control.clear_faults()
    for thread in threads:
        thread.join()
    assert [one["status"] for one in control.requests("tenant-a")] == [200] * 4


def test_requests_are_remembered_with_what_identifies_them(
    bbws: Caller, control: ControlClient
) -> None:
    bbws("GET", "/health")
    bbws("GET", "/health", tenant="tenant-b")

    (seen,) = control.requests("tenant-b")
    assert seen["path"] == "/wp-json/bbws/v1/health"
    assert seen["host"] == "tenant-b.wpdev.bbws.io"
    assert (seen["method"], seen["correlationId"], seen["status"]) == ("GET", "corr-1", 200)
    assert len(control.requests()) == 2


def test_state_shows_every_tenant_or_one(
    simulator: SimulatorServer, bbws: Caller, control: ControlClient
) -> None:
    bbws("POST", "/sites", SHOP)

    (site,) = control.state("tenant-a")["sites"]
    assert (site["externalId"], site["activePlugins"]) == ("site-shop", [])
    assert site["adminEmail"]
    both = requests.get(f"{simulator.url}/_simulator/state", timeout=5).json()["tenants"]
    assert [one["tenantId"] for one in both] == ["tenant-a", "tenant-b"]
    (effect,) = simulator.state.effects("tenant-a", "site_created")
    assert effect.external_id == "site-shop"
    with pytest.raises(requests.HTTPError, match="404"):
        control.state("tenant-z")


def test_reset_forgets_everything(bbws: Caller, control: ControlClient) -> None:
    bbws("POST", "/sites", SHOP)
    control.add_fault("cut")

    control.reset()

    assert control.state("tenant-a")["sites"] == []
    assert control.effects("tenant-a") == []
    assert control.requests() == control.faults() == []
    assert bbws("POST", "/sites", SHOP).status_code == 201


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PUT", "/faults")])
def test_an_unknown_order_is_refused(simulator: SimulatorServer, method: str, path: str) -> None:
    response = requests.request(method, f"{simulator.url}/_simulator{path}", timeout=5)

    assert response.status_code in (404, 405)


def test_waiting_for_what_does_not_come_ends(control: ControlClient) -> None:
    fault = control.add_fault("cut")

    with pytest.raises(TimeoutError, match="met no request"):
        control.wait_for_fault(fault["id"], seconds=0.05)
