"""The Lambda service's invoke side: every function, behind Lambda's Invoke and control routes.

POST /2015-03-31/functions/{name}/invocations    RequestResponse or Event, as AWS defines it
GET  /functions                                  [{name, state}]
GET  /functions/{name}/processes                 [{pid, state, requestId, invocations}]
POST /functions/{name}/stop, /start              a stopped function refuses its invocations
"""

import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import NamedTuple
from uuid import uuid4

from bbws_local.pool import FunctionPool, FunctionStopped
from bbws_local.runtime_api import Outcome
from bbws_local.serving import Request, Response, Server, json_response
from bbws_local.versions import LATEST, VersionedFunction

_INVOKE = re.compile(r"^/2015-03-31/functions/(?P<name>.+)/invocations$")
_CONTROL = re.compile(r"^/functions/(?P<name>[^/]+)/(?P<verb>processes|stop|start)$")


class Reference(NamedTuple):
    """A function as callers name it: its name, and which version or alias of it."""

    name: str
    qualifier: str

    @classmethod
    def of(cls, text: str) -> "Reference":
        """Read a name, `name:qualifier`, partial or full ARN."""
        name, _, qualifier = text.rpartition("function:")[2].partition(":")
        return cls(name, qualifier or LATEST)


@dataclass(frozen=True)
class Invoked:
    """An invocation that has ended, as CloudWatch measures it."""

    reference: Reference
    version: str
    milliseconds: float
    is_error: bool


class LambdaHost:
    """Owns the functions; answers before they exist, for the emulator asks about them."""

    def __init__(self, port: int = 0, observe: Callable[[Invoked], None] = lambda _: None) -> None:
        """`observe` hears of each invocation that has ended."""
        self._functions: dict[str, VersionedFunction] = {}
        self._observe = observe
        self._server = Server(self._serve, port)
        self.url = self._server.url
        self._server.start()

    def start(self, functions: Iterable[VersionedFunction]) -> None:
        """Begins to run these functions."""
        self._functions = {function.name: function for function in functions}

    def stop(self) -> None:
        """Ends every process of every function."""
        threads = [threading.Thread(target=one.stop) for one in self._functions.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._server.stop()

    def invoke(self, name: str, payload: bytes, request_id: str | None = None) -> Outcome:
        """A synchronous invocation of a function, as `Reference` reads its name.

        Raises:
            KeyError: there is no such function, version or alias.
            FunctionStopped: it was stopped.
        """
        reference = Reference.of(name)
        return self._invoke(reference, self._pool(reference), payload, request_id)

    def is_stopped(self, name: str) -> bool:
        """Whether a function was stopped on purpose. Raises KeyError."""
        return self._functions[Reference.of(name).name].is_stopped

    def invoke_async(self, name: str, payload: bytes, request_id: str | None = None) -> None:
        """An `Event` invocation: accepted at once, its outcome is only in the log."""
        reference = Reference.of(name)
        pool = self._pool(reference)

        def run() -> None:
            try:
                self._invoke(reference, pool, payload, request_id)
            except FunctionStopped:
                pass

        threading.Thread(target=run, name=f"event-{name}", daemon=True).start()

    def _pool(self, reference: Reference) -> FunctionPool:
        return self._functions[reference.name].pool(reference.qualifier)

    def _invoke(
        self, reference: Reference, pool: FunctionPool, payload: bytes, request_id: str | None
    ) -> Outcome:
        began = time.monotonic()
        outcome = pool.invoke(payload, request_id)
        milliseconds = (time.monotonic() - began) * 1000
        is_error = outcome.function_error is not None
        self._observe(Invoked(reference, pool.function.version, milliseconds, is_error))
        return outcome

    def _serve(self, request: Request) -> Response:
        if request.method == "GET" and request.path == "/functions":
            return json_response(
                200,
                [
                    {"name": name, "state": "stopped" if one.is_stopped else "running"}
                    for name, one in self._functions.items()
                ],
            )
        if match := _INVOKE.match(request.path):
            return self._serve_invoke(request, Reference.of(match["name"]))
        if match := _CONTROL.match(request.path):
            return self._serve_control(match["name"], match["verb"])
        return json_response(404, {"message": "Not Found"})

    def _serve_invoke(self, request: Request, reference: Reference) -> Response:
        request_id = str(uuid4())
        try:
            pool = self._pool(reference)
        except KeyError:
            told = ":".join(part for part in reference if part != LATEST)
            return _refusal(404, "ResourceNotFoundException", f"Function not found: {told}")
        if pool.is_stopped:
            return _not_ready(reference.name)
        headers = [
            ("X-Amzn-RequestId", request_id),
            ("X-Amz-Executed-Version", pool.function.version),
        ]
        payload = request.body or b"{}"
        kind = request.header("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return Response(204, headers=headers)
        if kind == "Event":
            self.invoke_async(":".join(reference), payload, request_id)
            return Response(202, headers=headers)
        try:
            outcome = self._invoke(reference, pool, payload, request_id)
        except FunctionStopped:
            return _not_ready(reference.name)
        if outcome.function_error:
            headers.append(("X-Amz-Function-Error", outcome.function_error))
        return Response(200, outcome.payload, [("Content-Type", "application/json"), *headers])

    def _serve_control(self, name: str, verb: str) -> Response:
        function = self._functions.get(name)
        if function is None:
            return json_response(404, {"message": f"no function {name}"})
        if verb == "processes":
            processes = [asdict(one) for pool in function.pools() for one in pool.processes()]
            return json_response(200, processes)
        if verb == "stop":
            function.stop()
        else:
            function.start()
        return json_response(
            200, {"name": name, "state": "stopped" if verb == "stop" else "running"}
        )


def _not_ready(name: str) -> Response:
    return _refusal(503, "ResourceNotReadyException", f"The function {name} is inactive")


def _refusal(status: int, code: str, message: str) -> Response:
    content = {"Type": "User" if status < 500 else "Server", "Message": message}
    return json_response(status, content, [("X-Amzn-ErrorType", code)])
