"""What Lambda and API Gateway measure of themselves, in the emulated CloudWatch.

Source of fact: Lambda docs, "Types of metrics for Lambda functions" and "View metrics for Lambda
functions" (dimensions); API Gateway docs, "Monitor HTTP APIs with CloudWatch metrics".
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from bbws_local.batches import Batches
from bbws_local.host import Invoked
from bbws_local.versions import LATEST

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

_FLUSH_SECONDS: Final = 0.5
# PutMetricData takes 150 different values of a metric and 1000 metrics at a time.
_MAX_VALUES: Final = 150
_MAX_METRICS: Final = 500

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answered:
    """An answer of an HTTP API."""

    api_id: str
    stage: str
    status: int
    milliseconds: float


@dataclass(frozen=True)
class _Metric:
    namespace: str
    name: str
    unit: str
    dimensions: Dimensions


class Measurements:
    """Takes what has happened from any thread, and sends it twice a second from one of its own."""

    def __init__(self) -> None:
        self._happened = Batches[Invoked | Answered](_FLUSH_SECONDS)
        self._thread: threading.Thread | None = None

    def observe(self, happened: Invoked | Answered) -> None:
        """Count it; returns at once."""
        self._happened.put(happened)

    def start(self, client: "CloudWatchClient") -> None:
        """Begin to send."""
        self._thread = threading.Thread(
            target=self._run, args=(client,), name="measurements", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Send what is left, then end."""
        self._happened.end()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self, client: "CloudWatchClient") -> None:
        for happened in self._happened:
            collected: dict[_Metric, list[float]] = defaultdict(list)
            for one in happened:
                for metric, value in _values(one):
                    collected[metric].append(value)
            try:
                _send(client, collected)
            except (BotoCoreError, ClientError):
                # The emulator ends before this does; nobody looks at its metrics any more.
                continue


def _values(happened: Invoked | Answered) -> Iterator[tuple[_Metric, float]]:
    return _of_invocation(happened) if isinstance(happened, Invoked) else _of_answer(happened)


def _of_invocation(invoked: Invoked) -> Iterator[tuple[_Metric, float]]:
    name, qualifier = invoked.reference
    dimensions: list[Dimensions] = [(("FunctionName", name),)]
    if qualifier != LATEST:
        resource: Dimensions = (("FunctionName", name), ("Resource", f"{name}:{qualifier}"))
        dimensions += [resource, (*resource, ("ExecutedVersion", invoked.version))]
    for of in dimensions:
        yield _Metric("AWS/Lambda", "Invocations", "Count", of), 1
        yield _Metric("AWS/Lambda", "Errors", "Count", of), float(invoked.is_error)
        yield _Metric("AWS/Lambda", "Duration", "Milliseconds", of), invoked.milliseconds


def _of_answer(answered: Answered) -> Iterator[tuple[_Metric, float]]:
    of: Dimensions = (("ApiId", answered.api_id), ("Stage", answered.stage))
    yield _Metric("AWS/ApiGateway", "Count", "Count", of), 1
    yield _Metric("AWS/ApiGateway", "4xx", "Count", of), float(400 <= answered.status < 500)
    yield _Metric("AWS/ApiGateway", "5xx", "Count", of), float(answered.status >= 500)
    yield _Metric("AWS/ApiGateway", "Latency", "Milliseconds", of), answered.milliseconds


def _send(client: "CloudWatchClient", collected: dict[_Metric, list[float]]) -> None:
    now = datetime.now(UTC)
    data: dict[str, list[MetricDatumTypeDef]] = defaultdict(list)
    for metric, values in collected.items():
        for first in range(0, len(values), _MAX_VALUES):
            part = values[first : first + _MAX_VALUES]
            datum: MetricDatumTypeDef = {
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
                "Timestamp": now,
                "Unit": metric.unit,  # type: ignore[typeddict-item]
                "Values": part,
                "Counts": [1.0] * len(part),
            }
            data[metric.namespace].append(datum)
    for namespace, found in data.items():
        for first in range(0, len(found), _MAX_METRICS):
            client.put_metric_data(
                Namespace=namespace, MetricData=found[first : first + _MAX_METRICS]
            )
