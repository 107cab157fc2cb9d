"""The emulated AWS API, a process of its own: moto's server behind one lock.

moto is not safe under threads, so calls into it go one at a time. What must not wait under that lock,
or must not reach moto at all, is handled here: long polls, Lambda's Invoke, injected faults.
Control routes: /_local/health; /_local/faults (see `faults`); /_local/uses: which action on which
resource each function has used; /_local/code?function=&version=: the package of a version.
"""

import argparse
import io
import json
import re
import signal
import sys
import threading
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import parse_qsl

from bbws_local.alarm_clock import AlarmClock
from bbws_local.clients import AwsClients
from bbws_local.corrections import correct_moto
from bbws_local.faults import ClientGone, Faults
from bbws_local.iam.gatekeeper import Gatekeeper
from bbws_local.metric_dimensions import tell_metrics_apart_by_all_dimensions
from bbws_local.operations import operation_of
from bbws_local.serving import Request, Response, Server, json_response
from bbws_local.specification import ACCOUNT_ID, REGION
from bbws_local.transactions import copy_only_what_transactions_touch

_INVOKE = re.compile(r"^/2015-03-31/functions/(?P<name>.+)/invocations$")
_GET_FUNCTION = re.compile(r"^/2015-03-31/functions/(?P<name>[^/]+)(/configuration)?$")
_LAMBDA_PATIENCE_SECONDS = 900


class Emulator:
    """Answers every request to the emulator's port.

    `enforces_roles`: a function's call that its role does not allow is refused, as IAM would.
    """

    def __init__(self, lambda_host_url: str, *, enforces_roles: bool = False) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        correct_moto()
        copy_only_what_transactions_touch()
        tell_metrics_apart_by_all_dimensions()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self.lock = threading.Lock()
        self._lambda_host_url = lambda_host_url
        self._gatekeeper = Gatekeeper(denies=enforces_roles)
        self.faults = Faults()

    def serve(self, request: Request) -> Response:
        """The answer of the emulated AWS, or of a control route."""
        if request.path.startswith("/_local/"):
            return self._control(request)
        service, operation = operation_of(request)
        try:
            refusal = self.faults.apply(service, operation, request)
        except ClientGone:
            return Response(400)
        if refusal is None:
            refusal = self._gatekeeper.check(service, operation, request, self.lock)
        if refusal is not None:
            return refusal
        if request.method == "POST" and _INVOKE.match(request.path):
            return self._invoke(request)
        if operation == "ReceiveMessage":
            from bbws_local import long_poll

            return long_poll.receive(request, REGION, self._call_moto, self.lock)
        response = self._call_moto(request)
        if request.method == "GET" and (match := _GET_FUNCTION.match(request.path)):
            return self._with_state(match["name"], response)
        return response

    def _control(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/_local/health":
                return json_response(200, {"status": "OK"})
            case "GET", "/_local/code":
                return self._code(request)
            case _, "/_local/uses":
                return self._control_uses(request)
            case _, "/_local/faults":
                return self._control_faults(request)
        return json_response(404, {"message": "Not Found"})

    def _control_uses(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._gatekeeper.forget()
            return Response(204)
        return json_response(200, self._gatekeeper.uses())

    def _control_faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
            return Response(204)
        if request.method == "GET":
            return json_response(200, self.faults.listing())
        try:
            self.faults.add(json.loads(request.body))
        except (TypeError, ValueError) as error:
            return json_response(400, {"message": str(error)})
        return json_response(201, self.faults.listing()[-1])

    def _code(self, request: Request) -> Response:
        """The package of a function's version; AWS gives an address of S3, moto one that leads nowhere."""
        from moto.awslambda.exceptions import UnknownFunctionException
        from moto.awslambda.models import lambda_backends

        wanted = dict(parse_qsl(request.query))
        backend = lambda_backends[ACCOUNT_ID][REGION]
        try:
            with self.lock:
                code = backend.get_function(wanted["function"], wanted["version"]).code_bytes
        except (KeyError, UnknownFunctionException) as error:
            return json_response(404, {"message": str(error)})
        return Response(200, code, [("Content-Type", "application/zip")])

    def _call_moto(self, request: Request) -> Response:
        status, headers = "500 Internal Server Error", list[tuple[str, str]]()

        def start_response(line: str, fields: list[tuple[str, str]], _: Any = None) -> Any:
            nonlocal status, headers
            status, headers = line, fields
            return lambda _data: None

        with self.lock:
            answer = self._moto(_wsgi_environment(request), start_response)
            try:
                body = b"".join(answer)
            finally:
                if hasattr(answer, "close"):
                    answer.close()
        return Response(int(status.split(maxsplit=1)[0]), body, headers)

    def _invoke(self, request: Request) -> Response:
        # moto would start a Docker container for it.
        wanted = ("x-amz-invocation-type", "x-amz-client-context", "content-type")
        forwarded = urllib.request.Request(
            self._lambda_host_url + request.target,
            data=request.body,
            headers={name: value for name, value in request.headers if name.lower() in wanted},
            method="POST",
        )
        try:
            with urllib.request.urlopen(forwarded, timeout=_LAMBDA_PATIENCE_SECONDS) as answer:
                return Response(answer.status, answer.read(), answer.getheaders())
        except urllib.error.HTTPError as error:
            return Response(error.code, error.read(), list(error.headers.items()))

    def _with_state(self, name: str, response: Response) -> Response:
        """moto always says Active; a function stopped on the host is Inactive."""
        if response.status != 200 or not self._is_stopped(name.rpartition(":")[2]):
            return response
        content = json.loads(response.body)
        configuration = content.get("Configuration", content)
        configuration.update(
            State="Inactive", StateReasonCode="Idle", StateReason="Stopped on the local stack"
        )
        return Response(response.status, json.dumps(content).encode(), response.headers)

    def _is_stopped(self, name: str) -> bool:
        try:
            with urllib.request.urlopen(f"{self._lambda_host_url}/functions", timeout=5) as answer:
                functions = json.load(answer)
        except OSError:
            return False
        return any(one["name"] == name and one["state"] == "stopped" for one in functions)


def _wsgi_environment(request: Request) -> dict[str, Any]:
    host = request.header("Host", "127.0.0.1")
    environment: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client_address,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            continue
        environment["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environment


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser(description="The emulated AWS API of the local stack")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--lambda-host", required=True, help="URL of the host that runs functions")
    parser.add_argument(
        "--enforce-roles",
        action="store_true",
        help="refuse functions what their roles do not allow",
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    emulator = Emulator(arguments.lambda_host, enforces_roles=arguments.enforce_roles)
    server = Server(emulator.serve, arguments.port)
    AlarmClock(AwsClients(server.url), emulator.lock).start()
    print(f"account {ACCOUNT_ID} in {REGION} on {server.url}", flush=True)
    server.serve_until_stopped()


if __name__ == "__main__":
    main()
