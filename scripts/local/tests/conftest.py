"""What several folders share: a function that runs in real processes, and patience."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from bbws_local.environment import Code
from bbws_local.host import LambdaHost
from bbws_local.pool import FunctionPool
from bbws_local.specification import FunctionSpecification
from bbws_local.tasks import runtime_directory
from bbws_local.versions import VersionedFunction

pytest_plugins = ["bbws_local.fixtures"]

type Eventually = Callable[[Callable[[], Any]], Any]
type Lines = list[tuple[str, str, str]]
type NewPool = Callable[..., FunctionPool]

# What a test wants of the function, it says in the event's `do`, or in a record's body.
_TASK: Final = """
import importlib, json, os, sys, time

print("imported")
calls = 0


def handler(event, context):
    global calls
    calls += 1
    wanted = event.get("do")
    print(f"handles {wanted}")
    if wanted == "raise":
        raise ValueError("no such site")
    if wanted == "exit":
        os._exit(3)
    if wanted == "hang":
        time.sleep(60)
    if wanted == "wait":
        open(event["started"], "w").close()
        while not os.path.exists(event["until"]):
            time.sleep(0.01)
    if wanted == "environment":
        return {"variables": dict(os.environ), "path": sys.path, "folder": os.getcwd()}
    if wanted == "import":
        importlib.import_module(event["module"])
    if wanted == "context":
        return {
            "id": context.aws_request_id,
            "arn": context.invoked_function_arn,
            "left": context.get_remaining_time_in_millis(),
            "client": context.client_context and context.client_context.custom,
        }
    if "Records" in event:
        print(json.dumps(event))
        bodies = [record["body"] for record in event["Records"]]
        if "raise" in bodies:
            raise ValueError("poison")
        failed = [r["messageId"] for r in event["Records"] if r["body"] == "fail"]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
    return {"event": event, "calls": calls, "pid": os.getpid()}
"""


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """The first true result of a look, within ten seconds."""

    def look_again(look: Callable[[], Any]) -> Any:
        until = time.monotonic() + 10
        while not (found := look()):
            assert time.monotonic() < until, f"still {found!r}"
            time.sleep(0.01)
        return found

    return look_again


@pytest.fixture(scope="session")
def runtime_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runtime_directory(tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory, runtime_folder: Path) -> Code:
    """An unpacked package whose `task.handler` does what its event asks for."""
    root = tmp_path_factory.mktemp("task")
    (root / "task.py").write_text(_TASK)
    return Code(root, runtime_folder)


@pytest.fixture(scope="session")
def all_lines() -> Lines:
    """Function, log stream and text of every line that functions wrote."""
    return []


@pytest.fixture
def lines(all_lines: Lines) -> Lines:
    all_lines.clear()
    return all_lines


@pytest.fixture(scope="session")
def new_pool(code: Code, all_lines: Lines) -> Iterator[NewPool]:
    """Make a function of its own; its processes end with the tests."""
    made: list[FunctionPool] = []

    def make(
        name: str = "dev-bbws-task",
        *,
        max_processes: int = 2,
        handler: str = "task.handler",
        of: Code = code,
        **environment: str,
    ) -> FunctionPool:
        function = FunctionSpecification(name, name, handler, 1, 128, max_processes, environment)
        pool = FunctionPool(function, of, lambda *line: all_lines.append(line))
        made.append(pool)
        return pool

    yield make
    for pool in made:
        pool.stop()


@pytest.fixture(scope="session")
def shared_pool(new_pool: NewPool) -> FunctionPool:
    return new_pool()


@pytest.fixture
def pool(shared_pool: FunctionPool) -> FunctionPool:
    """The function most tests share, running."""
    shared_pool.start()
    return shared_pool


@pytest.fixture(scope="session")
def running_host(shared_pool: FunctionPool) -> Iterator[LambdaHost]:
    host = LambdaHost()
    host.start([VersionedFunction.of(shared_pool)])
    yield host
    host.stop()


@pytest.fixture
def host(running_host: LambdaHost, pool: FunctionPool) -> LambdaHost:
    """The host of the shared function, which an earlier test may have stopped."""
    requests.post(f"{running_host.url}/functions/{pool.function.name}/start", timeout=5)
    return running_host
