"""Evaluates the emulated account's alarms, and does what follows when one changes its state.

CloudWatch's part: the state, the alarm's actions on a topic, the event on EventBridge's bus (CloudWatch
docs, "Using Amazon CloudWatch alarms"; see `eventbridge`). A rule's target that is an Automation
document is run (see `automation`). moto does none of this.
"""

import json
import threading
import time
from collections import defaultdict, deque
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bbws_local.alarms import Alarm, MetricOfAlarm, Values
from bbws_local.automation import run_definition
from bbws_local.clients import AwsClients
from bbws_local.eventbridge import alarm_change, automations
from bbws_local.specification import ACCOUNT_ID, REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

_EVERY_SECONDS: Final = 2.0
# The longest window of an alarm that CloudWatch takes without long periods is a day.
_KEPT_SECONDS: Final = 24 * 60 * 60

_Key = tuple[str, str, frozenset[tuple[str, str]]]


class MetricHistory:
    """The values of every metric with their times, read from moto as they come."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._read = 0
        self._values: dict[_Key, deque[tuple[float, float]]] = defaultdict(deque)

    def catch_up(self) -> None:
        """Take what has come since the last time."""
        from moto.cloudwatch.models import MetricDatum, cloudwatch_backends

        backend = cloudwatch_backends[ACCOUNT_ID][REGION]
        with self._lock:
            new = backend.metric_data[self._read :]
            self._read += len(new)
        oldest = time.time() - _KEPT_SECONDS
        for datum in new:
            if not isinstance(datum, MetricDatum):
                continue
            dimensions = frozenset((str(one.name), str(one.value)) for one in datum.dimensions)
            values = self._values[datum.namespace, datum.name, dimensions]
            at = datum.timestamp.replace(tzinfo=datum.timestamp.tzinfo or UTC)
            values.append((at.timestamp(), datum.value))
            while values and values[0][0] < oldest:
                values.popleft()

    def between(self, metric: MetricOfAlarm, begin: float, end: float) -> Values:
        """A metric's values of a span of time, in seconds since the epoch."""
        values = self._values.get((metric.namespace, metric.name, metric.dimensions), ())
        return [value for at, value in values if begin <= at < end]


class AlarmClock:
    """Looks at every alarm every two seconds, over periods that end at that moment."""

    def __init__(self, clients: AwsClients, lock: threading.Lock) -> None:
        self._clients = clients
        self._history = MetricHistory(lock)

    def start(self) -> None:
        """Begin, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="alarm-clock", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(_EVERY_SECONDS)
            try:
                self.look()
            except (BotoCoreError, ClientError) as error:
                print(f"alarms: {error}", flush=True)

    def look(self) -> None:
        """Evaluate every alarm once."""
        alarms = self._clients.cloudwatch.describe_alarms()["MetricAlarms"]
        self._history.catch_up()
        now = time.time()
        for described in alarms:
            state = self._state(Alarm(described), now)
            if state != described["StateValue"]:
                self._change(described, state)

    def _state(self, alarm: Alarm, now: float) -> str:
        length = alarm.period_seconds

        def period(number: int) -> Any:
            begin = now - (alarm.periods - number) * length
            return lambda metric: self._history.between(metric, begin, begin + length)

        return alarm.state(*(period(number) for number in range(alarm.periods)))

    def _change(self, alarm: "MetricAlarmTypeDef", state: Any) -> None:
        name = alarm["AlarmName"]
        print(f"alarm {name}: {alarm['StateValue']} -> {state}", flush=True)
        reason = f"Threshold Crossed: {alarm['ComparisonOperator']} {alarm['Threshold']}"
        self._clients.cloudwatch.set_alarm_state(
            AlarmName=name, StateValue=state, StateReason=reason, StateReasonData="{}"
        )
        self._tell(alarm, state, reason)
        event = alarm_change(alarm["AlarmArn"], state, alarm["StateValue"], reason)
        for definition, given in automations(self._clients, event):
            run_definition(self._clients, definition, given)

    def _tell(self, alarm: "MetricAlarmTypeDef", state: str, reason: str) -> None:
        message = {
            "AlarmName": alarm["AlarmName"],
            "AlarmDescription": alarm.get("AlarmDescription", ""),
            "NewStateValue": state,
            "NewStateReason": reason,
            "OldStateValue": alarm["StateValue"],
            "AlarmArn": alarm["AlarmArn"],
        }
        for topic in alarm["AlarmActions"] if state == "ALARM" else alarm["OKActions"]:
            self._clients.sns.publish(
                TopicArn=topic,
                Subject=f'{state}: "{alarm["AlarmName"]}" in {REGION}'[:100],
                Message=json.dumps(message),
            )
