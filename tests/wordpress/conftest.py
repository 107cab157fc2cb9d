"""One suite for WordPressClient: against the simulator, and against real WordPress."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
import requests
from e2e.conftest import ROOT
from e2e.portal import Backstage, Portal

from bbws_local.realwordpress import RealWordPress, lacking
from bbws_local.realwordpress.container import RealContainers
from bbws_local.specification import StackOptions, fast
from bbws_local.stack import LocalStack
from bbws_local.wordpress import PluginPackage, SimulatorServer, Tenant, ThemePackage
from bbws_shared.observability import observability
from bbws_shared.wordpress import Batch, WordPressClient, WordPressSite
from bbws_shared.wordpress_transport import Credentials, CredentialStore, WordPressTransport
from wordpress.faults import Faults, installed
from wordpress.store import ObjectStore
from wordpress.visitor import Visitor

TENANTS: Final = [
    Tenant(
        name,
        "bbws-service",
        f"pass{name}word1234567890ab".replace("-", ""),
        f"{name}.wpnet.bbws.io",
    )
    for name in ("tenant-a", "tenant-b")
]
KINDS: Final = ("simulator", "real")
_SIMULATED: Final = "[simulator"
_figures: Final[list[str]] = []


class _Passwords(CredentialStore):
    """The tenants' passwords without Secrets Manager, which has tests of its own."""

    def __init__(self) -> None:
        super().__init__(None)

    def of(self, tenant_id: str) -> Credentials:
        """A tenant's credentials."""
        tenant = next(one for one in TENANTS if one.tenant_id == tenant_id)
        return Credentials(tenant.username, tenant.password, tenant.network_host)


@dataclass
class WordPress:
    """WordPress behind its load balancer, and what a test asks of it."""

    kind: str
    url: str
    store: ObjectStore
    real: RealWordPress | None = None
    passwords: CredentialStore = field(default_factory=_Passwords)

    def client(self, tenant_id: str = "tenant-a", *, read_timeout: float = 60) -> WordPressClient:
        """The client of a tenant."""
        watched = observability("wordpress-tests", "dev")
        transport = WordPressTransport(self.url, self.passwords, watched, read_timeout=read_timeout)
        return WordPressClient(transport, tenant_id, "portal-42")

    def new_site(self, name: str = "shop", **configuration: str) -> WordPressSite:
        """A site with an address that no other test has."""
        unique = uuid4().hex[:10]
        domain = f"{name}-{unique}.wpdev.bbws.io"
        return self.client().create_site(f"site-{unique}", domain, name.title(), configuration)

    def visit(self, site: WordPressSite, path: str = "/") -> requests.Response:
        """A visitor's look at a site."""
        headers = {"Host": site.domain, "X-Forwarded-Proto": "https"}
        if self.kind == "simulator":
            headers["X-Tenant-Id"] = "tenant-a"
        return requests.get(f"{self.url}{path}", headers=headers, timeout=30, allow_redirects=False)

    def put(self, content: bytes) -> tuple[str, str]:
        """Lay a file where WordPress can fetch it; its address and digest."""
        name = uuid4().hex
        self.store.objects[f"/{name}"] = content
        return f"{self.store.url}/{name}", hashlib.sha256(content).hexdigest()

    def vet(self, package: PluginPackage, **more: Any) -> None:
        """Name a package as the vetted one of its plugin."""
        url, sha256 = self.put(package.content())
        self.client().vet_plugin(package.slug, package.version, url, sha256, **more)

    def set_theme(self, site: WordPressSite, package: ThemePackage) -> None:
        """Give a site a theme."""
        url, sha256 = self.put(package.content())
        self.client().set_theme(site.id, package.stylesheet, url, sha256)

    def package(self, *posts: dict[str, str]) -> tuple[str, str]:
        """Lay a template's content where WordPress can fetch it; its address and digest."""
        return self.put(json.dumps({"posts": posts}).encode())

    def give_content(self, site: WordPressSite, *posts: dict[str, str]) -> None:
        """Replace a site's content."""
        url, sha256 = self.package(*posts)
        import_id = uuid4().hex
        to_the_end(lambda c: self.client().import_content(site.id, import_id, url, sha256, c))

    def back_up(self, site: WordPressSite) -> tuple[str, Batch]:
        """Back a site up; where the archive lies, and the end of the job."""
        name, backup_id = f"/{uuid4().hex}", uuid4().hex
        url = f"{self.store.url}{name}"
        return url, to_the_end(lambda c: self.client().back_up(site.id, backup_id, url, c))


