"""A function's process: what callers get of it, whatever happens to it, and what it may see."""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bbws_local.environment import Code
from bbws_local.pool import FunctionPool
from bbws_local.runtime_api import Outcome

type Eventually = Callable[[Callable[[], Any]], Any]
type Lines = list[tuple[str, str, str]]
type NewPool = Callable[..., FunctionPool]


def _ask(pool: FunctionPool, do: str = "", **more: Any) -> Any:
    outcome = pool.invoke(json.dumps({"do": do, **more}).encode())
    assert outcome.function_error is None, outcome.payload
    return json.loads(outcome.payload)


def _failure(outcome: Outcome) -> dict[str, Any]:
    assert outcome.function_error == "Unhandled"
    failure: dict[str, Any] = json.loads(outcome.payload)
    return failure


def test_the_caller_gets_what_the_handler_returns(pool: FunctionPool) -> None:
    assert _ask(pool, "nothing", name="Žižkov")["event"] == {"do": "nothing", "name": "Žižkov"}


def test_a_warm_process_is_used_again(pool: FunctionPool) -> None:
    first, second = _ask(pool), _ask(pool)

    assert second["pid"] == first["pid"]
    assert second["calls"] == first["calls"] + 1


def test_the_context_tells_request_function_and_time_left(pool: FunctionPool) -> None:
    client = json.dumps({"custom": {"tenant": "tenant-123"}})
    outcome = pool.invoke(b'{"do": "context"}', "request-1", client)

    context = json.loads(outcome.payload)
    assert context["id"] == "request-1"
    assert context["arn"] == pool.function.arn
    assert 0 < context["left"] <= 1000
    assert context["client"] == {"tenant": "tenant-123"}


def test_an_exception_is_unhandled_and_the_process_stays(pool: FunctionPool) -> None:
    before = _ask(pool)["pid"]
    failure = _failure(pool.invoke(b'{"do": "raise"}'))

    assert failure["errorType"] == "ValueError"
    assert failure["errorMessage"] == "no such site"
    assert failure["stackTrace"]
    assert _ask(pool)["pid"] == before


def test_the_time_limit_ends_the_process_and_is_told(
    pool: FunctionPool, lines: Lines, eventually: Eventually
) -> None:
    before = _ask(pool)["pid"]
    failure = _failure(pool.invoke(b'{"do": "hang"}', "slow-1"))

    assert failure == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: slow-1 Error: Task timed out after 1.00 seconds",
    }
    last_words = "slow-1 Task timed out after 1.00 seconds"
    eventually(lambda: any(text.endswith(last_words) for *_, text in lines))
    assert _ask(pool)["pid"] != before


def test_a_killed_process_is_an_exit_error_and_the_next_request_works(
    pool: FunctionPool, tmp_path: Path, eventually: Eventually
) -> None:
    outcomes: list[Outcome] = []
    event = {"do": "wait", "started": str(tmp_path / "a"), "until": str(tmp_path / "never")}
    caller = threading.Thread(
        target=lambda: outcomes.append(pool.invoke(json.dumps(event).encode(), "killed-1"))
    )
    caller.start()
    eventually((tmp_path / "a").exists)
    (busy,) = (one for one in pool.processes() if one.state == "busy")
    assert busy.requestId == "killed-1"
    os.kill(busy.pid, signal.SIGKILL)
    caller.join(timeout=5)

    assert _failure(outcomes[0]) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: killed-1 Error: Runtime exited with error: signal: killed",
    }
    assert _ask(pool)["pid"] != busy.pid


def test_a_process_that_exits_by_itself_says_its_status(pool: FunctionPool) -> None:
    failure = _failure(pool.invoke(b'{"do": "exit"}'))

    assert failure["errorType"] == "Runtime.ExitError"
    assert failure["errorMessage"].endswith("Runtime exited with error: exit status 3")


