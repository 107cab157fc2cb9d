"""A threaded HTTP/1.1 server on loopback, shared by every part of the stack that listens.

The standard library's server with keep-alive and one write per answer. Werkzeug's development
server closes the connection after each answer, which costs AWS SDK clients a connection per call.
"""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any, cast
from urllib.parse import unquote

from werkzeug.serving import DechunkedInput

LOOPBACK = "127.0.0.1"
_DRAIN_LIMIT_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One HTTP request as it came; `target` is the undecoded path with its query."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    client_address: str = LOOPBACK
    connection: socket.socket | None = field(default=None, repr=False)

    @property
    def raw_path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def path(self) -> str:
        return unquote(self.raw_path)

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, whatever the case of its name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    def client_is_gone(self) -> bool:
        """Whether the caller has closed its end, for instance because its process was killed."""
        if self.connection is None:
            return False
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


@dataclass(frozen=True)
class Response:
    """One HTTP answer; Content-Length and Connection are the server's business."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


def json_response(
    status: int, content: Any, headers: list[tuple[str, str]] | None = None
) -> Response:
    """An answer with a JSON body."""
    body = json.dumps(content).encode()
    return Response(status, body, [("Content-Type", "application/json"), *(headers or [])])


Handler = Callable[[Request], Response]


class Server:
    """Serves `handler` on 127.0.0.1, a thread per connection.

    Port 0 takes a free port. Raises OSError (EADDRINUSE) at construction when the port is busy.
    A request with a body above `max_body_bytes` is answered 413 without reaching the handler.
    """

    def __init__(self, handler: Handler, port: int = 0, max_body_bytes: int | None = None) -> None:
        self._stopping = False
        self._server = _HttpServer((LOOPBACK, port), _Exchange)
        self._server.handler = handler
        self._server.max_body_bytes = max_body_bytes
        self.port: int = self._server.server_address[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(target=self._accept, name=f"http-{self.port}", daemon=True)

    def start(self) -> "Server":
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops accepting connections; answers under way are finished by their own threads."""
        if self._stopping:
            return
        self._stopping = True
        if self._thread.is_alive():
            self._wake()
            self._thread.join(timeout=2)
        self._server.server_close()

    def serve_until_stopped(self) -> None:
        """Runs in the calling thread, for processes that do nothing else."""
        self._accept()

    def _accept(self) -> None:
        # handle_request blocks without polling; serve_forever would wake twice a second per server.
        while not self._stopping:
            self._server.handle_request()

    def _wake(self) -> None:
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=1).close()
        except OSError:
            pass


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    handler: Handler
    max_body_bytes: int | None

    def server_bind(self) -> None:
        # HTTPServer.server_bind would ask the resolver for this address's name.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours; everything else is answered in the exchange."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def __getattr__(self, name: str) -> Any:
        # http.server looks for do_GET, do_POST …: every method goes the same way.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        limit = self.server.max_body_bytes
        length = int(self.headers.get("Content-Length") or 0)
        body = self._body(length if limit is None else min(length, _DRAIN_LIMIT_BYTES))
        if limit is not None and max(length, len(body)) > limit:
            self._send(json_response(413, {"message": "Request Entity Too Large"}))
            return
        request = Request(
            method=self.command,
            target=self.path,
            headers=list(self.headers.items()),
            body=body,
            client_address=self.client_address[0],
            connection=self.connection,
        )
        try:
            response = self.server.handler(request)
        # The boundary of this server: a defect must still be answered.
        except Exception as error:  # noqa: BLE001
            response = json_response(500, {"message": f"{type(error).__name__}: {error}"})
        self._send(response)

    def _body(self, length: int) -> bytes:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            return DechunkedInput(cast(IO[bytes], self.rfile)).read()
        return self.rfile.read(length) if length else b""

    def _send(self, response: Response) -> None:
        try:
            reason = HTTPStatus(response.status).phrase
        except ValueError:
            reason = ""
        lines = [f"HTTP/1.1 {response.status} {reason}"]
        skipped = {"content-length", "connection", "transfer-encoding"}
        is_head = self.command == "HEAD"
        for name, value in response.headers:
            # An answer to HEAD states the length its GET would have.
            if name.lower() not in skipped or (is_head and name.lower() == "content-length"):
                lines.append(f"{name}: {value}")
        if not is_head and response.status not in (204, 304):
            lines.append(f"Content-Length: {len(response.body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head + (b"" if is_head else response.body))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Access logs are not for the console; each part logs in its own words."""


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
