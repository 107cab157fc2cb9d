"""Which API, as whom, and whose sites."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from e2e.portal import OTHER_TENANT, TENANT

from bbws_local.serving import Handler, Request, json_response
from bbws_local.stack import LocalStack

type Bbws = Callable[..., Result]
type Pretend = Callable[[Handler], str]

LIST = ("sites", "list")


@pytest.fixture
def nowhere(tmp_path: Path) -> tuple[str, str]:
    """No local stack runs."""
    return ("--stack", str(tmp_path / "stack.json"))


def test_without_an_address_and_a_stack_nothing_is_asked(
    run: Bbws, nowhere: tuple[str, str]
) -> None:
    file = nowhere[1]
    for result in (run(*nowhere, *LIST), run(*LIST, BBWS_STACK=file)):
        assert result.exit_code == 2
        assert (
            f"Which API? {file} is not there: give --api (or BBWS_API), or start the local stack"
            " with: make run"
        ) in result.stderr


def test_an_address_needs_a_token_and_a_tenant(run: Bbws, nowhere: tuple[str, str]) -> None:
    address = ("--api", "https://api.example.com/dev")

    assert "Give an ID token with --token (or BBWS_TOKEN)" in run(*nowhere, *address, *LIST).stderr
    without_tenant = run(*nowhere, *address, "--token", "t", *LIST)
    assert without_tenant.exit_code == 2
    assert "Which tenant? Give --tenant (or BBWS_TENANT)." in without_tenant.stderr


def test_variables_say_what_options_say(
    run: Bbws, stack: LocalStack, nowhere: tuple[str, str]
) -> None:
    token = stack.tokens[OTHER_TENANT]["CUSTOMER_VIEWER"]
    result = run(
        *nowhere, *LIST, BBWS_API=stack.api_url, BBWS_TOKEN=token, BBWS_TENANT=OTHER_TENANT
    )

    assert (result.exit_code, result.stderr) == (0, "None.\n")


def test_options_go_before_variables_on_either_side_of_the_command(
    run: Bbws, stack: LocalStack, nowhere: tuple[str, str]
) -> None:
    token = stack.tokens[TENANT]["CUSTOMER_VIEWER"]
    options = ("--api", f"{stack.api_url}/", "--token", f"Bearer {token}", "--tenant", TENANT)
    wrong = {"BBWS_API": "https://wrong.example.com", "BBWS_TOKEN": "x", "BBWS_TENANT": "wrong"}

    assert run(*nowhere, *options, *LIST, **wrong).exit_code == 0
    assert run(*LIST, *nowhere, *options, **wrong).exit_code == 0


def test_the_local_stack_is_found_by_its_description(
    run: Bbws, stack_file: str, stack: LocalStack
) -> None:
    assert run(*LIST, BBWS_STACK=stack_file).exit_code == 0
    # Its own address is no reason to ask for a token.
    assert run(*LIST, BBWS_STACK=stack_file, BBWS_API=stack.api_url).exit_code == 0


def test_roles_and_tenants_of_the_local_stack_can_be_chosen(bbws: Bbws, site: str) -> None:
    elsewhere = bbws(*LIST, "--tenant", OTHER_TENANT)
    assert (elsewhere.exit_code, elsewhere.stderr) == (0, "None.\n")
    assert bbws("sites", "get", site, "--role", "super-admin").exit_code == 0
    refused = bbws("sites", "backup", site, "--role", "CUSTOMER_VIEWER")
    assert refused.exit_code == 1
    assert "Code: AUTH_002 (HTTP 403)" in refused.stderr

    unknown = bbws(*LIST, "--role", "nobody")
    assert unknown.exit_code == 2
    assert "The local stack has no nobody of tenant-123; it has: CUSTOMER_ADMIN," in unknown.stderr


def test_a_token_of_ones_own_goes_before_the_local_stacks(bbws: Bbws) -> None:
    refused = bbws(*LIST, "--token", "expired")

    assert refused.exit_code == 1
    assert "Code: - (HTTP 401)" in refused.stderr


def test_the_local_stacks_tokens_go_to_the_local_stack_alone(
    run: Bbws, stack_file: str, pretend: Pretend
) -> None:
    asked: list[Request] = []

    def note(request: Request) -> object:
        asked.append(request)
        return json_response(200, {"items": []})

    other = pretend(note)  # type: ignore[arg-type]
    without_token = run("--stack", stack_file, "--api", other, *LIST)
    with_role = run("--stack", stack_file, "--api", other, "--token", "t", "--role", "x", *LIST)

    assert (without_token.exit_code, with_role.exit_code) == (2, 2)
    assert "--role chooses among the local stack's tokens only." in with_role.stderr
    assert asked == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("api.example.com", "must be a URL"),
        ("ftp://api.example.com", "must be a URL"),
        ("https://", "must be a URL"),
        ("https://api.example.com/?a=b", "must be a URL"),
        ("https://[::1", "must be a URL"),
        ("https://api.example.com:port", "must be a URL"),
        ("https://me:secret@api.example.com", "may not hold a user's name or password"),
        ("http://api.example.com", "must begin with https://"),
    ],
)
def test_an_address_that_is_none_or_not_safe_is_wrong_usage(
    run: Bbws, url: str, reason: str
) -> None:
    result = run("--api", url, "--token", "t", "--tenant", TENANT, *LIST)

    assert result.exit_code == 2
    assert reason in result.stderr


def test_a_token_with_a_line_break_is_not_sent_and_not_shown(run: Bbws) -> None:
    options = ("--api", "https://api.example.com", "--tenant", TENANT)
    result = run(*options, "--token", "secret\nX-Other: 1", *LIST)

    assert result.exit_code == 2
    assert "The token holds characters that no token has." in result.stderr
    assert "secret" not in result.output


def test_a_key_that_no_header_can_hold_is_wrong_usage(run: Bbws) -> None:
    result = run("sites", "backup", "some-site", "--idempotency-key", "a b")

    assert result.exit_code == 2
    assert "must be 1 to 255 visible ASCII characters." in result.stderr


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"apiUrl": 1, "tokens": {}}'])
def test_a_description_that_is_none_is_wrong_usage(run: Bbws, tmp_path: Path, content: str) -> None:
    file = tmp_path / "stack.json"
    file.write_text(content)
    result = run("--stack", str(file), *LIST)

    assert result.exit_code == 2
    assert f"{file} does not describe a running local stack." in result.stderr


def test_the_description_of_a_stack_that_was_killed_leads_nowhere(
    run: Bbws, tmp_path: Path
) -> None:
    file = tmp_path / "stack.json"
    tokens = {TENANT: {"CUSTOMER_ADMIN": "t"}}
    file.write_text(json.dumps({"apiUrl": "http://127.0.0.1:9/dev", "tokens": tokens}))

    assert run("--stack", str(file), *LIST).exit_code == 3
