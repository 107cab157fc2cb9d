"""DEV, SIT and PROD: three emulated accounts behind addresses of their own, and what is in them."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3

from bbws_local.emulator import Emulator
from bbws_local.operations import operation_of
from bbws_local.serving import Request, Response, Server, json_response
from bbws_local.specification import REGION, SERVICES, function_name
from bbws_local.table import create_table
from promotion.releases import package

ACCOUNT_IDS: Final = {"dev": "536580886816", "sit": "815856636111", "prod": "093646564004"}
"""Runbook, section 11."""
TRIGGERS: Final = ("rollback-lambda-errors", "rollback-api-5xx-rate")
QUEUES: Final = ("site-creation", "site-update", "site-deletion", "site-operations-dlq")
_NO_LAMBDA_HOST: Final = "http://127.0.0.1:1"
_FUNCTION: Final = re.compile(r"^/2015-03-31/functions/(?P<name>[^/]+)(/configuration)?$")
_ALIAS: Final = re.compile(r"^/2015-03-31/functions/(?P<name>[^/]+)/aliases/live$")
_READS: Final = ("Get", "List", "Describe", "Receive", "Head", "Filter", "Query")
_TRUST: Final = json.dumps({"Version": "2012-10-17", "Statement": []})


@dataclass
class EmulatedAccount:
    """One account.

    Attributes:
        calls: Every call that was made, as `service.Operation`.
        states: What Lambda says of a function instead of `Active`; moto always says that.
        refusals: Operations that AWS refuses (`Operation` to the error's code).
        is_read_only: Whether AWS refuses every change, as with the role that only reads.
        before_move: Called before each change of an alias `live`; gives True to let it fail because
            somebody was faster (412, Lambda API reference, UpdateAlias).
    """

    environment: str
    url: str
    calls: list[str] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    is_read_only: bool = False
    before_move: Callable[[str], bool] = lambda _function: False
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """A boto3 client of the account."""
        if service not in self._clients:
            make: Any = boto3.client
            self._clients[service] = make(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id="AKIAPROMOTIONTESTS",
                aws_secret_access_key="local",
            )
        return self._clients[service]

    def close(self) -> None:
        """Close the clients' connections."""
        for client in self._clients.values():
            client.close()

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of a program that works on this account."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIAPROMOTIONTESTS",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ENV": self.environment,
        }

    def changes(self) -> list[str]:
        """The calls that change something."""
        return [one for one in self.calls if not one.partition(".")[2].startswith(_READS)]

    # --- what is in it ----------------------------------------------------------------------------

    def function(self, service: str) -> str:
        """The name of a service's function."""
        return function_name(self.environment, service)

    def surround(self) -> None:
        """Make what stands around the functions: alarms, queues, table."""
        for trigger in TRIGGERS:
            self.client("cloudwatch").put_metric_alarm(
                AlarmName=self.alarm(trigger),
                Namespace="AWS/Lambda",
                MetricName="Errors",
                Statistic="Sum",
                Period=300,
                EvaluationPeriods=1,
                Threshold=50,
                ComparisonOperator="GreaterThanThreshold",
            )
        for queue in QUEUES:
            self.client("sqs").create_queue(QueueName=f"bbws-wp-{queue}-{self.environment}")
        create_table(self.client("dynamodb"))

    def publish(self, service: str, code: bytes, description: str) -> str:
        """Publish a service's function, and make it at first; the number of its version.

        As Lambda does it, the same code and configuration once more give no new version.
        """
        client, name = self.client("lambda"), self.function(service)
        try:
            latest = client.get_function_configuration(FunctionName=name)
        except client.exceptions.ResourceNotFoundException:
            made = client.create_function(
                FunctionName=name,
                Runtime="python3.12",
                Handler="a.b",
                Role=self._role(),
                Code={"ZipFile": code},
                Description=description,
                Publish=True,
            )
            return str(made["Version"])
        sha256 = base64.b64encode(hashlib.sha256(code).digest()).decode()
        if (latest["CodeSha256"], latest["Description"]) == (sha256, description):
            return str(
                client.list_versions_by_function(FunctionName=name)["Versions"][-1]["Version"]
            )
        client.update_function_configuration(FunctionName=name, Description=description)
        made = client.update_function_code(FunctionName=name, ZipFile=code, Publish=True)
        return str(made["Version"])

    def _role(self) -> str:
        iam = self.client("iam")
        try:
            return str(iam.get_role(RoleName="any")["Role"]["Arn"])
        except iam.exceptions.NoSuchEntityException:
            made = iam.create_role(RoleName="any", AssumeRolePolicyDocument=_TRUST)
            return str(made["Role"]["Arn"])

    def deploy(self, version: str, content: str = "") -> None:
        """What a deployment of a version leaves: new versions, and `live` on them."""
        for service in SERVICES:
            number = self.publish(
                service, package(version, content), f"A function, release {version}"
            )
            self.point(service, number)

    def point(self, service: str, number: str, weights: Mapping[str, float] | None = None) -> None:
        """Move `live` by hand."""
        client, name = self.client("lambda"), self.function(service)
        routing = {"AdditionalVersionWeights": dict(weights or {})}
        try:
            client.update_alias(
                FunctionName=name, Name="live", FunctionVersion=number, RoutingConfig=routing
            )
        except client.exceptions.ResourceNotFoundException:
            client.create_alias(FunctionName=name, Name="live", FunctionVersion=number)

    def live(self) -> dict[str, str]:
        """The version that serves, by service; with the share of another."""
        found = {service: self.live_of(service) for service in SERVICES}
        return {service: live for service, live in found.items() if live is not None}

    def live_of(self, service: str) -> str | None:
        """The same of one service; None where it has no alias."""
        client = self.client("lambda")
        try:
            alias = client.get_alias(FunctionName=self.function(service), Name="live")
        except client.exceptions.ResourceNotFoundException:
            return None
        weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        shares = "".join(f" +{version}:{share}" for version, share in weights.items())
        return f"{alias['FunctionVersion']}{shares}"

    def aliases(self, service: str) -> dict[str, str]:
        """Every alias of a function, and its version."""
        found = self.client("lambda").list_aliases(FunctionName=self.function(service))["Aliases"]
        return {alias["Name"]: alias["FunctionVersion"] for alias in found}

    def alarm(self, trigger: str) -> str:
        """The name of an alarm."""
        return f"bbws-wp-{trigger}-{self.environment}"

    def ring(self, trigger: str = TRIGGERS[0], state: str = "ALARM") -> None:
        """Let an alarm fire, or be quiet again."""
        self.client("cloudwatch").set_alarm_state(
            AlarmName=self.alarm(trigger), StateValue=state, StateReason="51 errors in 5 minutes"
        )

    def fail(self, service: str, errors: int, ago: timedelta = timedelta(hours=3)) -> None:
        """Let a function have failed."""
        self.client("cloudwatch").put_metric_data(
            Namespace="AWS/Lambda",
            MetricData=[
                {
                    "MetricName": "Errors",
                    "Dimensions": [{"Name": "FunctionName", "Value": self.function(service)}],
                    "Timestamp": datetime.now(UTC) - ago,
                    "Value": errors,
                }
            ],
        )


