"""One local stack for all end-to-end tests, with every wait of minutes shortened to seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bbws_local.specification import SERVICES, StackOptions, fast
from bbws_local.stack import LocalStack
from bbws_local.testing import Clock
from e2e.inprocess import Services, services_on
from e2e.portal import OTHER_TENANT, Backstage, Portal

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(240))


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
    return behind


@pytest.fixture
def portal(stack: LocalStack, backstage: Backstage) -> Portal:
    """An administrator of the first tenant, which may have fifty sites."""
    backstage.set_tier("PREMIUM")
    return Portal.of(stack)


@pytest.fixture
def stranger(stack: LocalStack, backstage: Backstage) -> Portal:
    """An administrator of the other tenant."""
    backstage.set_tier("PREMIUM", OTHER_TENANT)
    return Portal.of(stack, OTHER_TENANT, "CUSTOMER_SUPER_ADMIN")


@pytest.fixture
def services(credentials: None, emulator: str, clock: Clock) -> Iterator[Services]:
    """sites-service and async-processor in this process, with nothing in them yet."""
    with services_on(emulator, clock) as running:
        yield running