def test_a_process_killed_while_idle_is_not_noticed(
    pool: FunctionPool, eventually: Eventually
) -> None:
    pid = _ask(pool)["pid"]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: pid not in [one.pid for one in pool.processes()])

    assert _ask(pool)["pid"] != pid


@pytest.mark.parametrize(
    ("source", "handler", "error"),
    [
        ("import nothing_of_this_name", "broken.handler", "Runtime.ImportModuleError"),
        ("def handler(:", "broken.handler", "Runtime.UserCodeSyntaxError"),
        ("answer = 42", "broken.handler", "Runtime.HandlerNotFound"),
        ("import os; os._exit(7)", "broken.handler", "Runtime.ExitError"),
        ("import os; os._exit(0)", "broken.handler", "Runtime.ExitError"),
        ("", "elsewhere.handler", "Runtime.ImportModuleError"),
    ],
)
def test_code_that_cannot_be_loaded_is_named(
    new_pool: NewPool, tmp_path: Path, runtime_folder: Path, source: str, handler: str, error: str
) -> None:
    (tmp_path / "broken.py").write_text(source)
    pool = new_pool(handler=handler, of=Code(tmp_path, runtime_folder))

    assert _failure(pool.invoke(b"{}"))["errorType"] == error
    assert pool.processes() == []


def test_a_process_sees_nothing_of_the_developers_environment(
    new_pool: NewPool, code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVELOPERS_SECRET", "hunter2")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    pool = new_pool("dev-bbws-isolated", TABLE_NAME="sites")
    seen = _ask(pool, "environment")

    own = {name: value for name, value in seen["variables"].items() if "AWS" not in name}
    assert own.items() >= {"TABLE_NAME": "sites", "TZ": ":UTC", "HOME": "/nonexistent"}.items()
    assert "DEVELOPERS_SECRET" not in own
    assert "PYTHONPATH" not in own
    assert seen["variables"]["AWS_LAMBDA_FUNCTION_NAME"] == "dev-bbws-isolated"
    assert seen["path"][:2] == [str(code.task_root), str(code.runtime_folder)]
    assert not any("-packages" in folder for folder in seen["path"])
    assert seen["folder"] == str(code.task_root)


@pytest.mark.parametrize("module", ["boto3", "pytest", "bbws_local"])
def test_a_process_can_import_only_what_its_package_has(pool: FunctionPool, module: str) -> None:
    failure = _failure(pool.invoke(json.dumps({"do": "import", "module": module}).encode()))

    assert failure["errorType"] == "ModuleNotFoundError"


def test_every_request_is_framed_by_platform_lines_in_order(
    new_pool: NewPool, lines: Lines
) -> None:
    pool = new_pool("dev-bbws-logged")
    for request_id in ("first", "second"):
        pool.invoke(b'{"do": "greet"}', request_id)
    pool.stop()

    written = [text for function, _, text in lines if function == "dev-bbws-logged"]
    reports = [text.split("\t") for text in written if text.startswith("REPORT")]
    assert [text for text in written if not text.startswith("REPORT")] == [
        "imported",
        *(
            line
            for request_id in ("first", "second")
            for line in (
                f"START RequestId: {request_id} Version: $LATEST",
                "handles greet",
                f"END RequestId: {request_id}",
            )
        ),
    ]
    assert reports[0][0] == "REPORT RequestId: first"
    assert any(part.startswith("Init Duration: ") for part in reports[0])
    assert not any(part.startswith("Init Duration: ") for part in reports[1])
    assert "Memory Size: 128 MB" in reports[0]
    assert len({stream for name, stream, _ in lines if name == "dev-bbws-logged"}) == 1


def test_an_exceptions_lines_are_one_log_line(
    pool: FunctionPool, lines: Lines, eventually: Eventually
) -> None:
    pool.invoke(b'{"do": "raise"}')

    (error,) = eventually(
        lambda: [text for *_, text in lines if text.startswith("[ERROR] ValueError")]
    )
    assert "Traceback" in error.splitlines()[1]
