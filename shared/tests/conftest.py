import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSResponse
from hypothesis import settings
from moto import mock_aws

from bbws_local.events import http_event
from bbws_local.table import create_table
from bbws_local.testing import OTHER_TENANT, TENANT, Account, LambdaContext, Reply, claims
from bbws_local.wordpress import ControlClient, SimulatorServer, Tenant
from bbws_shared.api import App
from bbws_shared.observability import Observability
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import Table
from bbws_shared.wordpress import WordPressClient
from bbws_shared.wordpress_transport import CredentialStore, WordPressTransport

pytest_plugins = ["bbws_local.fixtures"]

# A busy machine is no defect of what is tested.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")

AT = "2026-01-25T08:00:00.000Z"


@dataclass
class Written:
    """What a function wrote to its output, which is what CloudWatch would get."""

    capsys: pytest.CaptureFixture[str]

    def text(self) -> str:
        """Everything since the last look."""
        return self.capsys.readouterr().out

    def lines(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Log lines and metrics since the last look; each line must be JSON."""
        lines = [json.loads(line) for line in self.text().splitlines()]
        logs = [line for line in lines if "_aws" not in line]
        return logs, [line for line in lines if "_aws" in line]

    def metrics(self, watched: Observability) -> dict[str, list[float]]:
        """The values of each metric that `watched` has counted."""
        watched.flush()
        _, (blob,) = self.lines()
        names = [metric["Name"] for metric in blob["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
        return {name: blob[name] for name in names}


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Written:
    return Written(capsys)


class _PresentOutput(StringIO):
    """The output of the moment: pytest's differs between a test's set-up and the test itself."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@pytest.fixture
def watched(credentials: None) -> Iterator[Observability]:
    # A name of its own: a logger keeps the output that it found when it was made.
    with redirect_stdout(_PresentOutput()):
        observability = Observability(f"shared-{uuid4()}", "dev")
    yield observability
    observability.metrics.clear_metrics()


@pytest.fixture
def send() -> Callable[..., Reply]:
    """Sends one request to an app, as the gateway does, by an administrator unless told otherwise."""

    def call(
        app: App,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        caller: Mapping[str, Any] | None = None,
        anonymous: bool = False,
        request_id: str | None = None,
        context: LambdaContext | None = None,
    ) -> Reply:
        parts = urlsplit(path)
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if content else {}
        event = http_event(
            method=method,
            path=parts.path,
            route_key="$default",
            path_parameters={},
            query=parse_qsl(parts.query, keep_blank_values=True),
            headers=list((given | dict(headers or {})).items()),
            body=content,
            claims=None if anonymous else caller or claims(),
            stage="dev",
            request_id=request_id or str(uuid4()),
        )
        answer = app(event, context or LambdaContext())
        lowered = {name.lower(): value for name, value in answer["headers"].items()}
        return Reply(answer["statusCode"], lowered, answer["body"])

    return call


@pytest.fixture
def account(credentials: None) -> Iterator[Account]:
    # boto3's session has read the services' models; a new one for each test would do so again.
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield Account()


@pytest.fixture
def table(account: Account) -> Table:
    client = account.client("dynamodb")
    create_table(client)
    account.calls.clear()
    return Table(client, "sites")


@pytest.fixture
def answer_instead(account: Account) -> Callable[..., None]:
    """Lets the next answers of AWS to an operation be others, whatever the account holds."""

    def order(
        operation: str, *bodies: dict[str, Any], status: int = 200, service: str = "dynamodb"
    ) -> None:
        rest = list(bodies)
        unread: Any = None  # the body is given parsed

        def answer(**_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
            # botocore takes what its event `before-call` gives for the answer and sends nothing.
            return (AWSResponse("", status, {}, unread), rest.pop(0)) if rest else None

        events = account.client(service).meta.events
        events.register_last(f"before-call.*.{operation}", answer)

    return order


@pytest.fixture(scope="session")
def running_wordpress() -> Iterator[SimulatorServer]:
    """One server for all tests, for starting and stopping one takes longer than most of them."""
    tenants = [
        Tenant(name, "bbws", f"pass word {name}", f"{name}.wpnet.bbws.io")
        for name in (TENANT, OTHER_TENANT)
    ]
    with SimulatorServer(tenants) as server:
        yield server


@pytest.fixture
def wordpress(account: Account, running_wordpress: SimulatorServer) -> Iterator[SimulatorServer]:
    """The WordPress of both tenants, empty, with credentials in the account."""
    account.grant_wordpress(TENANT, OTHER_TENANT)
    ControlClient(running_wordpress.url).reset()
    yield running_wordpress
    ControlClient(running_wordpress.url).clear_faults()


@pytest.fixture
def control(wordpress: SimulatorServer) -> ControlClient:
    """How WordPress is told to fail, and what it has seen."""
    return ControlClient(wordpress.url)


@pytest.fixture
def transport(
    account: Account, wordpress: SimulatorServer, watched: Observability
) -> WordPressTransport:
    account.calls.clear()
    store = CredentialStore(account.client("secretsmanager"))
    return WordPressTransport(wordpress.url, store, watched, read_timeout=10)


@pytest.fixture
def client(transport: WordPressTransport) -> WordPressClient:
    """The first tenant's WordPress."""
    return WordPressClient(transport, TENANT, "portal-42")


@pytest.fixture
def site() -> Callable[..., Site]:
    """Builds a new site; fields as named, the rest is ordinary."""

    def build(**fields: Any) -> Site:
        values: dict[str, Any] = {
            "site_id": "site-1",
            "tenant_id": TENANT,
            "site_name": "Shop",
            "subdomain": "shop",
            "environment": Environment.DEV,
            "configuration": {"title": "Shop"},
            "status": SiteStatus.PROVISIONING,
            "created_at": AT,
            "created_by": "me",
            "updated_at": AT,
        }
        return Site(**values | fields)

    return build


@pytest.fixture
def operation() -> Callable[..., Operation]:
    """Builds a new operation; fields as named, the rest is ordinary."""

    def build(kind: OperationType = OperationType.SITE_CREATION, **fields: Any) -> Operation:
        values: dict[str, Any] = {
            "operation_id": "op-1",
            "tenant_id": TENANT,
            "site_id": "site-1",
            "correlation_id": "portal-42",
            "created_by": "me",
        }
        return Operation.new(kind, AT, **values | fields)

    return build