def to_the_end(call: Callable[[str | None], Batch]) -> Batch:
    """Go on with a job until it is done."""
    batch = call(None)
    while not batch.done:
        assert 0 <= batch.progress < 100
        batch = call(batch.cursor)
    return batch


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was measured, and how much of it all was shown on real WordPress."""
    ran = [
        report.nodeid
        for outcome in ("passed", "failed", "error")
        for report in terminalreporter.stats.get(outcome, [])
        if report.nodeid.startswith("tests/wordpress/") and _SIMULATED not in report.nodeid
    ]
    skipped = len(terminalreporter.stats.get("skipped", []))
    terminalreporter.section("real WordPress")
    for line in _figures:
        terminalreporter.line(line)
    terminalreporter.line(f"{len(ran)} cases run against real WordPress, {skipped} skipped")


@pytest.fixture(scope="session")
def tell() -> Callable[[str], None]:
    """Keep a figure for the end of the output."""
    return _figures.append


@pytest.fixture(scope="session")
def machine() -> None:
    """Skip where this machine cannot run WordPress; never on CI, which has to."""
    missing = lacking()
    if missing and not os.environ.get("CI"):
        pytest.skip(f"NOT RUN against real WordPress; it lacks: {' '.join(missing)}")


@pytest.fixture(scope="session")
def store() -> Iterator[ObjectStore]:
    """What S3 is to WordPress."""
    with ObjectStore() as running:
        yield running


@pytest.fixture(scope="session")
def real(machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWordPress]:
    folder: Path = tmp_path_factory.mktemp("wordpress")
    # Short batches, so that jobs take several calls here too.
    with RealWordPress(folder, TENANTS, environment={"BBWS_BATCH_SECONDS": "0.05"}) as running:
        yield running


@pytest.fixture
def faults(real: RealWordPress) -> Iterator[Faults]:
    """What goes wrong in real WordPress."""
    with installed(real) as faults:
        yield faults


@pytest.fixture
def genuine(real: RealWordPress, store: ObjectStore) -> Iterator[WordPress]:
    """Real WordPress alone, for what the simulator has no part in."""
    with SimulatorServer(TENANTS, containers=RealContainers(real.port)) as server:
        yield WordPress("real", server.url, store, real)


@pytest.fixture(scope="session")
def stack(machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The local stack on real WordPress."""
    state = tmp_path_factory.mktemp("stack")
    options = StackOptions(root=ROOT, state_directory=state, wordpress="real", log_to_console=False)
    # A real WordPress takes its time on a busy machine; what is shortened here is our waiting.
    with LocalStack(replace(fast(options), wordpress_timeout_seconds=20)) as running:
        yield running


@pytest.fixture
def portal(stack: LocalStack) -> Portal:
    """An administrator of the first tenant, which may have fifty sites."""
    Backstage(stack).set_tier("PREMIUM")
    return Portal.of(stack)


@pytest.fixture
def visitor(stack: LocalStack) -> Visitor:
    return Visitor(stack)


@pytest.fixture(scope="session", params=KINDS)
def wordpress(request: pytest.FixtureRequest, store: ObjectStore) -> Iterator[WordPress]:
    """Each test runs against both."""
    real = request.getfixturevalue("real") if request.param == "real" else None
    containers = RealContainers(real.port) if real is not None else None
    with SimulatorServer(TENANTS, containers=containers) as server:
        yield WordPress(request.param, server.url, store, real)
