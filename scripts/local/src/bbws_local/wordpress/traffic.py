"""The requests the simulator has lately seen."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request

_KEPT = 5000


@dataclass(slots=True)
class SeenRequest:
    """A request; `status` stays None while it runs and when its connection was cut."""

    method: str
    path: str
    tenant_id: str | None
    host: str
    correlation_id: str | None
    at: str
    status: int | None = None
    fault: str | None = None
    in_progress: bool = True
    duration_ms: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The request as the control route shows it."""
        return {
            "method": self.method,
            "path": self.path,
            "tenantId": self.tenant_id,
            "host": self.host,
            "correlationId": self.correlation_id,
            "at": self.at,
            "status": self.status,
            "fault": self.fault,
            "inProgress": self.in_progress,
            "durationMs": self.duration_ms,
        }


class Traffic:
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._seen: deque[SeenRequest] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    @contextmanager
    def watch(self, request: Request) -> Iterator[SeenRequest]:
        """Note a request; it is in progress until the block ends."""
        seen = SeenRequest(
            request.method,
            request.path,
            request.headers.get("X-Tenant-Id"),
            request.host,
            request.headers.get("X-Correlation-Id"),
            datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )
        started = time.monotonic()
        with self._lock:
            self._seen.append(seen)
        try:
            yield seen
        finally:
            seen.duration_ms = round(1000 * (time.monotonic() - started), 1)
            seen.in_progress = False

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._seen.clear()

    def as_json(self, tenant_id: str | None = None) -> list[dict[str, Any]]:
        """The requests of one tenant, or all."""
        with self._lock:
            seen = list(self._seen)
        return [one.as_json() for one in seen if tenant_id in (None, one.tenant_id)]
