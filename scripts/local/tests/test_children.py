"""Child processes: started, waited for, and never left behind."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest
import requests

from bbws_local.child import start_child, stop_child
from bbws_local.readiness import NotReady, wait_until_ready
from bbws_local.serving import free_port

type Start = Callable[..., "Popen[bytes]"]

_MODULES = {
    "stubborn": "import signal, time\nsignal.signal(15, signal.SIG_IGN)\n",
    "talkative": "import sys\nprint('\\n'.join(map(str, range(40))))\nsys.exit('out of ideas')\n",
    "curious": "import json, sys\nprint(json.dumps([__name__, *sys.argv[1:]]))\n",
}
_SERVE = """
import sys
from bbws_local.serving import Response, Server
Server(lambda request: Response(200), int(sys.argv[1])).serve_until_stopped()
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "part.log"


@pytest.fixture
def start(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start one of the modules as a child; it ends with the test."""
    for name, source in _MODULES.items():
        (tmp_path / f"{name}.py").write_text(source + (_SERVE if name == "stubborn" else ""))
    (tmp_path / "service.py").write_text(_SERVE)
    monkeypatch.syspath_prepend(tmp_path)
    made: list[Popen[bytes]] = []

    def run(module: str, *arguments: str) -> "Popen[bytes]":
        made.append(start_child(module, list(arguments), log))
        return made[-1]

    yield run
    for child in made:
        child.kill()
        child.wait()
        if child.stdin:
            child.stdin.close()


@pytest.fixture
def port() -> int:
    return free_port()


def test_a_child_is_ready_when_it_answers_and_ends_when_asked(
    start: Start, port: int, log: Path
) -> None:
    child = start("service", str(port))
    wait_until_ready(child, f"http://127.0.0.1:{port}/", log)
    stop_child(child)

    assert child.returncode == -15
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/", timeout=1)


def test_a_child_ends_when_its_parents_end_of_the_pipe_closes(
    start: Start, port: int, log: Path
) -> None:
    child = start("service", str(port))
    wait_until_ready(child, f"http://127.0.0.1:{port}/", log)
    assert child.stdin
    child.stdin.close()

    assert child.wait(timeout=5) == 0


def test_a_child_that_does_not_listen_is_killed(start: Start, port: int, log: Path) -> None:
    child = start("stubborn", str(port))
    wait_until_ready(child, f"http://127.0.0.1:{port}/", log)
    stop_child(child, patience_seconds=0.05)

    assert child.returncode == -9
    stop_child(child)


def test_a_child_that_ends_by_itself_is_told_with_its_last_words(start: Start, log: Path) -> None:
    with pytest.raises(NotReady) as caught:
        wait_until_ready(start("talkative"), "http://127.0.0.1:1/", log)

    first, *last = str(caught.value).splitlines()
    assert first == "part ended by itself:"
    assert last[-1] == "out of ideas"
    assert len(last) == 15


def test_a_module_that_does_not_exist_is_told(start: Start, log: Path) -> None:
    with pytest.raises(NotReady, match="No module named"):
        wait_until_ready(start("nothing_of_this_name"), "http://127.0.0.1:1/", log)


def test_a_child_gets_its_arguments_and_writes_to_its_log(start: Start, log: Path) -> None:
    start("curious", "--port", "1").wait(timeout=5)

    assert json.loads(log.read_text()) == ["__main__", "--port", "1"]


def test_the_emulator_runs_as_a_child(start: Start, port: int, log: Path) -> None:
    child = start("bbws_local.emulator", "--port", str(port), "--lambda-host", "http://127.0.0.1:1")
    wait_until_ready(child, f"http://127.0.0.1:{port}/_local/health", log)
    stop_child(child)

    assert child.returncode == 0
    assert f"account 123456789012 in af-south-1 on http://127.0.0.1:{port}" in log.read_text()
