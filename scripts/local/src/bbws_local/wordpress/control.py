"""The routes under `/_simulator/`, which no real WordPress has: state, traffic, faults, packages."""

from typing import Any

from pydantic import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from .faults import Fault, Faults
from .packages import PREFIX, ContentPackage, PluginPackage, ThemePackage
from .rest import answer
from .state import SimulatorState
from .traffic import Traffic

_MAP = Map(
    [
        Rule("/_simulator/health", methods=("GET",), endpoint="health"),
        Rule("/_simulator/state", methods=("GET",), endpoint="state"),
        Rule("/_simulator/requests", methods=("GET",), endpoint="requests"),
        Rule("/_simulator/faults", methods=("GET",), endpoint="faults"),
        Rule("/_simulator/faults", methods=("POST",), endpoint="add_fault"),
        Rule("/_simulator/faults", methods=("DELETE",), endpoint="clear_faults"),
        Rule("/_simulator/reset", methods=("POST",), endpoint="reset"),
        Rule(f"{PREFIX}/plugins/<slug>/<version>.zip", methods=("GET",), endpoint="plugin"),
        Rule(f"{PREFIX}/themes/<stylesheet>/<version>.zip", methods=("GET",), endpoint="theme"),
        Rule(
            f"{PREFIX}/content/<template_id>/<version>.json", methods=("GET",), endpoint="content"
        ),
    ],
    strict_slashes=False,
)


class Control:
    """Shows what the simulator holds and takes orders; needs no credentials."""

    def __init__(self, state: SimulatorState, faults: Faults, traffic: Traffic) -> None:
        self._state = state
        self._faults = faults
        self._traffic = traffic

    def answer(self, request: Request) -> Response:
        """Answer a control request; problems are `{"error": …}`."""
        try:
            endpoint, path_args = _MAP.bind("simulator").match(request.path, request.method)
        except HTTPException as error:
            return answer({"error": error.name}, error.code or 404)
        return self._answer(str(endpoint), request, path_args)

    def _answer(self, endpoint: str, request: Request, path_args: Any) -> Response:
        tenant_id = request.args.get("tenantId")
        match endpoint:
            case "health":
                return answer({"status": "OK", "tenants": sorted(self._state.networks)})
            case "state":
                return self._show_state(tenant_id)
            case "requests":
                return answer({"requests": self._traffic.as_json(tenant_id)})
            case "faults":
                return answer({"faults": self._faults.as_json()})
            case "add_fault":
                return self._add_fault(request)
            case "clear_faults":
                self._faults.clear()
            case "reset":
                self._reset()
            case _:
                return _package(endpoint, request, path_args)
        return Response(status=204)

    def _show_state(self, tenant_id: str | None) -> Response:
        networks = self._state.networks
        if tenant_id is None:
            return answer({"tenants": [network.snapshot() for network in networks.values()]})
        if tenant_id not in networks:
            return answer({"error": f"No tenant {tenant_id!r}."}, 404)
        return answer(networks[tenant_id].snapshot())

    def _add_fault(self, request: Request) -> Response:
        try:
            fault = Fault.model_validate_json(request.get_data())
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False)
            return answer({"error": problems}, 400)
        return answer(self._faults.add(fault).as_json(), 201)

    def _reset(self) -> None:
        self._faults.clear()
        self._traffic.clear()
        self._state.reset()


def _package(kind: str, request: Request, path_args: dict[str, str]) -> Response:
    query = request.args
    match kind:
        case "content":
            content = ContentPackage(
                path_args["template_id"],
                path_args["version"],
                query.get("name", ""),
                query.get("description", ""),
            )
            return Response(content.content(), content_type="application/json")
        case "theme":
            theme = ThemePackage(
                path_args["stylesheet"], path_args["version"], query.get("name", "")
            )
            return Response(theme.content(), content_type="application/zip")
    plugin = PluginPackage(
        path_args["slug"],
        path_args["version"],
        query.get("name", ""),
        query.get("author", ""),
        query.get("file", ""),
        query.get("requiresWordPress", ""),
        query.get("requiresPhp", ""),
        query.get("broken") == "yes",
    )
    return Response(plugin.content(), content_type="application/zip")
