"""What Lambda's event source mappings do: read queues, invoke the function, delete what succeeded.

Source of fact: Lambda docs, "Using Lambda with Amazon SQS": a failed invocation leaves the whole
batch in its queue until its visibility timeout; `batchItemFailures` names the messages that stay;
`MaximumConcurrency` limits how many invocations a mapping has at once.
"""

import json
import threading
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bbws_local.clients import AwsClients
from bbws_local.console import Console
from bbws_local.host import LambdaHost
from bbws_local.pool import FunctionStopped
from bbws_local.reading import live
from bbws_local.runtime_api import Outcome
from bbws_local.specification import REGION, AccountSpecification, EventSourceMapping

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_WAIT_SECONDS: Final = 2
_PAUSE_SECONDS: Final = 0.25


class QueuePoller:
    """Serves one mapping; messages are received only when an invocation is free to take them."""

    def __init__(
        self,
        clients: AwsClients,
        host: LambdaHost,
        mapping: EventSourceMapping,
        concurrency: int,
        console: Console,
    ) -> None:
        self._sqs = clients.sqs
        self._host = host
        self._mapping = mapping
        self._console = console
        self._url = f"{clients.endpoint_url}/{mapping.queue.arn.split(':')[4]}/{mapping.queue.name}"
        self._free = threading.Semaphore(concurrency)
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"poll-{mapping.queue.name}", daemon=True
        )

    def start(self) -> None:
        """Begin to read the queue."""
        self._thread.start()

    def stop(self) -> None:
        """Receive nothing more; invocations under way end by themselves."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._host.is_stopped(self._mapping.function_name):
                self._stopping.wait(_PAUSE_SECONDS)
                continue
            self._free.acquire()
            messages = self._receive()
            if not messages:
                self._free.release()
                continue
            threading.Thread(
                target=self._process, args=(messages,), name="mapping", daemon=True
            ).start()

    def _receive(self) -> "list[MessageTypeDef]":
        try:
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=self._mapping.batch_size,
                WaitTimeSeconds=_WAIT_SECONDS,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except (BotoCoreError, ClientError) as error:
            if not self._stopping.is_set():
                self._console.say(f"queue {self._mapping.queue.name} cannot be read: {error}")
                self._stopping.wait(1)
            return []
        return answer.get("Messages", [])

    def _process(self, messages: "list[MessageTypeDef]") -> None:
        try:
            event = {"Records": [_record(one, self._mapping.queue.arn) for one in messages]}
            payload = json.dumps(event).encode()
            outcome = self._host.invoke(live(self._mapping.function_name), payload)
            self._delete(done(messages, outcome, reported=self._mapping.reports_failures))
        except FunctionStopped:
            self._return(messages)
        except (BotoCoreError, ClientError) as error:
            if not self._stopping.is_set():
                self._console.say(f"messages not deleted: {error}")
        finally:
            self._free.release()

    def _return(self, messages: "list[MessageTypeDef]") -> None:
        """Messages received in the moment the function was stopped wait for its start."""
        for message in messages:
            self._sqs.change_message_visibility(
                QueueUrl=self._url,
                ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=0,
            )

    def _delete(self, messages: "list[MessageTypeDef]") -> None:
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


class Pollers:
    """All event source mappings of an account."""

    def __init__(
        self,
        clients: AwsClients,
        host: LambdaHost,
        specification: AccountSpecification,
        console: Console,
    ) -> None:
        self._pollers = [
            QueuePoller(clients, host, mapping, specification.mapping_concurrency, console)
            for mapping in specification.mappings
        ]

    def start(self) -> None:
        """Begin to read the queues."""
        for poller in self._pollers:
            poller.start()

    def stop(self) -> None:
        """Receive nothing more."""
        for poller in self._pollers:
            poller.stop()


def done(
    messages: "list[MessageTypeDef]", outcome: Outcome, *, reported: bool = True
) -> "list[MessageTypeDef]":
    """The messages of a batch that can be deleted after this outcome.

    Without `ReportBatchItemFailures` (`reported`) nobody looks at the function's answer.

    An answer that is no partial batch response, or names a message that is not in the batch,
    counts as a failure of the whole batch (Lambda docs, "Success and failure conditions").
    """
    if outcome.function_error is not None:
        return []
    if not reported:
        return messages
    try:
        content = json.loads(outcome.payload) or {}
        failures = content.get("batchItemFailures") or []
        failed = {failure["itemIdentifier"] for failure in failures}
    except (ValueError, AttributeError, KeyError, TypeError):
        return []
    if not failed <= {message["MessageId"] for message in messages}:
        return []
    return [message for message in messages if message["MessageId"] not in failed]


def _record(message: "MessageTypeDef", queue_arn: str) -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def _attribute(value: Any) -> dict[str, Any]:
    return {
        "stringValue": value.get("StringValue"),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
