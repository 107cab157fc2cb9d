"""The Lambda service's invoke side: every function's pool, behind Lambda's Invoke and control routes.

POST /2015-03-31/functions/{name}/invocations    RequestResponse or Event, as AWS defines it
GET  /functions                                  [{name, state}]
GET  /functions/{name}/processes                 [{pid, state, requestId, invocations}]
POST /functions/{name}/stop, /start              a stopped function refuses its invocations
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import asdict
from uuid import uuid4

from bbws_local.pool import FunctionPool, FunctionStopped
from bbws_local.runtime_api import Outcome
from bbws_local.serving import Request, Response, Server, json_response

_INVOKE = re.compile(r"^/2015-03-31/functions/(?P<name>.+)/invocations$")
_CONTROL = re.compile(r"^/functions/(?P<name>[^/]+)/(?P<verb>processes|stop|start)$")


class LambdaHost:
    """Owns the pools; answers before they exist, for the emulator asks about its functions."""

    def __init__(self, port: int = 0) -> None:
        self._pools: dict[str, FunctionPool] = {}
        self._server = Server(self._serve, port)
        self.url = self._server.url
        self._server.start()

    def start(self, pools: Iterable[FunctionPool]) -> None:
        """Begins to run these functions."""
        self._pools = {pool.function.name: pool for pool in pools}

    def stop(self) -> None:
        """Ends every process of every function."""
        threads = [threading.Thread(target=pool.stop) for pool in self._pools.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._server.stop()

    def invoke(self, name: str, payload: bytes, request_id: str | None = None) -> Outcome:
        """A synchronous invocation. Raises KeyError (no such function) or FunctionStopped."""
        return self._pools[name].invoke(payload, request_id)

    def is_stopped(self, name: str) -> bool:
        """Whether a function was stopped on purpose. Raises KeyError."""
        return self._pools[name].is_stopped

    def invoke_async(self, name: str, payload: bytes, request_id: str | None = None) -> None:
        """An `Event` invocation: accepted at once, its outcome is only in the log."""
        pool = self._pools[name]

        def run() -> None:
            try:
                pool.invoke(payload, request_id)
            except FunctionStopped:
                pass

        threading.Thread(target=run, name=f"event-{name}", daemon=True).start()

    def _serve(self, request: Request) -> Response:
        if request.method == "GET" and request.path == "/functions":
            return json_response(
                200,
                [
                    {"name": name, "state": "stopped" if pool.is_stopped else "running"}
                    for name, pool in self._pools.items()
                ],
            )
        if match := _INVOKE.match(request.path):
            return self._serve_invoke(request, _bare_name(match["name"]))
        if match := _CONTROL.match(request.path):
            return self._serve_control(match["name"], match["verb"])
        return json_response(404, {"message": "Not Found"})

    def _serve_invoke(self, request: Request, name: str) -> Response:
        request_id = str(uuid4())
        pool = self._pools.get(name)
        if pool is None:
            return _refusal(404, "ResourceNotFoundException", f"Function not found: {name}")
        if pool.is_stopped:
            return _not_ready(name)
        headers = [("X-Amzn-RequestId", request_id), ("X-Amz-Executed-Version", "$LATEST")]
        payload = request.body or b"{}"
        kind = request.header("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return Response(204, headers=headers)
        if kind == "Event":
            self.invoke_async(name, payload, request_id)
            return Response(202, headers=headers)
        try:
            outcome = pool.invoke(payload, request_id)
        except FunctionStopped:
            return _not_ready(name)
        if outcome.function_error:
            headers.append(("X-Amz-Function-Error", outcome.function_error))
        return Response(200, outcome.payload, [("Content-Type", "application/json"), *headers])

    def _serve_control(self, name: str, verb: str) -> Response:
        pool = self._pools.get(name)
        if pool is None:
            return json_response(404, {"message": f"no function {name}"})
        if verb == "processes":
            return json_response(200, [asdict(process) for process in pool.processes()])
        if verb == "stop":
            pool.stop()
        else:
            pool.start()
        return json_response(
            200, {"name": name, "state": "stopped" if verb == "stop" else "running"}
        )


def _bare_name(reference: str) -> str:
    """The function's name in a name, `name:qualifier`, partial or full ARN."""
    parts = reference.rpartition(":function:")[2].split(":")
    return parts[1] if len(parts) > 2 else parts[0]


def _not_ready(name: str) -> Response:
    return _refusal(503, "ResourceNotReadyException", f"The function {name} is inactive")


def _refusal(status: int, code: str, message: str) -> Response:
    content = {"Type": "User" if status < 500 else "Server", "Message": message}
    return json_response(status, content, [("X-Amzn-ErrorType", code)])
