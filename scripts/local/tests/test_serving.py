"""The HTTP server under every part of the stack."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from bbws_local.serving import Request, Response, Server, free_port, json_response

type Eventually = Callable[[Callable[[], Any]], Any]


def _echo(request: Request) -> Response:
    if request.path == "/defect":
        raise RuntimeError("handler is broken")
    if request.path == "/strange":
        return Response(799, b"?", [("Content-Length", "99"), ("X-Kept", "yes")])
    if request.path == "/empty":
        return Response(204)
    content = {
        "method": request.method,
        "path": request.path,
        "rawPath": request.raw_path,
        "query": request.query,
        "body": request.body.decode(),
        "tag": request.header("x-tag", "none"),
        "client": request.client_address,
    }
    return json_response(200, content, [("X-Head", "told")])


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(_echo, max_body_bytes=1000).start()
    yield server
    server.stop()


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    yield connection
    connection.close()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_every_method_reaches_the_handler(server: Server, method: str) -> None:
    answer = requests.request(
        method, f"{server.url}/a%2Fb?x=1&y=%20", data="hello", headers={"X-Tag": "t"}, timeout=5
    )

    assert answer.json() == {
        "method": method,
        "path": "/a/b",
        "rawPath": "/a%2Fb",
        "query": "x=1&y=%20",
        "body": "hello",
        "tag": "t",
        "client": "127.0.0.1",
    }
    assert answer.headers["X-Head"] == "told"


def test_a_connection_stays_open_for_the_next_request(
    connection: http.client.HTTPConnection,
) -> None:
    connection.request("POST", "/", body="one")
    first = json.load(connection.getresponse())
    used = connection.sock
    connection.request("GET", "/empty")
    assert connection.getresponse().read() == b""
    connection.request("POST", "/", body="two")
    second = json.load(connection.getresponse())

    assert connection.sock is used
    assert (first["body"], second["body"]) == ("one", "two")


def test_an_answer_to_head_has_no_body_and_the_connection_stays_usable(
    connection: http.client.HTTPConnection,
) -> None:
    connection.request("HEAD", "/strange")
    answer = connection.getresponse()
    assert answer.read() == b""
    assert answer.getheader("Content-Length") == "99"
    assert answer.getheader("X-Kept") == "yes"

    connection.request("GET", "/")
    assert connection.getresponse().status == 200


def test_a_chunked_body_is_put_together(server: Server) -> None:
    answer = requests.post(server.url, data=iter([b"one ", b"two ", b"three"]), timeout=5)

    assert answer.json()["body"] == "one two three"


def test_the_length_is_the_bodys_and_a_status_may_be_unknown(server: Server) -> None:
    answer = requests.get(f"{server.url}/strange", timeout=5)

    assert (answer.status_code, answer.reason, answer.content) == (799, "", b"?")
    assert answer.headers["Content-Length"] == "1"


def test_a_body_over_the_limit_is_413_and_the_connection_stays_usable(
    connection: http.client.HTTPConnection,
) -> None:
    connection.request("POST", "/", body="x" * 1001)
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.load(answer) == {"message": "Request Entity Too Large"}

    connection.request("POST", "/", body="x" * 1000)
    assert connection.getresponse().status == 200


def test_a_chunked_body_over_the_limit_is_413_too(server: Server) -> None:
    answer = requests.post(server.url, data=iter([b"x" * 600, b"x" * 600]), timeout=5)

    assert answer.status_code == 413


def test_a_defect_of_the_handler_is_answered_with_500(server: Server) -> None:
    answer = requests.get(f"{server.url}/defect", timeout=5)

    assert answer.status_code == 500
    assert answer.json() == {"message": "RuntimeError: handler is broken"}


def test_a_handler_can_tell_that_its_client_is_gone(eventually: Eventually) -> None:
    inside = threading.Event()
    seen: list[bool] = []

    def watch(request: Request) -> Response:
        seen.append(request.client_is_gone())
        inside.set()
        eventually(request.client_is_gone)
        seen.append(True)
        return Response(200)

    server = Server(watch).start()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert inside.wait(5)
    eventually(lambda: seen == [False, True])
    server.stop()


def test_a_request_without_a_connection_has_no_client_to_lose() -> None:
    assert not Request("GET", "/", [], b"").client_is_gone()


def test_a_busy_port_is_an_error_at_once(server: Server) -> None:
    with pytest.raises(OSError, match="in use"):
        Server(_echo, server.port)


def test_a_stopped_server_frees_its_port_and_may_be_stopped_again() -> None:
    server = Server(_echo).start()
    server.stop()
    server.stop()

    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=1)
    Server(_echo, server.port).stop()


def test_a_free_port_can_be_listened_on() -> None:
    port = free_port()
    server = Server(_echo, port).start()

    assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200
    server.stop()


def test_a_server_can_run_in_the_calling_thread() -> None:
    server = Server(_echo)
    thread = threading.Thread(target=server.serve_until_stopped, daemon=True)
    thread.start()

    assert requests.get(server.url, timeout=5).status_code == 200
    server.stop()
