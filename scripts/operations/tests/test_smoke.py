"""The API answers, with the version that was deployed."""

from collections.abc import Iterator

import pytest
from promotion.accounts import EmulatedAccount
from promotion.standing_in import Run

from bbws_local.serving import Request, Response, Server, json_response
from bbws_operations.commands.smoke import api_url_of
from bbws_operations.environment import Environment


class Api:
    """An API that answers as it is told."""

    def __init__(self) -> None:
        self.answers = [json_response(200, {"status": "OK", "version": "1.0.0"})]
        self.paths: list[str] = []
        self.server = Server(self._serve)

    def _serve(self, request: Request) -> Response:
        self.paths.append(request.path)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def api(account: EmulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    made = Api()
    made.server.start()
    monkeypatch.setenv("API_URL", f"{made.server.url}/dev/")
    yield made
    made.server.stop()


def test_an_api_that_is_alive_passes(run: Run, api: Api, account: EmulatedAccount) -> None:
    said = run("smoke_health", "--artifact-version", "v1.0.0").output
    assert "/dev/v1.0/health is alive, version 1.0.0." in said
    assert api.paths == ["/dev/v1.0/health"]
    assert account.calls == []


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (json_response(502, {"message": "Bad Gateway"}), "answers 502"),
        (json_response(200, {"status": "SICK"}), "says that its status is SICK"),
        (Response(200, b"<html>"), "does not answer"),
        (json_response(200, {"status": "OK", "version": "0.9.0"}), "version 0.9.0, not 1.0.0"),
    ],
)
def test_another_answer_fails(run: Run, api: Api, answer: Response, trouble: str) -> None:
    api.answers = [answer]
    given = ("--artifact-version", "v1.0.0", "--within-seconds", 0)
    run("smoke_health", *given, fails=trouble)


def test_an_api_that_needs_a_moment_gets_it(run: Run, api: Api) -> None:
    api.answers.insert(0, json_response(503, {}))
    assert "is alive" in run("smoke_health", "--within-seconds", 5).output


def test_the_api_is_found_by_its_name(
    run: Run, account: EmulatedAccount, environment: Environment
) -> None:
    run("smoke_health", fails="DEV has no HTTP API bbws-wp-site-management-dev.")
    name = "bbws-wp-site-management-dev"
    made = account.client("apigatewayv2").create_api(Name=name, ProtocolType="HTTP")
    assert api_url_of(environment) == f"{made['ApiEndpoint']}/dev"
