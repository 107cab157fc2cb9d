"""The clock that stands in for the EventBridge rule: invokes a function again and again."""

import json
import threading
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from bbws_local.host import LambdaHost
from bbws_local.reading import live
from bbws_local.specification import ACCOUNT_ID, REGION, ScheduleSpecification


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
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [specification.arn],
        "detail": {},
    }
