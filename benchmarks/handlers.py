"""What a warm function itself takes for a request: AWS answers at once, from memory.

    .venv/bin/python benchmarks/handlers.py [REQUESTS]

The answers are given below botocore's parsing, so building a request, signing it and reading the
answer count; network and DynamoDB do not. The floor is botocore and json with nothing around them.
"""

import json
import logging
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    os.environ[name] = "benchmark"
os.environ["POWERTOOLS_TRACE_DISABLED"] = "true"

import boto3  # noqa: E402 (the environment comes first)
from botocore.awsrequest import AWSResponse  # noqa: E402

from bbws_local.testing import Api, claims  # noqa: E402
from bbws_shared.attributes import to_attributes  # noqa: E402
from bbws_shared.sites import Environment, Site, SiteStatus  # noqa: E402
from bbws_shared.timestamps import utc_now  # noqa: E402
from sites.app import Settings, build_app  # noqa: E402

TENANT = "tenant-123"
SITES = f"/v1.0/tenants/{TENANT}/sites"
VARIABLES = {
    "ENVIRONMENT": "dev",
    "TABLE_NAME": "sites",
    "CREATION_QUEUE_URL": "https://sqs.af-south-1.amazonaws.com/123456789012/creation",
    "UPDATE_QUEUE_URL": "https://sqs.af-south-1.amazonaws.com/123456789012/update",
    "DELETION_QUEUE_URL": "https://sqs.af-south-1.amazonaws.com/123456789012/deletion",
    "WORDPRESS_BASE_URL": "https://wordpress.internal",
}


def site(number: int) -> dict[str, Any]:
    """A stored site."""
    made = Site(
        site_id=f"site-0190163d-8694-739b-aea5-{number:012x}",
        tenant_id=TENANT,
        site_name=f"Corner Shop {number}",
        subdomain=f"corner-shop-{number}",
        environment=Environment.DEV,
        configuration={"title": "Corner Shop", "tagline": "All you need"},
        status=SiteStatus.ACTIVE,
        wordpress_site_id=number + 2,
        created_at="2026-01-25T08:00:00.000Z",
        created_by="owner@corner-shop.example",
        updated_at="2026-01-25T08:00:00.000Z",
    )
    return to_attributes(made.to_item())


ANSWERS = {
    "GetItem": json.dumps({"Item": site(1)}).encode(),
    "Query": json.dumps({"Items": [site(n) for n in range(100)], "Count": 100}).encode(),
    "TransactWriteItems": b"{}",
    "SendMessage": b'{"MessageId": "m", "MD5OfMessageBody": "ignored"}',
}


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Any:
        yield self._body


class FastAws:
    """Clients whose calls are answered from memory and counted."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        if service not in self._made:
            client = boto3.client(service, region_name="af-south-1")  # type: ignore[call-overload]
            client.meta.events.register_first("before-send.*.*", self._answer)
            self._made[service] = client
        return self._made[service]

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.calls[operation] += 1
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, _Raw(ANSWERS[operation]))  # type: ignore[arg-type]


def milliseconds(work: Callable[[], Any], requests: int) -> tuple[float, float]:
    """Median and 95th percentile of one call."""
    for _ in range(20):
        work()
    times = []
    for _ in range(requests):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    fast = FastAws()
    api = Api(build_app(Settings.load(VARIABLES), fast, utc_now))
    logging.getLogger("sites-service").setLevel(logging.CRITICAL)
    numbers = iter(range(10**9))
    caller = claims()
    dynamodb = FastAws()("dynamodb")  # as boto3 makes it, without our reading of answers
    key = {"PK": {"S": "TENANT#t"}, "SK": {"S": "SITE#s"}}

    def create() -> None:
        body = {"siteName": "Shop", "subdomain": f"shop-{next(numbers)}"}
        assert api.post(SITES, body, caller=caller).status == 202

    cases: dict[str, Callable[[], Any]] = {
        "floor: get_item and json": lambda: json.dumps(
            dynamodb.get_item(TableName="sites", Key=key)["Item"]
        ),
        "GET site": lambda: api.get(
            f"{SITES}/site-0190163d-8694-739b-aea5-000000000001", caller=caller
        ),
        "floor: query of 100 and json": lambda: json.dumps(
            dynamodb.query(TableName="sites", KeyConditionExpression="PK = :p")["Items"]
        ),
        "GET sites, a page of 100": lambda: api.get(f"{SITES}?limit=100", caller=caller),
        "POST site": create,
    }
    print(f"{'request':<30} {'median':>9} {'p95':>9}   AWS calls")
    for name, work in cases.items():
        fast.calls.clear()
        work()
        calls = ", ".join(f"{operation} {count}" for operation, count in fast.calls.items())
        median, p95 = milliseconds(work, requests)
        print(f"{name:<30} {median:>6.2f} ms {p95:>6.2f} ms   {calls}")


if __name__ == "__main__":
    main()
