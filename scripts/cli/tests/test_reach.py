"""No answer, or a strange one: said in a line, with exit status 3, and never twice done."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
import requests
from click.testing import Result

from bbws_local.serving import Handler, Request, Response, free_port, json_response
from bbws_local.stack import LocalStack

type Bbws = Callable[..., Result]
type Told = Callable[..., Any]
type Pretend = Callable[[Handler], str]

LIST = ("sites", "list", "--tenant", "tenant-123")
NEW = ("sites", "create", "my-shop", "--name", "My Shop", "--tenant", "tenant-123")


def test_a_closed_port_is_out_of_reach(run: Bbws) -> None:
    result = run("--api", f"http://127.0.0.1:{free_port()}/dev", "--token", "t", *LIST)

    assert result.exit_code == 3
    assert "is out of reach: no connection can be made." in result.stderr
    assert "the local stack starts with: make run" in result.stderr
    assert "--idempotency-key" not in result.stderr


def test_a_change_that_met_nobody_names_the_key_to_repeat_it_with(run: Bbws) -> None:
    address = ("--api", f"http://127.0.0.1:{free_port()}/dev", "--token", "t")
    result = run(*address, *NEW)

    assert result.exit_code == 3
    key = result.stderr.strip().rpartition("Repeat it safely with: --idempotency-key ")[2]
    assert len(key) == 36
    chosen = run(*address, *NEW, "--idempotency-key", "mine")
    assert "Repeat it safely with: --idempotency-key mine" in chosen.stderr


def test_what_speaks_no_tls_is_out_of_reach(run: Bbws, pretend: Pretend) -> None:
    url = pretend(lambda request: Response(200)).replace("http:", "https:")
    result = run("--api", url, "--token", "t", *LIST)

    assert result.exit_code == 3
    assert "it does not speak TLS, or its certificate is not trusted" in result.stderr


def test_a_file_of_certificates_that_is_not_there_is_named(run: Bbws) -> None:
    api = ("--api", "https://api.example.invalid/dev", "--token", "t")
    result = run(*api, *LIST, REQUESTS_CA_BUNDLE="/no/such/file")

    assert result.exit_code == 3
    assert "/no/such/file" in result.stderr


def test_a_proxy_that_is_not_there_is_named(run: Bbws) -> None:
    proxy = f"http://127.0.0.1:{free_port()}"
    variables = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy)
    variables |= {"NO_PROXY": "", "no_proxy": ""}
    result = run("--api", "https://api.example.invalid/dev", "--token", "t", *LIST, **variables)

    assert result.exit_code == 3
    assert "the proxy does not answer" in result.stderr


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Response(200, b"<html>"), "HTTP 200"),
        (Response(200, b"[1]"), "HTTP 200"),
        (Response(302, b"", [("Location", "https://elsewhere.example/")]), "HTTP 302"),
        (Response(204), "no items"),
        (json_response(200, {"hello": "world"}), "no items"),
        (json_response(200, {"items": [1]}), "a list of something else"),
    ],
)
def test_an_answer_of_something_else_is_out_of_reach(
    call: Bbws, answer: Response, reason: str
) -> None:
    result = call(lambda request: answer, *LIST)

    assert result.exit_code == 3
    assert f"what answers there ({reason}) is something else." in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("sites", "get", "some-site"), Response(200)),
        (("operations", "watch", "some-operation"), json_response(200, {"status": "PENDING"})),
        (("sites", "backup", "some-site", "--validate-only"), json_response(200, {})),
    ],
)
def test_an_answer_that_lacks_what_is_needed_is_out_of_reach(
    call: Bbws, arguments: tuple[str, ...], answer: Response
) -> None:
    result = call(lambda request: answer, *arguments, "--tenant", "tenant-123")

    assert result.exit_code == 3
    assert "is something else." in result.stderr


def test_an_answer_that_breaks_off_is_out_of_reach(call: Bbws) -> None:
    result = call(lambda request: Response(200, b"{}", [("Content-Encoding", "gzip")]), *LIST)

    assert result.exit_code == 3
    assert "is out of reach: ContentDecodingError." in result.stderr


def test_an_api_that_is_busy_is_asked_again_with_the_same_key(call: Bbws) -> None:
    seen: list[str] = []

    def busy_once(request: Request) -> Response:
        seen.append(request.header("Idempotency-Key"))
        if len(seen) == 1:
            return Response(503, b"", [("Retry-After", "1")])
        return json_response(202, {"siteId": "site-1"})

    result = call(busy_once, *NEW)

    assert result.exit_code == 0
    assert result.stderr == "HTTP 503: trying again …\n"
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_an_answer_that_was_lost_on_the_way_is_fetched_and_nothing_is_done_twice(
    run: Bbws, told: Told, stack: LocalStack, pretend: Pretend
) -> None:
    asked: list[int] = []

    def lose_the_first(request: Request) -> Response:
        url = f"{stack.api_url}{request.target.removeprefix('/dev')}"
        headers = {name: value for name, value in request.headers if name != "Host"}
        answer = requests.request(
            request.method, url, data=request.body, headers=headers, timeout=30
        )
        asked.append(answer.status_code)
        if len(asked) == 1 and request.connection is not None:
            request.connection.shutdown(socket.SHUT_RDWR)
        replayed = answer.headers.get("Idempotent-Replayed", "false")
        return Response(answer.status_code, answer.content, [("Idempotent-Replayed", replayed)])

    token = stack.tokens["tenant-123"]["CUSTOMER_ADMIN"]
    result = run("--api", pretend(lose_the_first), "--token", token, *NEW)

    assert result.exit_code == 0, result.output
    assert asked == [202, 202]
    assert result.stderr.startswith("No answer: trying again …\nAn earlier try with the same ")
    assert told("sites", "list")["count"] == 1


def test_two_runs_have_two_keys(call: Bbws) -> None:
    seen: list[str] = []

    def note(request: Request) -> Response:
        seen.append(request.header("Idempotency-Key"))
        return json_response(202, {"siteId": "site-1"})

    call(note, *NEW)
    call(note, *NEW)
    assert len(set(seen)) == 2


def test_a_progress_is_watched_in_the_pace_the_api_asks_for(call: Bbws) -> None:
    states = iter([("PENDING", 0, "0"), ("IN_PROGRESS", 50, "0"), ("COMPLETED", 100, "")])

    def progress(request: Request) -> Response:
        status, percent, pause = next(states)
        operation = {"operationId": "op-1", "status": status, "progress": percent}
        return json_response(200, operation, [("Retry-After", pause)] if pause else [])

    result = call(progress, "operations", "watch", "op-1")

    assert result.exit_code == 0
    assert result.stderr == "  0 %  PENDING\n 50 %  IN_PROGRESS\n100 %  COMPLETED\n"


def test_the_token_and_a_product_name_go_with_each_request(call: Bbws) -> None:
    seen: list[Request] = []

    def note(request: Request) -> Response:
        seen.append(request)
        return json_response(200, {"items": []})

    call(note, *LIST)
    assert seen[0].header("Authorization") == "Bearer t"
    assert seen[0].header("User-Agent").startswith("bbws-cli/")
    assert seen[0].path == "/dev/v1.0/tenants/tenant-123/sites"
    assert json.loads(seen[0].body or b"null") is None