class _Front:
    """Answers for one account, in front of the emulator that has them all."""

    def __init__(self, emulator: Emulator, environment: str) -> None:
        self._emulator = emulator
        self._account_id = ACCOUNT_IDS[environment]
        self.server = Server(self.serve)
        self.account = EmulatedAccount(environment, self.server.url)

    def serve(self, request: Request) -> Response:
        service, operation = operation_of(request)
        self.account.calls.append(f"{service}.{operation}")
        if self.account.is_read_only and not operation.startswith(_READS):
            return _refusal(service, 403, "AccessDeniedException")
        if code := self.account.refusals.get(operation):
            return _refusal(service, 403, code)
        if (
            request.method == "PUT"
            and (match := _ALIAS.match(request.path))
            and self.account.before_move(match["name"])
        ):
            return _refusal(service, 412, "PreconditionFailedException")
        headers = [*request.headers, ("x-moto-account-id", self._account_id)]
        response = self._emulator.serve(
            Request(request.method, request.target, headers, request.body)
        )
        return self._with_state(request, response)

    def _with_state(self, request: Request, response: Response) -> Response:
        match = _FUNCTION.match(request.path)
        state = match and self.account.states.get(match["name"])
        if request.method != "GET" or not state or response.status != 200:
            return response
        content = json.loads(response.body)
        content.get("Configuration", content).update(State=state, StateReason="for the test")
        return Response(200, json.dumps(content).encode(), response.headers)


def _refusal(service: str, status: int, code: str) -> Response:
    if service == "iam":  # of those that are refused here the only one that speaks XML
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>not now</Message></Error></ErrorResponse>"
        return Response(status, text.encode(), [("Content-Type", "text/xml")])
    # Of the others some read the code from the header and some from the body.
    content = {"__type": code, "Code": code, "message": "not now"}
    return json_response(status, content, [("x-amzn-ErrorType", code)])


@contextmanager
def emulated_accounts(*environments: str) -> Iterator[dict[str, EmulatedAccount]]:
    """Empty accounts, by environment."""
    emulator = Emulator(_NO_LAMBDA_HOST)
    fronts = [_Front(emulator, environment) for environment in environments]
    emulator.serve(Request("POST", "/moto-api/reset", [("Host", "127.0.0.1")], b""))
    for front in fronts:
        front.server.start()
    try:
        yield {front.account.environment: front.account for front in fronts}
    finally:
        for front in fronts:
            front.account.close()
            front.server.stop()
