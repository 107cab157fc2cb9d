"""From a function's output to CloudWatch: lines, metrics, and what people see."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from bbws_local.clients import AwsClients
from bbws_local.console import Console
from bbws_local.logs import LogShipper

type AddFault = Callable[..., dict[str, Any]]


@pytest.fixture
def screen() -> StringIO:
    return StringIO()


@pytest.fixture
def shipper(aws: AwsClients, screen: StringIO) -> Iterator[LogShipper]:
    shipper = LogShipper(aws, Console(screen)).start()
    yield shipper
    shipper.stop()


def _messages(aws: AwsClients, name: str, stream: str = "stream-1") -> list[str]:
    found = aws.logs.get_log_events(
        logGroupName=f"/aws/lambda/{name}", logStreamName=stream, startFromHead=True
    )
    return [event["message"] for event in found["events"]]


def _emf(**fields: Any) -> str:
    metrics = [{"Name": "SiteCreated", "Unit": "Count"}, {"Name": "Latency"}]
    directive = {"Namespace": "BBWS", "Dimensions": [["Environment"]], "Metrics": metrics}
    told = {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": told, "Environment": "dev", **fields})


def _sum(aws: AwsClients, metric: str, environment: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    points = aws.cloudwatch.get_metric_statistics(
        Namespace="BBWS",
        MetricName=metric,
        Dimensions=[{"Name": "Environment", "Value": environment}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=7200,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    return {"sum": sum(p["Sum"] for p in points), "count": sum(p["SampleCount"] for p in points)}


def test_lines_arrive_in_their_order_and_stream(
    aws: AwsClients, shipper: LogShipper, name: str
) -> None:
    for number in range(700):
        shipper.write(name, "stream-1", f"line {number}")
    shipper.write(name, "stream-2", "another process")
    shipper.stop()

    assert _messages(aws, name) == [f"line {number}" for number in range(700)]
    assert _messages(aws, name, "stream-2") == ["another process"]


def test_a_group_that_exists_is_used(aws: AwsClients, shipper: LogShipper, name: str) -> None:
    aws.logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
    shipper.write(name, "stream-1", "hello")
    shipper.stop()

    assert _messages(aws, name) == ["hello"]


def test_a_line_beyond_cloudwatchs_limit_is_cut_and_an_empty_one_left_out(
    aws: AwsClients, shipper: LogShipper, name: str
) -> None:
    for text in ("x" * 300_000, "", "after"):
        shipper.write(name, "stream-1", text)
    shipper.stop()

    long, after = _messages(aws, name)
    assert long == "x" * 60_000
    assert after == "after"


def test_metrics_in_lines_become_cloudwatch_metrics(
    aws: AwsClients, shipper: LogShipper, name: str
) -> None:
    shipper.write(name, "s", _emf(Environment=name, SiteCreated=1, Latency=[10, 30]))
    shipper.write(name, "s", _emf(Environment=name, SiteCreated=2, Latency=5))
    shipper.stop()

    assert _sum(aws, "SiteCreated", name) == {"sum": 3, "count": 2}
    assert _sum(aws, "Latency", name) == {"sum": 45, "count": 3}


def test_people_see_a_line_at_once(shipper: LogShipper, screen: StringIO) -> None:
    shipper.write("dev-bbws-sites-service", "s", "hello")

    assert "sites-service" in screen.getvalue()
    assert "hello" in screen.getvalue()


def test_lines_that_cannot_be_shipped_are_told_and_later_ones_arrive(
    aws: AwsClients, shipper: LogShipper, name: str, screen: StringIO, add_fault: AddFault,
    eventually: Callable[[Callable[[], Any]], Any],
) -> None:  # fmt: skip
    add_fault("logs", "PutLogEvents", status=400, code="AccessDeniedException", times=1)
    shipper.write(name, "stream-1", "lost")
    eventually(lambda: "logs could not be shipped" in screen.getvalue())
    shipper.write(name, "stream-1", "kept")
    shipper.stop()

    assert "AccessDeniedException" in screen.getvalue()
    assert _messages(aws, name) == ["kept"]
