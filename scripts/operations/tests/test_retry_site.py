"""scripts/retry_site begins a site's failed operation again, through the API."""

import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from bbws_local.serving import Request, Response, Server, json_response
from bbws_operations.environment import ROOT

SITE, FIRST, LAST = "site-1", "op-1", "op-2"
SITES, OPERATIONS = "/v1.0/tenants/tenant-123/sites", "/v1.0/tenants/tenant-123/operations"


class Api:
    """An API with one site, whose operations are in these states."""

    def __init__(self) -> None:
        self.statuses = {FIRST: "COMPLETED", LAST: "FAILED"}
        self.requests: list[str] = []
        self.refusal: Response | None = None
        self.server = Server(self._serve)

    def _serve(self, request: Request) -> Response:
        self.requests.append(f"{request.method} {request.target}")
        if request.path == f"{SITES}/{SITE}":
            return json_response(200, {"siteId": SITE, "status": "FAILED"})
        if request.path == OPERATIONS:
            items = [self._operation(one) for one in self.statuses]
            return json_response(200, {"items": items})
        if request.method == "POST":
            return self.refusal or json_response(202, self._operation(LAST))
        return json_response(404, {"error": {"code": "SITE_001", "message": "No such site."}})

    def _operation(self, operation_id: str) -> dict[str, Any]:
        return {"operationId": operation_id, "status": self.statuses[operation_id]}


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    made.server.start()
    yield made
    made.server.stop()


def retry(api: Api, *arguments: str) -> tuple[int, str]:
    """Exit status, and what was printed."""
    ran = subprocess.run(
        [ROOT / "scripts" / "retry_site", *arguments],
        env={"PATH": os.environ["PATH"], "BBWS_API": api.server.url, "BBWS_TOKEN": "token"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout


TENANT = ("--tenant", "tenant-123")


def test_the_last_operation_is_begun_again_when_it_has_failed(api: Api) -> None:
    status, said = retry(api, SITE, *TENANT)
    assert status == 0
    assert "site-1 is FAILED; trying op-2 again" in said
    assert [one for one in api.requests if one.startswith("POST")] == [
        "POST /v1.0/operations/op-2/retry"
    ]


def test_a_try_can_be_validated_only(api: Api) -> None:
    retry(api, SITE, *TENANT, "--validate-only")
    assert api.requests[-1] == "POST /v1.0/operations/op-2/retry?validateOnly=true"


@pytest.mark.parametrize("state", ["COMPLETED", "IN_PROGRESS", "CANCELLED"])
def test_where_the_last_operation_has_not_failed_nothing_is_done(api: Api, state: str) -> None:
    api.statuses = {FIRST: "FAILED", LAST: state}
    status, said = retry(api, SITE, *TENANT)
    assert status == 0
    assert (
        said
        == "The last operation of site-1 has not failed; the site is FAILED. Nothing was done.\n"
    )
    assert not any(one.startswith("POST") for one in api.requests)


def test_a_site_without_operations_is_left_alone(api: Api) -> None:
    api.statuses = {}
    assert "Nothing was done." in retry(api, SITE, *TENANT)[1]


def test_a_refusal_is_the_scripts_own(api: Api) -> None:
    refusal = {"error": {"code": "OP_002", "message": "The site is being deleted."}}
    api.refusal = json_response(409, refusal)
    status, said = retry(api, SITE, *TENANT)
    assert status == 1
    assert "The site is being deleted." in said


def test_an_unknown_site_is_said(api: Api) -> None:
    status, said = retry(api, "site-9", *TENANT)
    assert status == 1
    assert "No such site." in said


@pytest.mark.parametrize("arguments", [(), ("--nonsense",), ("--tenant",), ("one", "two")])
def test_wrong_usage_shows_how_it_is_used(api: Api, arguments: tuple[str, ...]) -> None:
    status, said = retry(api, *arguments)
    assert status == 2
    assert "scripts/retry_site SITE" in said


def test_it_explains_itself(api: Api) -> None:
    status, said = retry(api, "--help")
    assert status == 0
    assert "begins it again" in said
