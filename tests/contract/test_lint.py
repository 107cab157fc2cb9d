"""The OpenAPI document passes its linters without a warning."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from lacking import lacks

from contract.conftest import DOCUMENT

REDOCLY: Final = "@redocly/cli@2.77.0"
SPECTRAL: Final = "@stoplight/spectral-cli@6.16.3"


def test_redocly_has_nothing_to_say() -> None:
    report: dict[str, Any] = _report(REDOCLY, "lint", "--config", "redocly.yaml")
    assert report["problems"] == []


def test_spectral_has_nothing_to_say() -> None:
    assert _report(SPECTRAL, "lint", "--ruleset", ".spectral.yaml") == []


def test_a_linter_that_ci_lacks_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="NOT LINTED"):
        _report(REDOCLY)


def _report(linter: str, *arguments: str) -> Any:
    """What a linter says of the document; without it the test is skipped, but never on CI."""
    if shutil.which("npx") is None:
        lacks(f"NOT LINTED: {linter} needs npx, which comes with Node.js")
    try:
        _run(linter, "--version").check_returncode()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        lacks(f"NOT LINTED: npx cannot get {linter}: {error}")
    run = _run(linter, *arguments, "--format", "json", DOCUMENT.name)
    assert run.stdout, run.stderr
    # Spectral ends its JSON with a line for people.
    return json.JSONDecoder().raw_decode(run.stdout.lstrip())[0]


def _run(linter: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["npx", "--yes", linter, *arguments],
        cwd=DOCUMENT.parent,
        env={**os.environ, "npm_config_fetch_retries": "0"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
