"""Faults to inject into calls of the emulated AWS API: delays and error answers.

POST   /_local/faults  {service, operation, delaySeconds?, status?, code?, times?, match?}
GET    /_local/faults  the same with `hits` and `inProgress`
DELETE /_local/faults
"""

import json
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from bbws_local.serving import Request, Response

_CHECK_SECONDS = 0.02


@dataclass
class Fault:
    """One fault. `operation` and `service` match exactly or by "*"; `match` is part of the body."""

    service: str
    operation: str
    delaySeconds: float = 0
    status: int | None = None
    code: str | None = None
    times: int | None = None
    match: str = ""
    hits: int = 0
    inProgress: int = 0

    def concerns(self, service: str, operation: str, body: bytes) -> bool:
        """Whether a call is hit by this fault, `times` considered."""
        if self.times is not None and self.hits >= self.times:
            return False
        return (
            self.service in ("*", service)
            and self.operation in ("*", operation)
            and self.match.encode() in body
        )


class ClientGone(Exception):
    """The caller ended while its call was delayed: the call must not take effect."""


class Faults:
    """The faults in force; thread safe."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, content: dict[str, Any]) -> None:
        """Puts a fault in force. Raises TypeError for unknown or missing fields."""
        fault = Fault(**content)
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Ends all faults, running delays included."""
        with self._lock:
            self._faults.clear()

    def listing(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def apply(self, service: str, operation: str, request: Request) -> Response | None:
        """Delays the call; returns an error answer when the fault has one.

        Raises ClientGone when the caller ended during the delay.
        """
        with self._lock:
            hit = (one for one in self._faults if one.concerns(service, operation, request.body))
            fault = next(hit, None)
            if fault is None:
                return None
            fault.hits += 1
            fault.inProgress += 1
        try:
            self._delay(fault, request)
        finally:
            with self._lock:
                fault.inProgress -= 1
        if fault.status is None and fault.code is None:
            return None
        code = fault.code or "InternalFailure"
        return error_response(fault.status or 500, code, "Injected by the local stack", request)

    def _delay(self, fault: Fault, request: Request) -> None:
        end = time.monotonic() + fault.delaySeconds
        while (left := end - time.monotonic()) > 0 and fault in self._faults:
            time.sleep(min(left, _CHECK_SECONDS))
            if request.client_is_gone():
                raise ClientGone


def error_response(status: int, code: str, message: str, request: Request) -> Response:
    """An error in the form of the protocol in which a call came."""
    request_id = str(uuid4())
    scope = request.header("Authorization") or unquote(request.query)  # that of a presigned URL
    if request.header("X-Amz-Target") or "/lambda/" in scope or "/apigateway/" in scope:
        body = json.dumps({"__type": code, "message": message}).encode()
        headers = [
            ("Content-Type", "application/x-amz-json-1.0"),
            ("X-Amzn-ErrorType", code),
            ("X-Amzn-RequestId", request_id),
        ]
        return Response(status, body, headers)
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if "/s3/" not in scope:
        error = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    return Response(status, error.encode(), [("Content-Type", "text/xml")])
