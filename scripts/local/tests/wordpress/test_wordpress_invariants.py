"""Whatever the order of calls: domains are unique, no id has two sites, effects explain the state."""

from typing import Any, ClassVar

import requests
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bbws_local.wordpress import ControlClient, SimulatorServer, Tenant

TENANT = Tenant("tenant-a", "bbws", "secret", "tenant-a.wpdev.bbws.io")
_NUMBERS = st.integers(1, 3)


class Calls(RuleBasedStateMachine):
    """Three external ids on three domains; `sites` is what the answers promised."""

    url: ClassVar[str]
    session: ClassVar[requests.Session]
    control: ClassVar[ControlClient]

    def __init__(self) -> None:
        super().__init__()
        self.control.reset()
        self.sites: dict[str, dict[str, Any]] = {}

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        url = f"{self.url}/wp-json/bbws/v1{path}"
        return self.session.request(method, url, json=body, timeout=5)

    @rule(number=_NUMBERS, domain=_NUMBERS)
    def create(self, number: int, domain: int) -> None:
        external_id, host = f"site-{number}", f"d{domain}.wpdev.bbws.io"
        body = {"externalId": external_id, "domain": host, "title": "T"}
        response = self.call("POST", "/sites", body)
        if external_id in self.sites:
            assert response.status_code == 200
            assert response.json() == self.sites[external_id]
        elif any(one["domain"] == host for one in self.sites.values()):
            assert response.json()["code"] == "bbws_domain_taken"
        else:
            assert response.status_code == 201
            self.sites[external_id] = response.json()

    @rule(number=_NUMBERS)
    def delete(self, number: int) -> None:
        site = self.sites.pop(f"site-{number}", None)
        response = self.call("DELETE", f"/sites/{site['id'] if site else 999}")
        assert response.status_code == (204 if site else 404)

    @rule(number=_NUMBERS, status=st.sampled_from(["active", "suspended"]))
    def set_status(self, number: int, status: str) -> None:
        site = self.sites.get(f"site-{number}")
        if site:
            answer = self.call("PUT", f"/sites/{site['id']}/status", {"status": status})
            site["status"] = status
            assert answer.json() == site

    @invariant()
    def domains_are_unique(self) -> None:
        domains = [site["domain"] for site in self.control.state(TENANT.tenant_id)["sites"]]
        assert len(domains) == len(set(domains))

    @invariant()
    def effects_explain_the_state(self) -> None:
        state = self.control.state(TENANT.tenant_id)
        assert {site["externalId"] for site in state["sites"]} == set(self.sites)
        for external_id in ("site-1", "site-2", "site-3"):
            happened = [
                effect["effect"]
                for effect in state["effects"]
                if effect["externalId"] == external_id and effect["effect"] != "site_status_changed"
            ]
            # Created, deleted, created, …: never the same effect twice in a row.
            expected = ["site_created", "site_deleted"] * len(happened)
            assert happened == expected[: len(happened)]
            assert (len(happened) % 2 == 1) is (external_id in self.sites)


def test_any_sequence_of_calls_keeps_the_invariants() -> None:
    with SimulatorServer([TENANT]) as server, requests.Session() as session:
        session.trust_env = False
        session.auth = (TENANT.username, TENANT.password)
        session.headers.update({"X-Tenant-Id": TENANT.tenant_id, "Host": TENANT.network_host})
        Calls.url, Calls.session, Calls.control = server.url, session, ControlClient(server.url)

        run_state_machine_as_test(
            Calls, settings=settings(max_examples=30, stateful_step_count=20, deadline=None)
        )
