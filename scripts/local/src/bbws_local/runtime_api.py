"""One execution environment's side of the Lambda Runtime API.

Source of fact: AWS docs "Using the Lambda runtime API" (version 2018-06-01).
"""

import queue
import secrets
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

from bbws_local.serving import Request, Response, Server, json_response

_PREFIX = "/2018-06-01/runtime"
_ACCEPTED = {"status": "OK"}


@dataclass(frozen=True)
class Outcome:
    """What the caller of Invoke gets; `function_error` is None or Lambda's `Unhandled`."""

    payload: bytes
    function_error: str | None = None


class EnvironmentGone(Exception):
    """The process ended before it saw the invocation: another environment may take it."""


@dataclass
class Invocation:
    """One request to a function and the promise of its outcome."""

    request_id: str
    function_arn: str
    payload: bytes
    deadline: float
    result: "Future[Outcome]" = field(default_factory=Future)
    client_context: str | None = None


class RuntimeApi:
    """Serves `/invocation/next`, `/response`, `/error` and `/init/error` to one process."""

    def __init__(self) -> None:
        # None of `ready` means the handler was imported; an Outcome is the error of its import.
        self.ready: Future[Outcome | None] = Future()
        self._waiting: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current: Invocation | None = None
        self._lock = threading.Lock()
        self._server = Server(self._serve).start()
        self.address = f"127.0.0.1:{self._server.port}"

    def settle_init(self, failure: Outcome | None) -> None:
        """Ends the init phase, unless it has ended already."""
        with self._lock:
            if not self.ready.done():
                self.ready.set_result(failure)

    def submit(self, invocation: Invocation) -> None:
        """Hands an invocation to the process as its next one."""
        with self._lock:
            self._current = invocation
        self._waiting.put(invocation)

    def settle(self, outcome: Outcome | EnvironmentGone) -> None:
        """Ends the current invocation, if it has not ended; used for timeouts and exits."""
        with self._lock:
            invocation, self._current = self._current, None
        if invocation is not None:
            _resolve(invocation.result, outcome)

    def close(self) -> None:
        """Releases the port and everybody who waits."""
        self._waiting.put(None)
        self._server.stop()

    def _serve(self, request: Request) -> Response:
        path = request.path
        if request.method == "GET" and path == f"{_PREFIX}/invocation/next":
            return self._next(request)
        if request.method == "POST" and path == f"{_PREFIX}/init/error":
            self.settle_init(Outcome(request.body, "Unhandled"))
            return json_response(202, _ACCEPTED)
        parts = path.removeprefix(f"{_PREFIX}/invocation/").split("/")
        if request.method == "POST" and len(parts) == 2 and parts[1] in ("response", "error"):
            error = "Unhandled" if parts[1] == "error" else None
            return self._finish(parts[0], Outcome(request.body, error))
        return json_response(404, {"errorType": "NotFound", "errorMessage": path})

    def _next(self, request: Request) -> Response:
        self.settle_init(None)
        invocation = self._waiting.get()
        if invocation is None:
            return Response(500)
        if request.client_is_gone():
            self.settle(EnvironmentGone())
            return Response(500)
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(int(invocation.deadline * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", invocation.function_arn),
            ("Lambda-Runtime-Trace-Id", _trace_id()),
        ]
        if invocation.client_context:
            headers.append(("Lambda-Runtime-Client-Context", invocation.client_context))
        return Response(200, invocation.payload, headers)

    def _finish(self, request_id: str, outcome: Outcome) -> Response:
        with self._lock:
            invocation = self._current
            if invocation is None or invocation.request_id != request_id:
                return json_response(
                    400, {"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"}
                )
            self._current = None
        _resolve(invocation.result, outcome)
        return json_response(202, _ACCEPTED)


def _resolve(result: "Future[Outcome]", outcome: Outcome | EnvironmentGone) -> None:
    if isinstance(outcome, EnvironmentGone):
        result.set_exception(outcome)
    else:
        result.set_result(outcome)


def _trace_id() -> str:
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled=0"
