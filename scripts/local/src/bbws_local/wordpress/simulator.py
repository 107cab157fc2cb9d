"""The internal ALB with every tenant's WordPress behind it, as one WSGI application."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from werkzeug.wrappers import Request, Response

from . import errors, rest
from .container import Container
from .control import Control
from .faults import ActiveFault, Fault, Faults
from .state import SimulatorState
from .tenants import Tenant
from .traffic import Traffic

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# What the load balancer says itself, when no container answers it.
_ALB_STATUSES = (502, 503, 504)


class Containers(Protocol):
    """What stands behind the load balancer."""

    def answer(self, request: Request) -> Response:
        """What the container of the request's tenant, or of its host, answers."""


def create_app(tenants: Iterable[Tenant], containers: Containers | None = None) -> "Simulator":
    """Build the application for these tenants, each with an empty network.

    With `containers` requests go to those; what is the load balancer's, faults, packages and the
    record of the traffic, stays here.
    """
    return Simulator(SimulatorState(tenants), containers)


class Simulator:
    """The WSGI application. `state` and `faults` are open to tests in the same process."""

    def __init__(self, state: SimulatorState, containers: Containers | None = None) -> None:
        self.state = state
        self._containers = containers
        self.faults = Faults()
        self._traffic = Traffic()
        self._control = Control(self.state, self.faults, self._traffic)
        self._container = Container()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request.

        Raises:
            ConnectionAbortedError: a fault closed the connection; the server drops the request.
        """
        request = Request(environ)
        # A kept-alive connection needs the body read to its end, whoever answers.
        request.get_data()
        if request.path.startswith("/_simulator/"):
            response = self._control.answer(request)
        else:
            response = self._watched(request)
        return response(environ, start_response)

    def _watched(self, request: Request) -> Response:
        tenant_id = request.headers.get("X-Tenant-Id")
        with (
            self._traffic.watch(request) as seen,
            self.faults.meet(tenant_id, seen.correlation_id, request.method, request.path) as met,
        ):
            seen.fault = met.fault.kind if met else None
            response = self._spoiled(request, met) if met else self._routed(request)
            seen.status = response.status_code
        return response

    def _routed(self, request: Request) -> Response:
        """What the ALB's listener rules do: a rule per tenant, and a fixed answer by default."""
        if self._containers is not None:
            return self._containers.answer(request)
        network = self.state.networks.get(request.headers.get("X-Tenant-Id", ""))
        return self._container.answer(request, network) if network else _from_alb(404)

    def _spoiled(self, request: Request, met: ActiveFault) -> Response:
        fault = met.fault
        met.wait(fault.seconds_before)
        if fault.kind in ("cut", "timeout"):
            _cut()
        if fault.kind in ("status", "misrouted"):
            return self._instead(request, fault)
        response = self._routed(request)
        met.wait(fault.seconds_after)
        if fault.kind == "cutAfter":
            _cut()
        if fault.kind == "wrongTenant":
            response.headers["X-Tenant-Id"] = self._another_tenant(request)
        if fault.kind == "noTenant":
            response.headers.pop("X-Tenant-Id", None)
        return response

    def _instead(self, request: Request, fault: Fault) -> Response:
        """An answer that never reached WordPress's routes, so without any effect."""
        if fault.kind == "misrouted":
            error = errors.RestError(
                421, "bbws_wrong_tenant", "This container belongs to another tenant."
            )
            response = rest.refuse(error)
            response.headers["X-Tenant-Id"] = self._another_tenant(request)
            return response
        if fault.status in _ALB_STATUSES and fault.code is None and fault.body is None:
            response = _from_alb(fault.status)
        else:
            response = _ordered(fault)
            response.headers["X-Tenant-Id"] = request.headers.get("X-Tenant-Id", "")
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(fault.retry_after)
        return response

    def _another_tenant(self, request: Request) -> str:
        own = request.headers.get("X-Tenant-Id")
        return next((one for one in self.state.networks if one != own), "another-tenant")


def _ordered(fault: Fault) -> Response:
    if isinstance(fault.body, str):
        return Response(fault.body, fault.status, content_type="text/html; charset=UTF-8")
    if fault.body is not None:
        return rest.answer(fault.body, fault.status)
    # The default is what core says when PHP dies (`_json_wp_die_handler()`).
    code = fault.code or "internal_server_error"
    message = fault.message or "<p>There has been a critical error on this website.</p>"
    return rest.refuse(errors.RestError(fault.status, code, message))


def _from_alb(status: int) -> Response:
    text = f"{status} {HTTPStatus(status).phrase}"
    html = f"<html><head><title>{text}</title></head><body><center><h1>{text}</h1></center></body></html>"
    return Response(html, status, {"Server": "awselb/2.0"}, content_type="text/html")


def _cut() -> None:
    # Only raised: the server hangs up, and by then the record says how the request ended. A socket
    # closed from here would let the client look at the record while the request is still in it.
    raise ConnectionAbortedError("cut by a fault")
