"""A caller of the running stack: what a portal developer would write, and looks behind the scenes."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import requests

from bbws_local.specification import PROCESSOR
from bbws_local.stack import LocalStack
from bbws_local.wordpress import ControlClient
from bbws_shared.attributes import from_attributes, to_attributes

TENANT = "tenant-123"
OTHER_TENANT = "tenant-456"
Json = dict[str, Any]


def eventually[Found](look: Callable[[], Found], *, seconds: float = 30) -> Found:
    """The first true result of `look`; AssertionError when none comes in time."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < until, f"still {found!r} after {seconds} s"
        time.sleep(0.05)


@dataclass(frozen=True)
class Portal:
    """Calls the API as somebody of a tenant."""

    stack: LocalStack
    token: str
    tenant: str = TENANT

    @classmethod
    def of(cls, stack: LocalStack, tenant: str = TENANT, role: str = "CUSTOMER_ADMIN") -> Self:
        """A caller with a role in a tenant; `staff` is a tenant's name here too."""
        return cls(stack, stack.tokens[tenant][role], tenant)

    @property
    def sites(self) -> str:
        """The path of the tenant's sites."""
        return f"/v1.0/tenants/{self.tenant}/sites"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """One request; keywords are headers, with `_` for `-`."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given.setdefault("Authorization", f"Bearer {self.token}")
        return requests.request(
            method, f"{self.stack.api_url}{path}", json=body, headers=given, timeout=40
        )

    def get(self, path: str) -> Json:
        """The body of a GET that must succeed."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def create(self, subdomain: str, **headers: str) -> Json:
        """The answer to a POST of a site that must be accepted."""
        body = {"siteName": f"Site {subdomain}", "subdomain": subdomain}
        answer = self.call("POST", self.sites, body, **headers)
        assert answer.status_code == 202, answer.text
        created: Json = answer.json()
        return created

    def delete(self, site_id: str, **headers: str) -> Json:
        """The answer to a DELETE of a site that must be accepted."""
        answer = self.call("DELETE", f"{self.sites}/{site_id}", **headers)
        assert answer.status_code == 202, answer.text
        deletion: Json = answer.json()
        return deletion

    def site(self, site_id: str) -> Json:
        """A site."""
        return self.get(f"{self.sites}/{site_id}")

    def operation(self, operation_id: str) -> Json:
        """An operation."""
        return self.get(f"/v1.0/operations/{operation_id}")

    def wait_for(self, operation_id: str, *, seconds: float = 60) -> Json:
        """The operation when it has ended."""

        def ended() -> Json | None:
            found = self.operation(operation_id)
            return found if found["status"] in ("COMPLETED", "FAILED") else None

        found = eventually(ended, seconds=seconds)
        assert found is not None
        return found

    def active_site(self, subdomain: str) -> Json:
        """A site that is created and ACTIVE."""
        created = self.create(subdomain)
        operation = self.wait_for(created["operationId"])
        assert operation["status"] == "COMPLETED", operation
        return self.site(created["siteId"])


