"""An environment: its names (runbook §11) and the clients of its account."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final

import boto3
import click
from botocore.config import Config

from bbws_operations.errors import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

ROOT: Final = Path(__file__).resolve().parents[4]
REGION: Final = "af-south-1"
ENVIRONMENTS: Final = ("dev", "sit", "prod")
SERVICES: Final = ("sites-service", "templates-service", "plugins-service", "async-processor")
PROCESSOR: Final = SERVICES[-1]
QUEUE_KINDS: Final = ("creation", "update", "deletion")
TABLE: Final = "sites"

_CONFIG: Final = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)


@dataclass(frozen=True)
class Environment:
    """DEV, SIT or PROD: what things are called there, and how its account is reached.

    Which account it is, the credentials say. A name has the environment in it, so in a wrong account
    nothing is found.
    """

    name: str
    region: str = REGION
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def title(self) -> str:
        """As people write it: SIT."""
        return self.name.upper()

    def function(self, service: str) -> str:
        """The name of a service's function."""
        return f"{self.name}-bbws-{service}"

    @property
    def functions(self) -> dict[str, str]:
        """The four functions' names, by service."""
        return {service: self.function(service) for service in SERVICES}

    @property
    def queues(self) -> dict[str, str]:
        """The queues' names, by kind."""
        return {kind: f"bbws-wp-site-{kind}-{self.name}" for kind in QUEUE_KINDS}

    @property
    def dead_letter_queue(self) -> str:
        """The name of the DLQ."""
        return f"bbws-wp-site-operations-dlq-{self.name}"

    @property
    def rollback_alarms(self) -> tuple[str, ...]:
        """The alarms that ask for a rollback (terraform/alarms.tf, rollback_triggers)."""
        triggers = ("rollback-lambda-errors", "rollback-api-5xx-rate")
        return tuple(f"bbws-wp-{trigger}-{self.name}" for trigger in triggers)

    def client(self, service: str) -> Any:
        """A boto3 client, made at its first use."""
        if service not in self._clients:
            make: Any = boto3.client  # its overloads want a literal name
            self._clients[service] = make(service, region_name=self.region, config=_CONFIG)
        return self._clients[service]

    def close(self) -> None:
        """Close the clients' connections."""
        for client in self._clients.values():
            client.close()

    @cached_property
    def lambda_(self) -> "LambdaClient":
        """Lambda."""
        client: LambdaClient = self.client("lambda")
        return client

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        """CloudWatch."""
        client: CloudWatchClient = self.client("cloudwatch")
        return client

    @cached_property
    def sqs(self) -> "SQSClient":
        """SQS."""
        client: SQSClient = self.client("sqs")
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB."""
        client: DynamoDBClient = self.client("dynamodb")
        return client


def environment_options[**Given, Result](
    function: Callable[Concatenate[Environment, Given], Result],
) -> Callable[..., Result]:
    """Give a program the options `--environment` and `--region`, and its function the environment.

    What AWS refuses ends the program with status 1 and AWS's reason.
    """

    @click.option(
        "--environment",
        "-e",
        envvar="ENV",
        required=True,
        type=click.Choice(ENVIRONMENTS),
        help="Which environment; ENV says it too.",
    )
    @click.option(
        "--region", envvar="AWS_REGION", default=REGION, show_default=True, help="AWS_REGION too."
    )
    @wraps(function)
    def run(environment: str, region: str, *given: Given.args, **options: Given.kwargs) -> Result:
        with aws_errors(), closing(Environment(environment, region)) as opened:
            return function(opened, *given, **options)

    # click calls with names alone, so the order in front of `given` is our own business.
    return run
