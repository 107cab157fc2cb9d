"""The emulated account in this process, its clients, and a queue and faults of a test's own."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
import requests

from bbws_local.clients import AwsClients
from bbws_local.emulator import Emulator
from bbws_local.host import LambdaHost
from bbws_local.serving import Server

type AddFault = Callable[..., dict[str, Any]]

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def emulator(running_host: LambdaHost) -> Iterator[Server]:
    server = Server(Emulator(running_host.url).serve).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def aws(emulator: Server) -> AwsClients:
    return AwsClients(emulator.url)


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"test-{next(_NUMBERS)}"


@pytest.fixture
def queue_url(aws: AwsClients, name: str) -> str:
    return aws.sqs.create_queue(QueueName=name)["QueueUrl"]


@pytest.fixture
def table(aws: AwsClients, name: str) -> str:
    """A table whose items have the key `PK`."""
    aws.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
    )
    return name


@pytest.fixture
def add_fault(emulator: Server) -> Iterator[AddFault]:
    """Put a fault in force until the test ends."""

    def add(service: str, operation: str, **more: Any) -> dict[str, Any]:
        content = {"service": service, "operation": operation, **more}
        answer = requests.post(f"{emulator.url}/_local/faults", json=content, timeout=5)
        assert answer.status_code == 201, answer.text
        added: dict[str, Any] = answer.json()
        return added

    yield add
    requests.delete(f"{emulator.url}/_local/faults", timeout=5)
