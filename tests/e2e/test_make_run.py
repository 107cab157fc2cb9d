"""`make run` as a newcomer meets it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bbws_local.serving import free_port
from e2e.conftest import ROOT

COMMAND = [sys.executable, "-m", "bbws_local"]


@pytest.fixture
def run(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A stack of its own, beside the one the other tests use."""
    arguments = ["--port", str(free_port()), "--state", str(tmp_path)]
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
    ) as process:
        yield process
        process.kill()


def _output_until(process: "subprocess.Popen[str]", last: str) -> str:
    assert process.stdout
    lines = list[str]()
    for line in process.stdout:
        lines.append(line)
        if last in line:
            break
    return "".join(lines)


def test_it_prints_a_first_curl_that_works_and_ends_with_ctrl_c(
    run: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    output = _output_until(run, "| jq")
    description = json.loads((tmp_path / "stack.json").read_text())
    assert description["apiUrl"] in output
    assert set(description) >= {
        "apiUrl", "awsEndpointUrl", "wordpressUrl", "environment", "region", "tokens"
    }  # fmt: skip
    for role, token in description["tokens"]["tenant-123"].items():
        assert re.search(rf"tenant-123 +{role} +{re.escape(token)}", output)
    assert (tmp_path / "stack.json").stat().st_mode & 0o077 == 0

    (command,) = re.findall(r"( +TOKEN=.*?)\n\n", output, re.DOTALL)
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("HTTP/1.1 202 Accepted")

    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=20) == 0
    assert not (tmp_path / "stack.json").exists()
    for url in (description["apiUrl"], description["awsEndpointUrl"], description["wordpressUrl"]):
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=2)


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(
            [*COMMAND, "--port", str(port), "--state", str(tmp_path)],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
    assert result.returncode == 1
    assert f"port {port} is in use" in result.stderr


def test_a_second_stack_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text(json.dumps({"pid": os.getpid()}))
    arguments = ["--port", str(free_port()), "--state", str(tmp_path)]
    result = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode == 1
    assert "is running already" in result.stderr


@pytest.mark.parametrize(("name", "value"), [("--port", "http"), ("--wordpress", "imaginary")])
def test_a_wrong_argument_is_explained(name: str, value: str) -> None:
    result = subprocess.run(
        [*COMMAND, name, value], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert result.returncode == 2
    assert value in result.stderr
