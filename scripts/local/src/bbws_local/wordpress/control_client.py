"""A client of the simulator's control routes, for tests and tools in other processes."""

import time
from collections.abc import Callable
from typing import Any

import requests

_SECONDS = 10.0
_POLL_SECONDS = 0.02


class ControlClient:
    """Looks into a running simulator and gives it orders.

    Every method raises `requests.RequestException` where the simulator is out of reach, and
    `requests.HTTPError` where it refuses.
    """

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/_simulator"
        self._session = requests.Session()
        self._session.trust_env = False

    def state(self, tenant_id: str) -> dict[str, Any]:
        """A tenant's network: sites, plugins, packages, jobs by kind, effects."""
        state: dict[str, Any] = self._call("GET", "/state", params={"tenantId": tenant_id})
        return state

    def effects(self, tenant_id: str, effect: str | None = None) -> list[dict[str, Any]]:
        """What really happened to a tenant's network, oldest first, or one kind of it."""
        effects: list[dict[str, Any]] = self.state(tenant_id)["effects"]
        return [one for one in effects if effect in (None, one["effect"])]

    def requests(self, tenant_id: str | None = None) -> list[dict[str, Any]]:
        """The latest requests, oldest first."""
        params = {"tenantId": tenant_id} if tenant_id else {}
        seen: list[dict[str, Any]] = self._call("GET", "/requests", params=params)["requests"]
        return seen

    def add_fault(self, kind: str, **fields: object) -> dict[str, Any]:
        """Order a fault; `fields` are those of `Fault` in its JSON form (`tenantId`, `times`, …)."""
        fault: dict[str, Any] = self._call("POST", "/faults", json={"kind": kind, **fields})
        return fault

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force and used up, with `hits` and `inProgress`."""
        faults: list[dict[str, Any]] = self._call("GET", "/faults")["faults"]
        return faults

    def clear_faults(self) -> None:
        """Remove every fault; requests that one of them holds go on at once."""
        self._call("DELETE", "/faults")

    def reset(self) -> None:
        """Back to empty networks, without faults and without a memory of requests."""
        self._call("POST", "/reset")

    def wait_for_fault(self, fault_id: int, *, seconds: float = _SECONDS) -> None:
        """Wait until a fault holds a request.

        Raises:
            TimeoutError: none came within `seconds`.
        """
        self._wait(lambda: self._fault(fault_id)["inProgress"] > 0, seconds, "met no request")

    def wait_for_effect(self, tenant_id: str, effect: str, *, seconds: float = _SECONDS) -> None:
        """Wait until an effect has happened, whether or not anyone got an answer.

        Raises:
            TimeoutError: it did not happen within `seconds`.
        """
        self._wait(lambda: bool(self.effects(tenant_id, effect)), seconds, f"saw no {effect}")

    def _fault(self, fault_id: int) -> dict[str, Any]:
        return next(fault for fault in self.faults() if fault["id"] == fault_id)

    def _wait(self, is_so: Callable[[], bool], seconds: float, otherwise: str) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > until:
                raise TimeoutError(f"The simulator {otherwise} within {seconds} s.")
            time.sleep(_POLL_SECONDS)

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        response = self._session.request(
            method, f"{self._url}{path}", timeout=_SECONDS, **arguments
        )
        response.raise_for_status()
        return response.json() if response.content else None
