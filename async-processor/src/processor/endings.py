"""How operations end: stored in one transaction, measured, and told to whoever listens."""

from botocore.exceptions import BotoCoreError, ClientError

from bbws_shared.events import Event
from bbws_shared.operations import Operation
from bbws_shared.sites import Site
from bbws_shared.table import ConditionFailed
from processor.failures import Failure
from processor.means import Means
from processor.workflow import Ending, Workflow
from processor.workflows import workflow_of


class Endings:
    """Ends operations.

    The event is stored with the end and published after it, so it is never lost: whatever is cut
    off in between is found in GSI4 by the reconciler.
    """

    def __init__(self, means: Means) -> None:
        self._means = means
        self._logger = means.observability.logger

    def succeed(self, workflow: Workflow, operation: Operation, site: Site) -> None:
        """End an operation whose steps are all done. Raises ConditionFailed when it moved on."""
        at = self._means.now()
        ending = workflow.succeed(site, operation, at)
        event = self._event(ending, operation, at)
        self._end(operation.completed(ending.message, at, event), ending)
        self._logger.info("operation completed", operation_type=operation.operation_type)

    def fail(self, operation: Operation, site: Site, failure: Failure) -> None:
        """End an operation without success. Raises ConditionFailed when it moved on."""
        at = self._means.now()
        ending = workflow_of(operation).fail(site, operation, at, failure)
        event = self._event(ending, operation, at)
        self._end(operation.failed(failure.told(), at, event), ending)
        self._logger.error("operation failed", error_code=failure.code, reason=failure.message)

    def publish(self, operation: Operation) -> bool:
        """Publish the event of an operation's end, unless that was done.

        Raises nothing of AWS: False says that AWS did not take it.
        """
        if operation.pending_event is None:
            return True
        try:
            self._means.notifications.publish(operation.pending_event)
            self._means.repository.store(operation.event_published(self._means.now()))
        except (BotoCoreError, ClientError):
            self._logger.exception("event not published; the reconciler will")
            return False
        except ConditionFailed:
            self._logger.info("event published by another as well")
        return True

    def _event(self, ending: Ending, operation: Operation, at: str) -> dict[str, object]:
        event = Event.of(ending.event, operation, self._means.environment, at, ending.facts)
        return event.model_dump(mode="json", by_alias=True)

    def _end(self, ended: Operation, ending: Ending) -> None:
        self._means.repository.store_both(ended, ending.site, ending.writes)
        for metric, value in ending.measures:
            self._means.observability.count(metric, value)
        self.publish(ended)
