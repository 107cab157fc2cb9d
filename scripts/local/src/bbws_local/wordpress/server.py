"""Serving the simulator over HTTP/1.1."""

import logging
import socket
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from .simulator import Containers, Simulator, create_app
from .state import SimulatorState
from .tenants import Tenant

_LOG = logging.getLogger("bbws_local.wordpress")
_STOP_POLL_SECONDS = 0.05


class _KeepAliveHandler(WSGIRequestHandler):
    """Keeps connections open, which werkzeug's own handler never does.

    Werkzeug closes after each answer because an application may leave a body unread; the simulator
    reads every body and answers with its length, so pooled clients can be tried for real.
    """

    protocol_version = "HTTP/1.1"
    # Headers and body leave as two packets: Nagle and delayed ACKs would cost 40 ms an answer.
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        try:
            chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        except ConnectionError as error:
            self.close_connection = True
            self.connection_dropped(error, environ)
            return
        body = b"".join(chunks)
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def version_string(self) -> str:
        return "nginx"

    def log_request(
        self,
        code: int | str = "-",
        size: int | str = "-",  # noqa: ARG002 - the base class's signature
    ) -> None:
        tenant_id = self.headers.get("X-Tenant-Id", "-")
        host = self.headers.get("Host", "-")
        _LOG.info("%s %s %s %s %s", code, tenant_id, host, self.command, self.path)


class SimulatorHttpServer(ThreadedWSGIServer):
    """The HTTP server; closing it closes the connections it keeps alive, too."""

    def __init__(self, host: str, port: int, app: Simulator) -> None:
        super().__init__(host, port, app, _KeepAliveHandler)
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection over."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening and hang up on every client, as a stopped container does."""
        super().server_close()
        for connection in tuple(getattr(self, "_connections", ())):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # The client was faster.


class SimulatorServer:
    """The simulator in a thread on a free port of the loopback interface.

    Example:
        >>> tenant = Tenant("tenant-a", "bbws", "abcd efgh", "tenant-a.wpdev.bbws.io")
        >>> with SimulatorServer([tenant]) as server:
        ...     server.url.startswith("http://127.0.0.1:")
        True
    """

    def __init__(
        self, tenants: Iterable[Tenant], port: int = 0, containers: Containers | None = None
    ) -> None:
        self._app = create_app(tenants, containers)
        self._server = SimulatorHttpServer("127.0.0.1", port, self._app)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": _STOP_POLL_SECONDS},
            name="wordpress-simulator",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Base URL without a slash at its end."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def state(self) -> SimulatorState:
        """What the networks hold."""
        return self._app.state

    def start(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Release held requests, stop listening, hang up on every client."""
        self._app.faults.clear()
        self._server.shutdown()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()
