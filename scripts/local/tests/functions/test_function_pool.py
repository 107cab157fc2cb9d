"""Many requests for one function: a process each, as many as there may be, the rest waits."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bbws_local.pool import FunctionPool, FunctionStopped
from bbws_local.runtime_api import Outcome

type Eventually = Callable[[Callable[[], Any]], Any]
type NewPool = Callable[..., FunctionPool]


class _Callers:
    """Requests that are held inside the handler until they are let go."""

    def __init__(self, pool: FunctionPool, folder: Path) -> None:
        self._pool = pool
        self._folder = folder
        self._threads = ThreadPoolExecutor(5)

    def send(self, name: str) -> "Future[Outcome]":
        event = {"do": "wait", "started": self._file(name), "until": self._file("go")}
        return self._threads.submit(self._pool.invoke, json.dumps(event).encode(), name)

    def is_in_handler(self, name: str) -> bool:
        return Path(self._file(name)).exists()

    def let_go(self) -> None:
        Path(self._file("go")).touch()

    def _file(self, name: str) -> str:
        return str(self._folder / name)


@pytest.fixture(scope="module")
def small(new_pool: NewPool) -> FunctionPool:
    """A function of two processes, both started."""
    pool = new_pool("dev-bbws-small", max_processes=2)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: pool.invoke(b"{}"), range(2)))
    return pool


def test_a_process_has_one_request_at_a_time_and_the_rest_waits(
    small: FunctionPool, tmp_path: Path, eventually: Eventually
) -> None:
    callers = _Callers(small, tmp_path)
    promises = [callers.send(name) for name in ("one", "two")]
    eventually(lambda: all(callers.is_in_handler(name) for name in ("one", "two")))
    third = callers.send("three")
    busy = [one for one in small.processes() if one.state == "busy"]

    assert {one.requestId for one in busy} == {"one", "two"}
    assert len({one.pid for one in busy}) == 2
    assert not callers.is_in_handler("three")
    callers.let_go()
    pids = [json.loads(promise.result(5).payload)["pid"] for promise in (*promises, third)]
    assert set(pids) == {one.pid for one in busy}
    assert pids[2] in pids[:2]


def test_idle_processes_show_how_much_they_have_done(small: FunctionPool) -> None:
    before = sum(one.invocations for one in small.processes())
    small.invoke(b"{}")

    after = small.processes()
    assert sum(one.invocations for one in after) == before + 1
    assert all(one.state == "idle" and one.requestId is None for one in after)


def test_a_stopped_function_refuses_those_who_wait_and_ends_those_at_work(
    small: FunctionPool, tmp_path: Path, eventually: Eventually
) -> None:
    callers = _Callers(small, tmp_path)
    at_work = [callers.send(name) for name in ("one", "two")]
    eventually(lambda: all(callers.is_in_handler(name) for name in ("one", "two")))
    waiting = callers.send("three")
    small.stop()

    for promise in at_work:
        assert b"Runtime.ExitError" in promise.result(5).payload
    with pytest.raises(FunctionStopped, match="dev-bbws-small"):
        waiting.result(5)
    with pytest.raises(FunctionStopped):
        small.invoke(b"{}")
    assert small.is_stopped
    assert small.processes() == []


def test_a_function_started_again_answers_from_a_new_process(small: FunctionPool) -> None:
    small.stop()
    small.start()

    assert json.loads(small.invoke(b"{}").payload)["calls"] == 1


def test_fifty_requests_at_once_are_each_answered_with_their_own_answer(
    small: FunctionPool,
) -> None:
    small.start()
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        outcome = small.invoke(json.dumps({"number": number}).encode())
        answers[number] = json.loads(outcome.payload)["event"]["number"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    assert answers == {number: number for number in range(50)}
    assert len(small.processes()) <= 2
