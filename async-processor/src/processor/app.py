"""Wires the async-processor together, and tells its events apart."""

from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import BotoCoreError, ClientError

from bbws_shared.config import ProcessorSettings
from bbws_shared.messages import OperationMessage
from bbws_shared.notifications import Notifications
from bbws_shared.observability import observability
from bbws_shared.queues import OperationQueues
from bbws_shared.table import Table
from bbws_shared.timestamps import Clock
from bbws_shared.version import __version__
from bbws_shared.wordpress_access import wordpress_access
from processor.backups import BackupStorage
from processor.engine import Delivery, Engine, TransientFailure
from processor.means import Limits, Means
from processor.reconcile import Reconciler

SERVICE: Final = "async-processor"


class Processor:
    """The Lambda handler: messages of the three queues, and the schedule."""

    def __init__(
        self, settings: ProcessorSettings, clients: Callable[[str], Any], clock: Clock
    ) -> None:
        self._sqs = clients("sqs")
        self._watched = observability(SERVICE, settings.environment)
        self._queues = OperationQueues(self._sqs, settings)
        reach = wordpress_access(
            settings, clients, self._watched, read_timeout=settings.wordpress_timeout
        )
        means = Means(
            Table(clients("dynamodb"), settings.table_name),
            self._queues,
            Notifications(clients("sns"), settings.notification_topic_arn),
            BackupStorage(clients("s3"), settings.backup_bucket),
            reach,
            self._watched,
            Limits(settings.retry_backoff, settings.step_time),
            settings.environment,
            clock,
        )
        self._engine = Engine(means)
        self._reconciler = Reconciler(
            means,
            self._sqs,
            settings.dlq_url,
            settings.resend_after,
            settings.operation_timeout,
        )

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Carry out what the event asks for.

        Messages give a partial batch response (Lambda docs, "Implementing partial batch
        responses"); any event but messages and the schedule asks how we are.
        """
        request_id = getattr(context, "aws_request_id", None)
        self._watched.logger.append_keys(function_request_id=request_id)
        try:
            if "Records" in event:
                return self._carry_out(event, context)
            if event.get("source") == "aws.events":
                self._reconciler.reconcile()
            return {"status": "OK", "service": SERVICE, "version": __version__}
        finally:
            self._watched.flush()

    def _carry_out(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        def deliver(record: SQSRecord) -> None:
            self._deliver(record, context)

        batch = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
        answer = process_partial_response(event, deliver, batch, context)
        return dict(answer)

    def _deliver(self, record: SQSRecord, context: Any) -> None:
        message = OperationMessage.model_validate_json(record.body)
        self._watched.logger.append_keys(
            correlation_id=message.correlation_id, operation_id=message.payload.operation_id
        )
        delivery = Delivery(
            message,
            f"{context.aws_request_id}:{record.message_id}",
            int(record.attributes.approximate_receive_count),
            lambda: context.get_remaining_time_in_millis() / 1000,
        )
        try:
            self._engine.deliver(delivery)
        except TransientFailure as failure:
            self._delay(record, message, failure.retry_seconds)
            raise

    def _delay(self, record: SQSRecord, message: OperationMessage, seconds: float) -> None:
        """Deliver the message again after `seconds`; without this, after its queue's visibility."""
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queues.url(message.message_type),
                ReceiptHandle=record.receipt_handle,
                VisibilityTimeout=int(seconds),
            )
        except (BotoCoreError, ClientError):
            self._watched.logger.exception("visibility not changed")
