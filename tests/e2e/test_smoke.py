"""The runbook's smoke test against the local stack."""

import os
import subprocess
from pathlib import Path

import pytest

from bbws_local.specification import PROCESSOR
from bbws_local.stack import LocalStack
from e2e.conftest import ROOT
from e2e.portal import Backstage, Portal


def _smoke(stack: LocalStack, **environment: str) -> "subprocess.CompletedProcess[str]":
    description = stack.options.state_directory / "stack.json"
    return subprocess.run(
        [ROOT / "scripts" / "smoke" / "local.sh"],
        env={**os.environ, "STACK": str(description), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_passes_and_leaves_nothing_behind(
    stack: LocalStack, portal: Portal, backstage: Backstage
) -> None:
    result = _smoke(stack)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "checks passed" in result.stdout
    for check in ("POST sites ", "POST plugin ", "POST blocklisted plugin ", "GET templates "):
        assert f"OK    {check}" in result.stdout
    assert portal.get(portal.sites)["items"] == []
    assert backstage.wordpress_sites() == []


@pytest.mark.parametrize("service", ["plugins-service", PROCESSOR])
def test_it_names_a_stopped_service(
    stack: LocalStack, portal: Portal, backstage: Backstage, service: str
) -> None:
    backstage.stop(service)
    result = _smoke(stack, SMOKE_TIMEOUT_SECONDS="2")
    backstage.start(service)
    assert result.returncode == 1, result.stdout + result.stderr
    last_line = result.stdout.strip().splitlines()[-1]
    assert last_line.startswith("FAILED")
    assert f"function dev-bbws-{service}" in last_line
    assert "expected Active, got Inactive" in result.stdout


def test_without_a_running_stack_it_says_how_to_start_one(tmp_path: Path) -> None:
    result = subprocess.run(
        [ROOT / "scripts" / "smoke" / "local.sh"],
        env={**os.environ, "STACK": str(tmp_path / "none.json")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "make run" in result.stderr
