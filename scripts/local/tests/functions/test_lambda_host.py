"""Lambda's Invoke and the control routes, over HTTP."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from bbws_local.host import LambdaHost
from bbws_local.pool import FunctionPool

type Eventually = Callable[[Callable[[], Any]], Any]
type Lines = list[tuple[str, str, str]]

NAME = "dev-bbws-task"
ARN = f"arn:aws:lambda:af-south-1:123456789012:function:{NAME}"


def _invoke(
    host: LambdaHost, event: Any = None, name: str = NAME, kind: str = "RequestResponse"
) -> requests.Response:
    return requests.post(
        f"{host.url}/2015-03-31/functions/{name}/invocations",
        data=b"" if event is None else json.dumps(event),
        headers={"X-Amz-Invocation-Type": kind},
        timeout=10,
    )


@pytest.mark.parametrize(
    "name",
    [NAME, f"{NAME}:live", f"123456789012:function:{NAME}", ARN, f"{ARN}:$LATEST"],
)
def test_a_function_is_found_by_every_form_of_its_name(host: LambdaHost, name: str) -> None:
    answer = _invoke(host, {"a": 1}, name)

    assert answer.status_code == 200
    assert answer.json()["event"] == {"a": 1}
    assert answer.headers["X-Amz-Executed-Version"] == "$LATEST"


def test_an_empty_payload_is_an_empty_event(host: LambdaHost) -> None:
    assert _invoke(host).json()["event"] == {}


def test_a_handlers_error_is_a_success_with_a_header(host: LambdaHost) -> None:
    answer = _invoke(host, {"do": "raise"})

    assert answer.status_code == 200
    assert answer.headers["X-Amz-Function-Error"] == "Unhandled"
    assert answer.json()["errorType"] == "ValueError"


def test_an_event_is_accepted_at_once_and_runs_later(
    host: LambdaHost, lines: Lines, eventually: Eventually
) -> None:
    answer = _invoke(host, {"do": "something later"}, kind="Event")

    assert answer.status_code == 202
    assert answer.content == b""
    eventually(lambda: any(text == "handles something later" for *_, text in lines))


def test_a_dry_run_runs_nothing(host: LambdaHost, lines: Lines, eventually: Eventually) -> None:
    answer = _invoke(host, {"do": "a dry run"}, kind="DryRun")

    assert answer.status_code == 204
    _invoke(host, {"do": "a wet run"})
    eventually(lambda: any(text == "handles a wet run" for *_, text in lines))
    assert not any(text == "handles a dry run" for *_, text in lines)


def test_an_unknown_function_is_refused_as_lambda_does(host: LambdaHost) -> None:
    answer = _invoke(host, {}, "elsewhere")

    assert answer.status_code == 404
    assert answer.headers["X-Amzn-ErrorType"] == "ResourceNotFoundException"
    with pytest.raises(KeyError):
        host.invoke("elsewhere", b"{}")


def test_stop_and_start_over_http(host: LambdaHost) -> None:
    def control(verb: str) -> Any:
        return requests.post(f"{host.url}/functions/{NAME}/{verb}", timeout=10).json()

    def listed() -> Any:
        return requests.get(f"{host.url}/functions", timeout=10).json()

    assert control("stop") == {"name": NAME, "state": "stopped"}
    assert listed() == [{"name": NAME, "state": "stopped"}]
    assert host.is_stopped(NAME)
    answer = _invoke(host, {})
    assert answer.status_code == 503
    assert answer.headers["X-Amzn-ErrorType"] == "ResourceNotReadyException"
    host.invoke_async(NAME, b"{}")

    assert control("start") == {"name": NAME, "state": "running"}
    assert listed() == [{"name": NAME, "state": "running"}]
    assert _invoke(host, {}).status_code == 200


def test_the_processes_of_a_function_are_shown(host: LambdaHost, pool: FunctionPool) -> None:
    pid = json.loads(pool.invoke(b"{}").payload)["pid"]
    processes = requests.get(f"{host.url}/functions/{NAME}/processes", timeout=10).json()

    assert {"pid", "state", "requestId", "invocations"} == set(processes[0])
    assert pid in [process["pid"] for process in processes]


@pytest.mark.parametrize("path", ["/functions/elsewhere/stop", "/functions/x/remove", "/"])
def test_what_the_host_does_not_have_is_not_found(host: LambdaHost, path: str) -> None:
    assert requests.post(f"{host.url}{path}", timeout=10).status_code == 404
