"""The engine: carries an operation from step to step, once, whatever is repeated or cut off.

SQS delivers at least once and in any order (SQS docs, "At-least-once delivery"). What keeps the
work right is the operation's record: a lease says who is at work, the steps say what is done, and
every write is conditional on the version before, so whoever lost the lease can store nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bbws_shared.messages import OperationMessage
from bbws_shared.operations import LeaseTaken, Operation
from bbws_shared.sites import Site
from bbws_shared.table import ConditionFailed
from bbws_shared.timestamps import later, timestamp
from processor.endings import Endings
from processor.failures import failure_of, is_permanent
from processor.means import Means
from processor.workflow import Continue, Done, Step, Work, Workflow
from processor.workflows import workflow_of

LEASE_MARGIN_SECONDS: Final = 5.0
"""A lease outlives the invocation that holds it: Lambda ends the process at its time limit."""


class TransientFailure(Exception):
    """The operation did not get through this time; the message is to be delivered again.

    Attributes:
        retry_seconds: When, in seconds.
    """

    def __init__(self, retry_seconds: float) -> None:
        super().__init__(f"to be delivered again in {retry_seconds:g} s")
        self.retry_seconds = retry_seconds


@dataclass(frozen=True)
class Delivery:
    """One delivery of a message.

    Attributes:
        owner: Identifies this delivery as the holder of a lease.
        receives: How often the message has been received, this time included.
        remaining_seconds: How much longer this invocation may run.
    """

    message: OperationMessage
    owner: str
    receives: int
    remaining_seconds: Callable[[], float]


class Engine:
    """Carries out operations."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._endings = Endings(means)
        self._logger = means.observability.logger

    def deliver(self, delivery: Delivery) -> None:
        """Do what one delivery asks for; when this returns, its message can be deleted.

        Raises:
            TransientFailure: when the message has to be delivered again.
        """
        pointer = delivery.message.payload
        operation = self._means.repository.operation(pointer.tenant_id, pointer.operation_id)
        if operation is None:
            self._logger.error("message without operation", operation_id=pointer.operation_id)
            return
        if operation.has_ended:
            self._logger.info("operation has ended already", status=operation.status)
            self._endings.publish(operation)
            return
        site = self._means.repository.site(pointer.tenant_id, pointer.site_id)
        if site is None:
            raise LookupError(f"operation {operation.operation_id} has no site")
        workflow = workflow_of(operation)
        try:
            leased = self._means.repository.store(self._lease(operation, workflow, delivery))
        except (LeaseTaken, ConditionFailed):
            self._logger.info("another delivery is at work on this operation")
            return
        _Run(self._means, workflow, delivery, leased, site).carry_out()

    def _lease(self, operation: Operation, workflow: Workflow, delivery: Delivery) -> Operation:
        now = self._means.clock()
        seconds = delivery.remaining_seconds() + LEASE_MARGIN_SECONDS
        until = timestamp(now + timedelta(seconds=seconds))
        return operation.leased(delivery.owner, timestamp(now), until, workflow.step_names)


class _Run:
    """One delivery's way through an operation on which it holds the lease."""

    def __init__(
        self,
        means: Means,
        workflow: Workflow,
        delivery: Delivery,
        operation: Operation,
        site: Site,
    ) -> None:
        self._means = means
        self._endings = Endings(means)
        self._logger = means.observability.logger
        self._workflow = workflow
        self._delivery = delivery
        self._operation = operation
        self._site = site
        self._tried_before = False

    def carry_out(self) -> None:
        """Run the steps that are not done, and end the operation or hand it on."""
        try:
            while (name := self._operation.next_step()) is not None:
                if self._delivery.remaining_seconds() < self._means.limits.step_seconds:
                    self._hand_on()
                    return
                self._run_step(self._workflow.step(name))
            self._endings.succeed(self._workflow, self._operation, self._site)
        except ConditionFailed:
            # Somebody else changed the operation: its lease had expired or it was ended.
            self._logger.warning("lease lost; another delivery goes on")
        except Exception as error:  # noqa: BLE001 (each is either told to the customer or retried)
            self._stop(error)

    def _run_step(self, step: Step) -> None:
        self._logger.info("step begun", step=step.name)
        self._tried_before = self._operation.may_have_acted
        at = self._means.now()
        self._store(self._operation.step_begun(step.name, step.message, at))
        with self._means.observability.tracer.provider.in_subsegment(f"## {step.name}"):
            outcome = step.run(self._work())
        if isinstance(outcome, Continue):
            before = self._workflow.progress_before(step.name)
            progress = before + (step.progress - before) * outcome.percent // 100
            now = self._means.now()
            self._store(self._operation.step_continued(progress, outcome.facts, now))
        else:
            self._record(step, outcome)

    def _record(self, step: Step, outcome: Done) -> None:
        """Store that a step is done, together with what it did to the site."""
        at = self._means.now()
        done = self._operation.step_done(step.name, step.progress, outcome.facts, at)
        if not outcome.site and not outcome.writes:
            self._store(done)
            return
        changed = self._site.changed(at, **outcome.site)
        self._means.repository.store_both(done, changed, outcome.writes)
        self._operation, self._site = done, changed

    def _store(self, operation: Operation) -> None:
        self._operation = self._means.repository.store(operation)

    def _work(self) -> Work:
        means, operation = self._means, self._operation
        wordpress = means.reach_wordpress(operation.tenant_id, operation.correlation_id)
        return Work(self._site, operation, wordpress, means.backups, means.table, means.now())

    def _hand_on(self) -> None:
        """Let another invocation go on; this one's time is nearly over."""
        at = self._means.now()
        self._store(self._operation.unleased(at, at))
        self._means.queues.send(self._operation, at)
        self._logger.info("handed on to the next invocation")

    def _stop(self, error: Exception) -> None:
        receives, limits = self._delivery.receives, self._means.limits
        self._logger.warning("step failed", error=repr(error), receives=receives, exc_info=True)
        if is_permanent(error):
            self._fail(error)
            return
        if receives >= limits.max_receives:
            self._fail(error)
            raise TransientFailure(0) from error
        seconds = limits.retry_backoff[receives - 1]
        at = self._means.now()
        try:
            self._store(self._operation.unleased(at, later(at, seconds)))
        except ConditionFailed:
            self._logger.warning("lease lost; another delivery goes on")
            return
        raise TransientFailure(seconds) from error

    def _fail(self, error: Exception) -> None:
        failure = failure_of(error)
        if self._tried_before:
            # What became of the earlier try is not known: it may have had its effect.
            failure = replace(failure, left_nothing=False)
        try:
            self._endings.fail(self._operation, self._site, failure)
        except ConditionFailed:
            self._logger.warning("the operation has moved on meanwhile")
