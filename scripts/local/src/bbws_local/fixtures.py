"""The fixtures that the tests of every service share.

A pytest plugin: `pytest_plugins = ["bbws_local.fixtures"]` in a conftest.
"""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from bbws_local.specification import REGION
from bbws_local.testing import OTHER_TENANT, TENANT, Account, Clock
from bbws_local.transactions import copy_only_what_transactions_touch
from bbws_local.wordpress import SimulatorServer


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that open nothing, whatever the machine has."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "POWERTOOLS_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """The address of an emulated account behind HTTP, so that WordPress can upload backups to it."""
    from moto.server import ThreadedMotoServer

    copy_only_what_transactions_touch()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def account(credentials: None) -> Iterator[Account]:  # noqa: ARG001 (asked for its effect)
    """An empty account in this process."""
    # Without a reset of boto3's session its API definitions are read once, not for every test.
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield Account()


@pytest.fixture
def variables(account: Account) -> dict[str, str]:
    """The environment variables of a function in an account that is prepared."""
    return account.prepare()


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def wordpress(account: Account) -> Iterator[SimulatorServer]:
    """The WordPress of both tenants, with credentials in the account."""
    with SimulatorServer(account.grant_wordpress(TENANT, OTHER_TENANT)) as server:
        yield server
