"""The program against a running local stack; what no stack can be brought to answer, a pretender does."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result
from e2e.portal import OTHER_TENANT, TENANT, Backstage, Portal

from bbws_cli.cli import main
from bbws_local.description import FILE_NAME
from bbws_local.serving import Handler, Server
from bbws_local.specification import SERVICES, StackOptions, fast
from bbws_local.stack import LocalStack

ROOT: Final = Path(__file__).resolve().parents[3]
# What the developer's own shell says must not reach a test.
_UNSET: Final = dict.fromkeys(
    ("BBWS_API", "BBWS_TOKEN", "BBWS_TENANT", "BBWS_STACK", "FORCE_COLOR", "COLUMNS")
)

type Bbws = Callable[..., Result]
type Told = Callable[..., Any]
type Pretend = Callable[[Handler], str]


class Terminal(io.BytesIO):
    """A keyboard on which an answer is typed, after `meanwhile` has happened."""

    def __init__(self, answer: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(f"{answer}\n".encode())
        self._meanwhile = meanwhile

    def isatty(self) -> bool:
        return True

    def read1(self, size: int | None = -1) -> bytes:
        self._meanwhile()
        return super().read1(-1 if size is None else size)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    state = tmp_path_factory.mktemp("stack")
    options = StackOptions(root=ROOT, state_directory=state, log_to_console=False)
    with LocalStack(fast(options)) as running:
        yield running


@pytest.fixture
def backstage(stack: LocalStack) -> Backstage:
    """The platform team's view of a stack in which nothing has happened yet."""
    behind = Backstage(stack)
    for service in SERVICES:
        behind.start(service)
    behind.reset()
    for tenant in (TENANT, OTHER_TENANT):
        behind.set_tier("PREMIUM", tenant)
    return behind


@pytest.fixture
def run() -> Bbws:
    """Run a command line; `typed` is answered on a terminal, other keywords are variables."""

    def invoke(
        *arguments: str,
        typed: str | None = None,
        meanwhile: Callable[[], object] = lambda: None,
        **variables: str,
    ) -> Result:
        keyboard = None if typed is None else Terminal(typed, meanwhile)
        result = CliRunner().invoke(main, arguments, keyboard, {**_UNSET, **variables})
        # Whatever happens, a person sees no traceback.
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return invoke


@pytest.fixture
def stack_file(stack: LocalStack) -> str:
    """Where the stack describes itself."""
    return str(stack.options.state_directory / FILE_NAME)


@pytest.fixture
def bbws(run: Bbws, backstage: Backstage, stack_file: str) -> Bbws:
    """Run a command line against the stack."""

    def invoke(*arguments: str, **more: Any) -> Result:
        return run("--stack", stack_file, *arguments, **more)

    return invoke


@pytest.fixture
def told(bbws: Bbws) -> Told:
    """What a command that must succeed prints as JSON."""

    def invoke(*arguments: str) -> Any:
        result = bbws(*arguments, "-o", "json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return invoke


@pytest.fixture
def site(stack: LocalStack, backstage: Backstage) -> str:
    """The id of a site that is ACTIVE."""
    portal = Portal.of(stack)
    wanted = {"siteName": "Corner Shop", "subdomain": "corner-shop"}
    created = portal.call("POST", portal.sites, wanted).json()
    # The portal looks more often than the program, which waits as long as it is asked to.
    assert portal.wait_for(created["operationId"])["status"] == "COMPLETED"
    return str(created["siteId"])


@pytest.fixture
def pretend() -> Iterator[Pretend]:
    """Start something that answers in the API's place; its address."""
    servers: list[Server] = []

    def start(handler: Handler) -> str:
        servers.append(Server(handler).start())
        return f"{servers[-1].url}/dev"

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def call(run: Bbws, pretend: Pretend) -> Bbws:
    """Run a command line against a pretender."""

    def invoke(handler: Handler, *arguments: str, **more: Any) -> Result:
        return run("--api", pretend(handler), "--token", "t", *arguments, **more)

    return invoke
