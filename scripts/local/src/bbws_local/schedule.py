"""The clock that stands in for the EventBridge rule: invokes a function again and again."""

import json
import threading
from typing import Any

from bbws_local.eventbridge import event_of
from bbws_local.host import LambdaHost
from bbws_local.reading import live
from bbws_local.specification import ScheduleSpecification


class Schedule:
    """Sends the rule's event every `every_seconds`, the first time after as long."""

    def __init__(self, host: LambdaHost, specification: ScheduleSpecification) -> None:
        self._host = host
        self._specification = specification
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        """Begin to count."""
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._specification.every_seconds):
            payload = json.dumps(scheduled_event(self._specification)).encode()
            # Events are asynchronous: the clock does not wait for the function.
            self._host.invoke_async(live(self._specification.function_name), payload)


def scheduled_event(specification: ScheduleSpecification) -> dict[str, Any]:
    """The event of a schedule rule (EventBridge docs, "Events from Amazon EventBridge")."""
    return event_of(specification.arn, "aws.events", "Scheduled Event", {})
