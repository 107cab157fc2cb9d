"""A client that a generator made of the document works: nobody has to write one by hand."""

import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest
from e2e.portal import Portal

from contract.conftest import DOCUMENT

PACKAGE: Final = "site_management_client"
SECONDS: Final = 60


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports modules of a client that openapi-python-client has just generated."""
    settings = tmp_path / "settings.yaml"
    # Formatting its code is for people who read it.
    settings.write_text("post_hooks: []\n")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    command += ["--path", str(DOCUMENT), "--output-path", str(tmp_path / PACKAGE)]
    command += ["--config", str(settings), "--fail-on-warning"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    return lambda name: importlib.import_module(f"{PACKAGE}.{name}")


def test_a_generated_client_creates_a_site_and_follows_its_operation(
    portal: Portal, generated: Any
) -> None:
    models = generated("models")
    create_site = generated("api.sites.create_site")
    get_operation = generated("api.operations.get_operation")
    get_site = generated("api.sites.get_site")
    client = generated("client").AuthenticatedClient(portal.stack.api_url, token=portal.token)

    with client:
        wanted = models.NewSite(site_name="Generated", subdomain="generated")
        planned = create_site.sync(portal.tenant, client=client, body=wanted, validate_only=True)
        assert isinstance(planned, models.Plan)
        assert planned.plan.action == "createSite"

        created = create_site.sync(portal.tenant, client=client, body=wanted)
        assert isinstance(created, models.CreatedSite)
        assert created.status is models.SiteStatus.PROVISIONING

        operation = _ended(get_operation, created.operation_id, client)
        assert operation.status is models.OperationStatus.COMPLETED
        assert [step.status.value for step in operation.steps] == ["COMPLETED"] * 3

        site = get_site.sync(portal.tenant, created.site_id, client=client)
        assert site.status is models.SiteStatus.ACTIVE
        assert site.url == "https://generated.wpdev.bbws.io"


def test_a_generated_client_reads_refusals(portal: Portal, generated: Any) -> None:
    models = generated("models")
    create_site = generated("api.sites.create_site")
    client = generated("client").AuthenticatedClient(portal.stack.api_url, token=portal.token)

    with client:
        wanted = models.NewSite(site_name="No", subdomain="-no-")
        refusal = create_site.sync_detailed(portal.tenant, client=client, body=wanted)

    assert refusal.status_code == 400
    assert isinstance(refusal.parsed, models.InvalidRequestError)
    assert [error.field for error in refusal.parsed.error.details.errors] == ["subdomain"]


def _ended(get_operation: Any, operation_id: str, client: Any) -> Any:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        answer = get_operation.sync_detailed(operation_id, client=client)
        if "Retry-After" not in answer.headers:
            return answer.parsed
        time.sleep(0.2)
    raise AssertionError(f"{operation_id} has not ended after {SECONDS} s")
