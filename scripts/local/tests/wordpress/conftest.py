"""A simulator of two tenants, a bucket for archives, and callers for both kinds of routes."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from bbws_local.wordpress import ControlClient, SimulatorServer, Tenant

TENANTS = {
    "tenant-a": Tenant("tenant-a", "bbws-service", "abcd EFGH 1234 ijkl", "tenant-a.wpdev.bbws.io"),
    "tenant-b": Tenant("tenant-b", "bbws-service", "zyxw VUTS 9876 rqpo", "tenant-b.wpdev.bbws.io"),
}

type Caller = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def running() -> Iterator[SimulatorServer]:
    with SimulatorServer(TENANTS.values()) as server:
        yield server


@pytest.fixture
def simulator(running: SimulatorServer) -> SimulatorServer:
    running.state.reset()
    return running


@pytest.fixture
def control(simulator: SimulatorServer) -> Iterator[ControlClient]:
    client = ControlClient(simulator.url)
    client.reset()
    yield client
    client.clear_faults()


@pytest.fixture
def send(simulator: SimulatorServer) -> Iterator[Caller]:
    """Any request, with a tenant's header and credentials unless told otherwise."""
    session = requests.Session()
    session.trust_env = False

    def call(method: str, path: str, *, tenant: str = "tenant-a", **options: Any) -> Any:
        host = options.pop("host", None) or TENANTS[tenant].network_host
        headers = {"X-Tenant-Id": tenant, "Host": host, "X-Correlation-Id": "corr-1"}
        headers.update(options.pop("headers", {}))
        options.setdefault("auth", (TENANTS[tenant].username, TENANTS[tenant].password))
        options.setdefault("timeout", 10)
        headers = {name: value for name, value in headers.items() if value is not None}
        return session.request(
            method, f"{simulator.url}{path}", headers=headers, allow_redirects=False, **options
        )

    yield call
    session.close()


@pytest.fixture
def bbws(send: Caller) -> Caller:
    """A request to `bbws/v1` at the network's main host."""
    return lambda method, path, json=None, **options: send(
        method, f"/wp-json/bbws/v1{path}", json=json, **options
    )


@pytest.fixture
def core(send: Caller) -> Caller:
    """A request to `wp/v2` at a site's own host."""
    return lambda method, path, host, json=None, **options: send(
        method, f"/wp-json/wp/v2{path}", host=host, json=json, **options
    )


@pytest.fixture
def new_site(bbws: Caller) -> Callable[..., dict[str, Any]]:
    """Create a site and answer with it."""

    def create(name: str = "shop", **fields: str) -> dict[str, Any]:
        body = {
            "externalId": f"site-{name}",
            "domain": f"{name}.wpdev.bbws.io",
            "title": f"The {name}",
            "adminEmail": "owner@example.com",
            "language": "en_ZA",
            "timezone": "Africa/Johannesburg",
        }
        tenant = fields.pop("tenant", "tenant-a")
        response = bbws("POST", "/sites", body | fields, tenant=tenant)
        assert response.status_code == 201, response.text
        site: dict[str, Any] = response.json()
        return site

    return create


@pytest.fixture
def bucket() -> dict[str, bytes]:
    """The objects behind `bucket_url`, by path."""
    return {}


@pytest.fixture
def bucket_url(bucket: dict[str, bytes]) -> Iterator[str]:
    """A place that takes PUT and gives GET, as pre-signed addresses do; `/refused` takes nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            # A pre-signed address answers 403 to a header that was not signed.
            is_taken = self.path != "/refused" and "Content-Type" not in self.headers
            if is_taken:
                bucket[self.path] = content
            self._answer(200 if is_taken else 403, b"")

        def do_GET(self) -> None:
            content = bucket.get(self.path)
            self._answer(404 if content is None else 200, content or b"")

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()
