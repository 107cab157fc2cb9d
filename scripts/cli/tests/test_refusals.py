"""The API's refusals: message, code, every bad field and failed check, and what to do."""

from collections.abc import Callable

import pytest
from click.testing import Result

from bbws_local.serving import Response, json_response

type Bbws = Callable[..., Result]

LIST = ("sites", "list", "--tenant", "tenant-123")
NEW = ("sites", "create", "my-shop", "--name", "My Shop", "--tenant", "tenant-123")


def test_an_outage_that_lasts_is_a_failure_with_the_key_to_repeat_it(call: Bbws) -> None:
    told = {"error": {"code": "SYS_001", "message": "Something failed."}, "requestId": "r-1"}
    result = call(lambda request: json_response(500, told), *NEW, "--idempotency-key", "mine")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "Error: Something failed.",
        "  Code: SYS_001 (HTTP 500)",
        "  Repeat it safely with: --idempotency-key mine",
        "  Request: r-1",
    ]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, {"message": "Unauthorized"}, "give the new ID token with --token or BBWS_TOKEN"),
        (403, {"message": "Forbidden"}, "Check the address given with --api, and the token."),
        (404, {"message": "Not Found"}, "Check the address given with --api."),
    ],
)
def test_the_gateways_own_refusals_say_what_to_do(
    call: Bbws, status: int, body: dict[str, str], told: str
) -> None:
    result = call(lambda request: json_response(status, body), *LIST)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {body['message']}\n  Code: - (HTTP {status})\n")
    assert told in result.stderr


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"error": "x"}'])
def test_a_refusal_without_a_reason_is_said_too(call: Bbws, body: bytes) -> None:
    answer = Response(418, body, [("X-Request-Id", "r-1")])
    result = call(lambda request: answer, *LIST)

    assert result.exit_code == 1
    assert result.stderr == "Error: No reason given\n  Code: - (HTTP 418)\n  Request: r-1\n"


def test_every_failed_check_of_a_refusal_is_a_line(call: Bbws) -> None:
    checks = [
        {"name": "blocklist", "code": "PLUG_002", "message": "It is on the blocklist."},
        {"name": "freshBackup", "status": "FAIL"},
    ]
    details = {"checks": checks, "tier": "BASIC", "_links": {"self": {"href": "/"}}}
    error = {"code": "PLUG_002", "message": "No.", "details": details}
    result = call(lambda request: json_response(422, {"error": error}), *LIST)

    assert result.stderr.splitlines()[2:] == [
        "  blocklist PLUG_002: It is on the blocklist.",
        "  freshBackup FAIL",
        "  tier: BASIC",
    ]


def test_what_others_wrote_cannot_steer_the_terminal(call: Bbws) -> None:
    evil = "\x1b]0;pwned\x07\x9b2J\nError: none"
    listed = call(lambda request: json_response(200, {"items": [{"siteName": evil}]}), *LIST)
    error = {"error": {"code": "SITE_001", "message": evil, "details": {evil: evil}}}
    refused = call(lambda request: json_response(400, error), *LIST)

    for printed in (listed.stdout, refused.stderr):
        assert "pwned" in printed
        assert not set(printed) & {"\x1b", "\x07", "\x9b"}
    assert len(listed.stdout.splitlines()) == 2
