"""The reconciler: finds, every minute, what was cut off or forgotten, and sets it going again.

It reads GSI4 only, and of that only what has waited too long.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bbws_shared import identifiers, keys
from bbws_shared.observability import Metric
from bbws_shared.operation_states import MAX_RESEND_DOUBLINGS
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site
from bbws_shared.table import ConditionFailed
from bbws_shared.timestamps import later, seconds_between, timestamp
from processor.endings import Endings
from processor.failures import timed_out
from processor.means import Means

RECONCILER: Final = "reconciler"


class Reconciler:
    """Looks after what is in flight.

    `resend_after` and `operation_timeout` are in seconds.
    """

    def __init__(
        self, means: Means, sqs: Any, dlq_url: str, resend_after: float, operation_timeout: float
    ) -> None:
        self._means = means
        self._endings = Endings(means)
        self._logger = means.observability.logger
        self._sqs = sqs
        self._dlq_url = dlq_url
        self._resend_after = resend_after
        self._operation_timeout = operation_timeout

    def reconcile(self) -> None:
        """Look once at the DLQ, and at everything that has waited too long.

        Events come last: where the topic is out of order, each costs the time of several sites.
        """
        self._measure_dlq()
        since = timestamp(self._means.clock() - timedelta(seconds=self._resend_after))
        untold: list[Operation] = []
        for item in self._means.repository.waiting(since):
            with self._apart(item["SK"]):
                if item["SK"].startswith(keys.SITE_PREFIX):
                    self._purge(Site.from_item(item))
                    continue
                operation = Operation.from_item(item)
                self._logger.append_keys(correlation_id=operation.correlation_id)
                if operation.has_ended:
                    untold.append(operation)
                else:
                    self._look_after(operation)
        self._tell(untold)

    @contextmanager
    def _apart(self, key: str) -> Iterator[None]:
        """One that cannot be helped must not keep the others from being helped."""
        try:
            yield
        except ConditionFailed:
            self._logger.info("it has moved on by itself", key=key)
        except Exception:
            self._logger.exception("not reconciled", key=key)

    def _look_after(self, operation: Operation) -> None:
        if seconds_between(operation.progressed_at, self._means.now()) > self._operation_timeout:
            self._give_up(operation)
        else:
            self._send_again(operation)

    def _tell(self, ended: list[Operation]) -> None:
        """Publish the events of operations that have ended, until the topic takes no more.

        Whoever has waited longest goes first, whichever of the index's partitions it comes from.
        """
        for operation in sorted(ended, key=lambda one: one.waiting_since):
            self._logger.append_keys(correlation_id=operation.correlation_id)
            with self._apart(operation.operation_id):
                if self._endings.publish(operation):
                    continue
                # Others go first the next time: it may be this event that the topic does not take.
                at = self._means.now()
                self._means.repository.store(operation.resent(at, at))
                return

    def _purge(self, site: Site) -> None:
        """Begin to remove a PROD site whose grace is over."""
        now = self._means.clock()
        at = timestamp(now)
        operation_id = identifiers.new_operation_id(now)
        operation = Operation.new(
            OperationType.SITE_PURGE,
            at,
            operation_id=operation_id,
            tenant_id=site.tenant_id,
            site_id=site.site_id,
            correlation_id=operation_id,
            created_by=RECONCILER,
        )
        purging = site.changed(
            at,
            active_operation_id=operation_id,
            deletion_operation_id=operation_id,
            purge_after=None,
        )
        self._means.repository.begin(operation, purging)
        self._means.queues.send(operation, at)
        self._logger.info("grace is over; purge begun", site_id=site.site_id)

    def _give_up(self, operation: Operation) -> None:
        site = self._means.repository.site(operation.tenant_id, operation.site_id)
        if site is None:
            raise LookupError(f"operation {operation.operation_id} has no site")
        self._endings.fail(operation, site, timed_out(has_begun=operation.started_at is not None))

    def _send_again(self, operation: Operation) -> None:
        """Send it to its queue, and wait longer each time: a queue may only be behind."""
        at = self._means.now()
        seconds = self._resend_after * (2 ** min(operation.resends, MAX_RESEND_DOUBLINGS) - 1)
        self._means.repository.store(operation.resent(at, later(at, seconds)))
        self._means.queues.send(operation, at)
        self._logger.info("sent again", operation_id=operation.operation_id)

    def _measure_dlq(self) -> None:
        name = "ApproximateNumberOfMessages"
        try:
            answer = self._sqs.get_queue_attributes(QueueUrl=self._dlq_url, AttributeNames=[name])
        except (BotoCoreError, ClientError):
            # What waits is helped all the same; its messages may go through.
            self._logger.exception("DLQ not measured")
            return
        self._means.observability.count(Metric.DLQ_MESSAGES, int(answer["Attributes"][name]))
