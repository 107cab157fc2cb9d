"""Ships function output to CloudWatch Logs, its metrics to CloudWatch, and shows it on the console."""

import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from bbws_local.batches import Batches
from bbws_local.clients import AwsClients
from bbws_local.console import Console
from bbws_local.metrics import metrics_in

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

# Limits of PutLogEvents: an event of 256 KB with 26 bytes of overhead, a batch of 10 000 events or 1 MB.
_MAX_EVENT_CHARACTERS = 60_000
_MAX_BATCH_EVENTS = 500
_FLUSH_SECONDS = 0.25


@dataclass(frozen=True)
class LogLine:
    """A line with the moment it was read, in milliseconds since the epoch."""

    group: str
    stream: str
    text: str
    timestamp: int


class LogShipper:
    """Takes lines from any thread and ships them in order from one thread of its own."""

    def __init__(self, clients: AwsClients, console: Console) -> None:
        self._logs = clients.logs
        self._cloudwatch = clients.cloudwatch
        self._console = console
        self._lines = Batches[LogLine](_FLUSH_SECONDS, _MAX_BATCH_EVENTS)
        self._streams: set[tuple[str, str]] = set()
        self._thread = threading.Thread(target=self._run, name="log-shipper", daemon=True)

    def start(self) -> "LogShipper":
        self._thread.start()
        return self

    def write(self, function: str, stream: str, text: str) -> None:
        """Accepts one line of a function's environment; returns at once."""
        self._console.log(function, text)
        group = f"/aws/lambda/{function}"
        self._lines.put(LogLine(group, stream, text, time.time_ns() // 1_000_000))

    def stop(self) -> None:
        """Ships what is left, then ends."""
        self._lines.end()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        for batch in self._lines:
            try:
                self._ship(batch)
            except (BotoCoreError, ClientError) as error:
                self._console.say(f"logs could not be shipped: {error}")

    def _ship(self, batch: list[LogLine]) -> None:
        by_stream: dict[tuple[str, str], list[InputLogEventTypeDef]] = defaultdict(list)
        for line in batch:
            text = line.text[:_MAX_EVENT_CHARACTERS]
            if text:
                event: InputLogEventTypeDef = {"timestamp": line.timestamp, "message": text}
                by_stream[line.group, line.stream].append(event)
        for (group, stream), events in by_stream.items():
            self._ensure_stream(group, stream)
            self._logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        for line in batch:
            for metrics in metrics_in(line.text):
                self._cloudwatch.put_metric_data(
                    Namespace=metrics.namespace, MetricData=metrics.data
                )

    def _ensure_stream(self, group: str, stream: str) -> None:
        if (group, stream) in self._streams:
            return
        with suppress(self._logs.exceptions.ResourceAlreadyExistsException):
            self._logs.create_log_group(logGroupName=group)
        with suppress(self._logs.exceptions.ResourceAlreadyExistsException):
            self._logs.create_log_stream(logGroupName=group, logStreamName=stream)
        self._streams.add((group, stream))
