"""Faults that tests order: what goes wrong, for which requests, how often."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

type Kind = Literal[
    "latency",
    "latencyAfter",
    "timeout",
    "status",
    "wrongTenant",
    "noTenant",
    "misrouted",
    "cut",
    "cutAfter",
]

_DEFAULT_TIMEOUT_SECONDS = 120.0


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


class Fault(BaseModel):
    """What goes wrong. Without `tenant_id`, `correlation_id`, `method` or `path` it concerns all.

    Kinds: `latency` waits before the effect, `latencyAfter` between effect and answer; `timeout`
    waits and then closes the connection without effect or answer; `status` answers in place of
    WordPress, with `retryAfter` as core does under maintenance; `wrongTenant` and `noTenant` spoil the echo of an otherwise right answer;
    `misrouted` is another tenant's container refusing (421); `cut` closes the connection before
    the effect, `cutAfter` after it. `seconds` lengthens any kind. `times` counts requests;
    without it the fault stays until it is removed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    tenant_id: str | None = Field(None, alias="tenantId")
    correlation_id: str | None = Field(None, alias="correlationId")
    method: str | None = None
    path: Annotated[str, AfterValidator(_compiles)] | None = None
    seconds: float | None = Field(None, ge=0, le=3600)
    status: int = Field(500, ge=200, le=599)
    code: str | None = None
    message: str | None = None
    body: str | dict[str, Any] | list[Any] | None = None
    retry_after: int | None = Field(None, alias="retryAfter", ge=0)
    times: int | None = Field(None, ge=1)

    def concerns(
        self, tenant_id: str | None, correlation_id: str | None, method: str, path: str
    ) -> bool:
        """Whether a request is one of those this fault is for; `path` is searched, not matched."""
        return (
            self.tenant_id in (None, tenant_id)
            and self.correlation_id in (None, correlation_id)
            and (self.method is None or self.method.upper() == method)
            and (self.path is None or re.search(self.path, path) is not None)
        )

    @property
    def seconds_before(self) -> float:
        """Seconds to wait before the effect."""
        if self.kind in ("latencyAfter", "cutAfter"):
            return 0.0
        if self.kind == "timeout" and self.seconds is None:
            return _DEFAULT_TIMEOUT_SECONDS
        return self.seconds or 0.0

    @property
    def seconds_after(self) -> float:
        """Seconds to wait between the effect and the answer."""
        return self.seconds or 0.0 if self.kind in ("latencyAfter", "cutAfter") else 0.0


class ActiveFault:
    """A fault in force, with the requests it has met."""

    def __init__(self, fault_id: int, fault: Fault) -> None:
        self.id = fault_id
        self.fault = fault
        self.hits = 0
        self.in_progress = 0
        self._removed = threading.Event()

    @property
    def is_used_up(self) -> bool:
        """Whether it has met as many requests as it was ordered for."""
        return self.fault.times is not None and self.hits >= self.fault.times

    def wait(self, seconds: float) -> None:
        """Hold a request for some seconds, or until the fault is removed."""
        self._removed.wait(seconds)

    def release(self) -> None:
        """Let go of the requests it holds."""
        self._removed.set()

    def as_json(self) -> dict[str, Any]:
        """The fault as the control route shows it."""
        ordered = self.fault.model_dump(by_alias=True, exclude_unset=True)
        return {
            "id": self.id,
            **ordered,
            "hits": self.hits,
            "inProgress": self.in_progress,
            "usedUp": self.is_used_up,
        }


class Faults:
    """The faults in force, in the order they were given; a request meets the first that fits."""

    def __init__(self) -> None:
        self._faults: list[ActiveFault] = []
        self._lock = threading.Lock()
        self._last_id = 0

    def add(self, fault: Fault) -> ActiveFault:
        """Put a fault in force."""
        with self._lock:
            self._last_id += 1
            active = ActiveFault(self._last_id, fault)
            self._faults.append(active)
            return active

    @contextmanager
    def meet(
        self, tenant_id: str | None, correlation_id: str | None, method: str, path: str
    ) -> Iterator[ActiveFault | None]:
        """The fault a request meets, counted as in progress until the block ends."""
        with self._lock:
            active = next(
                (
                    one
                    for one in self._faults
                    if not one.is_used_up
                    and one.fault.concerns(tenant_id, correlation_id, method, path)
                ),
                None,
            )
            if active:
                active.hits += 1
                active.in_progress += 1
        try:
            yield active
        finally:
            if active:
                with self._lock:
                    active.in_progress -= 1

    def clear(self) -> None:
        """Remove every fault and release what they hold."""
        with self._lock:
            removed, self._faults = self._faults, []
        for active in removed:
            active.release()

    def as_json(self) -> list[dict[str, Any]]:
        """Every fault with its hits."""
        with self._lock:
            return [active.as_json() for active in self._faults]
