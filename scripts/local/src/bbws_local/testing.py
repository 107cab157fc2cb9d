"""What the tests of every service share: an account on moto, callers, and a way to call a handler.

The fixtures made of it are in `bbws_local.fixtures`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import boto3

from bbws_local.events import http_event, load_routes, match
from bbws_local.specification import REGION
from bbws_local.table import create_table
from bbws_local.wordpress import Tenant

ROOT = Path(__file__).resolve().parents[4]
TENANT = "tenant-123"
OTHER_TENANT = "tenant-456"
_QUEUES = ("creation", "update", "deletion")


@dataclass
class Clock:
    """A clock that stands still until it is told to move."""

    now: datetime = datetime(2026, 1, 25, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class LambdaContext:
    """The context object of an invocation (Lambda docs, "Lambda context object in Python")."""

    function_name: str = "dev-bbws-test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:123456789012:function:dev-bbws-test"
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    remaining_milliseconds: int = 100_000

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's time limit."""
        return self.remaining_milliseconds


@dataclass
class Account:
    """An emulated account; `calls` records each call as `service.Operation`."""

    endpoint_url: str | None = None
    calls: list[str] = field(default_factory=list)
    _made: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """The client of a service, with every call recorded."""
        if service not in self._made:
            client = boto3.client(
                service,  # type: ignore[call-overload]
                region_name=REGION,
                endpoint_url=self.endpoint_url,
            )
            client.meta.events.register("before-call.*.*", self._record)
            self._made[service] = client
        return self._made[service]

    def _record(self, model: Any, **_: Any) -> None:
        self.calls.append(f"{model.service_model.service_name}.{model.name}")

    def items(self) -> list[dict[str, Any]]:
        """Everything in the table, for assertions; the product itself never scans."""
        from bbws_shared.attributes import from_attributes

        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName="sites")
        return [from_attributes(item) for page in pages for item in page["Items"]]

    def put(self, item: dict[str, Any]) -> None:
        """Store an item as it is."""
        from bbws_shared.attributes import to_attributes

        self.client("dynamodb").put_item(TableName="sites", Item=to_attributes(item))

    def messages(self, queue_url: str) -> list[dict[str, Any]]:
        """Take up to ten messages of a queue."""
        answer = self.client("sqs").receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        taken: list[dict[str, Any]] = answer.get("Messages", [])
        return taken

    def prepare(self) -> dict[str, str]:
        """Create the table and the queues; the environment variables that name them."""
        create_table(self.client("dynamodb"))
        sqs = self.client("sqs")
        variables = {"ENVIRONMENT": "dev", "TABLE_NAME": "sites"}
        for kind in _QUEUES:
            queue = sqs.create_queue(QueueName=f"bbws-wp-site-{kind}-dev")
            variables[f"{kind.upper()}_QUEUE_URL"] = queue["QueueUrl"]
        self.calls.clear()
        return variables

    def grant_wordpress(self, *tenant_ids: str) -> list[Tenant]:
        """Store application passwords for these tenants; the same for the simulator."""
        tenants = [Tenant(t, "bbws", f"pass word {t}", f"{t}.wpnet.bbws.io") for t in tenant_ids]
        for tenant in tenants:
            self.client("secretsmanager").create_secret(
                Name=f"bbws/wp/{tenant.tenant_id}/wp-app-password",
                SecretString=json.dumps(
                    {
                        "username": tenant.username,
                        "password": tenant.password,
                        "networkHost": tenant.network_host,
                    }
                ),
            )
        return tenants


def claims(role: str = "CUSTOMER_ADMIN", *tenants: str, subject: str = "user-1") -> dict[str, Any]:
    """The claims of a signed-in person."""
    return {
        "sub": f"{subject}-{role}",
        "email": f"{subject}@{role.lower().replace('_', '-')}.example",
        "cognito:groups": [role],
        "custom:tenantIds": ",".join(tenants or (TENANT,)),
    }


STAFF = claims("super-admin", "none")


@dataclass(frozen=True)
class Reply:
    """What a caller gets."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The error's code."""
        code: str = self.json["error"]["code"]
        return code


class Api:
    """Calls a service's handler as API Gateway does, by the routes of the OpenAPI document."""

    def __init__(self, handler: Callable[[dict[str, Any], Any], Any]) -> None:
        self.handler = handler
        self._routes = load_routes(ROOT / "openapi" / "site-management.yaml")

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        caller: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        anonymous: bool = False,
    ) -> Reply:
        """One request; `caller` defaults to an administrator of the first tenant."""
        parts = urlsplit(path)
        found = match(self._routes, method, parts.path)
        if found is None:
            raise LookupError(f"no route for {method} {path}")
        route, parameters = found
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        given = dict(headers or {})
        if content and "content-type" not in {name.lower() for name in given}:
            given["Content-Type"] = "application/json"
        event = http_event(
            method=method,
            path=parts.path,
            route_key=f"{route.method} {route.path_template}",
            path_parameters=parameters,
            query=parse_qsl(parts.query, keep_blank_values=True),
            headers=list(given.items()),
            body=content,
            claims=None if anonymous or route.is_public else caller or claims(),
            stage="dev",
            request_id=str(uuid4()),
        )
        answer = json.loads(json.dumps(self.handler(event, LambdaContext())))
        lowered = {name.lower(): value for name, value in answer["headers"].items()}
        return Reply(answer["statusCode"], lowered, answer["body"])

    def get(self, path: str, **more: Any) -> Reply:
        """GET."""
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Reply:
        """POST."""
        return self.call("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Reply:
        """PUT."""
        return self.call("PUT", path, body, **more)

    def delete(self, path: str, **more: Any) -> Reply:
        """DELETE."""
        return self.call("DELETE", path, **more)
