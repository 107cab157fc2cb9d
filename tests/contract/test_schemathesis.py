"""Generated requests over all operations of the document: no answer differs from what it says.

`BBWS_CONTRACT_EXAMPLES` is how many requests are tried for each operation in the random phases (the
deterministic ones come on top), `BBWS_CONTRACT_REQUESTS` how many there must be in all. The random ones
are those of `BBWS_CONTRACT_SEED`: `make test` tries the same each time, `make contract` others.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from e2e.portal import Backstage, Portal

from bbws_local.specification import SERVICES, STAFF, STAFF_ROLE
from bbws_local.stack import LocalStack
from bbws_shared.errors import InternalError
from contract.conftest import DOCUMENT, ROOT
from contract.quota import endless_quota

EXAMPLES: Final = int(os.environ.get("BBWS_CONTRACT_EXAMPLES", "2"))
REQUESTS: Final = int(os.environ.get("BBWS_CONTRACT_REQUESTS", "0"))
SEED: Final = os.environ.get("BBWS_CONTRACT_SEED", "1")
SETTINGS: Final = Path(__file__).with_name("schemathesis.toml")
PHASES: Final = ("examples", "coverage", "fuzzing", "stateful")


@pytest.fixture
def places(portal: Portal) -> Iterator[None]:
    """Room for as many sites as are created; a quota that is full would refuse all the others."""
    with endless_quota(portal.stack):
        yield


@pytest.mark.timeout(3600)
def test_every_answer_to_generated_requests_is_as_documented(
    stack: LocalStack,
    backstage: Backstage,
    places: None,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = _schemathesis(stack, tmp_path)
    report: dict[str, Any] = json.loads((tmp_path / "report.json").read_text())
    counted = report["test_cases"]
    with capfd.disabled():
        sys.stdout.write(
            f"\nschemathesis: {counted['generated']} generated requests over"
            f" {report['operations']['tested']} operations, {counted['unique_failures']} failures,"
            f" seed {report['seed']}\n"
        )
    assert run.returncode == 0, run.stdout
    assert report["operations"]["tested"] == report["operations"]["total"]
    assert {name: report["phases"][name]["status"] for name in PHASES} == dict.fromkeys(
        PHASES, "success"
    )
    assert counted["generated"] >= REQUESTS
    for service in SERVICES:
        assert backstage.log_lines(service, InternalError.code) == []


def _schemathesis(stack: LocalStack, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS), "run"]
    command += [str(DOCUMENT), "--url", stack.api_url, "--no-color"]
    command += ["--header", f"Authorization: Bearer {stack.tokens[STAFF][STAFF_ROLE]}"]
    command += ["--max-examples", str(EXAMPLES), "--phases", ",".join(PHASES), "--seed", SEED]
    command += ["--report", "json", "--report-json-path", str(folder / "report.json")]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