@dataclass(frozen=True)
class Backstage:
    """What the platform team sees and can break: processes, queues, logs, metrics, the table."""

    stack: LocalStack

    @property
    def wordpress(self) -> ControlClient:
        """The WordPress simulator."""
        return ControlClient(self.stack.wordpress_url)

    def function(self, service: str) -> str:
        """The name of a service's function."""
        return self.stack.specification.function(service).name

    def stop(self, service: str) -> None:
        """Stop a function: it takes no invocations."""
        self._control("POST", service, "stop")

    def start(self, service: str) -> None:
        """Start it again."""
        self._control("POST", service, "start")

    def busy(self, service: str) -> list[int]:
        """The processes that carry out an invocation just now."""
        processes = self._control("GET", service, "processes")
        return [process["pid"] for process in processes if process["state"] == "busy"]

    def kill_process_of(self, correlation_id: str, service: str = PROCESSOR) -> int:
        """`kill -9` the process at work on what this id correlates; its process id."""

        def at_work() -> list[int]:
            lines = self.log_lines(service, correlation_id)
            requests = {line["function_request_id"] for line in lines}
            processes = self._control("GET", service, "processes")
            return [p["pid"] for p in processes if p["requestId"] in requests]

        (pid,) = eventually(at_work)
        self._kill(service, pid)
        return pid

    def kill_busy(self, service: str) -> None:
        """`kill -9` the only process at work."""
        (pid,) = eventually(lambda: self.busy(service))
        self._kill(service, pid)

    def _kill(self, service: str, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: pid not in self.busy(service))

    def add_fault(self, service: str, operation: str, **more: Any) -> None:
        """A fault of the emulated AWS API (see bbws_local.faults)."""
        content = {"service": service, "operation": operation, **more}
        url = f"{self.stack.aws_endpoint_url}/_local/faults"
        requests.post(url, json=content, timeout=10).raise_for_status()

    def clear_faults(self) -> None:
        """End all faults of the emulated AWS API; calls that one of them holds go on."""
        url = f"{self.stack.aws_endpoint_url}/_local/faults"
        requests.delete(url, timeout=10).raise_for_status()

    def wait_for_fault(self, operation: str) -> None:
        """Wait until a call is held by the fault of this operation."""
        eventually(lambda: any(f["inProgress"] for f in self._faults(operation)))

    def effects(self, effect: str, tenant: str = TENANT) -> list[Json]:
        """What really happened in a tenant's WordPress."""
        return self.wordpress.effects(tenant, effect)

    def wordpress_sites(self, tenant: str = TENANT) -> list[Json]:
        """The sites of a tenant's Multisite network."""
        sites: list[Json] = self.wordpress.state(tenant)["sites"]
        return sites

    def items(self) -> list[Json]:
        """Everything in the table but the catalogue."""
        pages = self.stack.clients.dynamodb.get_paginator("scan").paginate(TableName="sites")
        items = [from_attributes(item) for page in pages for item in page["Items"]]
        return [item for item in items if item["PK"] not in ("TEMPLATE", "PLUGIN")]

    def item(self, sort_key: str, tenant: str = TENANT) -> Json:
        """An item of a tenant's partition."""
        key = to_attributes({"PK": f"TENANT#{tenant}", "SK": sort_key})
        found = self.stack.clients.dynamodb.get_item(TableName="sites", Key=key)
        return from_attributes(found["Item"])

    def set_tier(self, tier: str, tenant: str = TENANT) -> None:
        """How many sites the tenant may have."""
        item = {"PK": f"TENANT#{tenant}", "SK": "QUOTA", "tier": tier}
        self.stack.clients.dynamodb.put_item(TableName="sites", Item=to_attributes(item))

    def queue_url(self, name: str) -> str:
        """The URL of a queue by its full name."""
        return self.stack.clients.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def messages(self, queue: str) -> list[Any]:
        """Take what is in a queue."""
        found: list[Any] = []
        while True:
            answer = self.stack.clients.sqs.receive_message(
                QueueUrl=self.queue_url(queue),
                MaxNumberOfMessages=10,
                WaitTimeSeconds=0,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            if not answer.get("Messages"):
                return found
            found += answer["Messages"]

    def events(self) -> list[Json]:
        """What the service has published on the topic since the last look; alarms tell it too."""
        queue = self.stack.specification.notifications_queue_name
        told = [json.loads(message["Body"]) for message in self.messages(queue)]
        return [one for one in told if "payload" in one]

    def event(self, operation_id: str) -> Json:
        """The event of an operation's end."""
        found: list[Json] = []

        def published() -> list[Json]:
            found.extend(e for e in self.events() if e["payload"]["operationId"] == operation_id)
            return found

        return eventually(published)[0]

    def log_lines(self, service: str, text: str) -> list[Json]:
        """The JSON log lines of a function, in CloudWatch Logs, that hold a text."""
        pages = self.stack.clients.logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{self.function(service)}"
        )
        messages = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(m) for m in messages if m.startswith("{") and text in m]

    def metric(self, name: str) -> list[Json]:
        """The metric's values of the last hour, by the dimension the alarms use."""
        from datetime import UTC, datetime, timedelta

        now = datetime.now(UTC)
        answer = self.stack.clients.cloudwatch.get_metric_statistics(
            Namespace="BBWS/WPTechnical",
            MetricName=name,
            Dimensions=[{"Name": "Environment", "Value": "dev"}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=7200,
            Statistics=["Sum", "Average", "SampleCount"],
        )
        return [dict(point) for point in answer["Datapoints"]]

    def reset(self) -> None:
        """Forget every site, message, event and fault; the catalogue stays."""
        self.clear_faults()
        self.wordpress.reset()
        for item in self.items():
            key = to_attributes({"PK": item["PK"], "SK": item["SK"]})
            self.stack.clients.dynamodb.delete_item(TableName="sites", Key=key)
        specification = self.stack.specification
        names = [queue.name for queue in specification.queues]
        names += [specification.dead_letter_queue.name, specification.notifications_queue_name]
        for name in names:
            self._drain(self.queue_url(name))

    def _drain(self, url: str) -> None:
        # PurgeQueue is allowed once a minute; the queue's own waiting time may be long.
        sqs = self.stack.clients.sqs
        taking: Any = {"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0}
        while found := sqs.receive_message(**taking).get("Messages"):
            for message in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _faults(self, operation: str) -> list[Json]:
        url = f"{self.stack.aws_endpoint_url}/_local/faults"
        listing: list[Json] = requests.get(url, timeout=10).json()
        return [fault for fault in listing if fault["operation"] == operation]

    def _control(self, method: str, service: str, verb: str) -> Any:
        url = f"{self.stack.host_url}/functions/{self.function(service)}/{verb}"
        answer = requests.request(method, url, timeout=30)
        answer.raise_for_status()
        return answer.json()
