"""ReceiveMessage with WaitTimeSeconds, without holding up the rest of the emulator.

moto waits inside the call, which under the emulator's one lock would stop every other call, also the
SendMessage that is waited for. Here the wait happens outside and moto is asked to answer at once.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from moto.sqs.models import Queue, sqs_backends

from bbws_local.serving import Request, Response
from bbws_local.specification import ACCOUNT_ID

_CHECK_SECONDS = 0.02


def receive(
    request: Request, region: str, call: Callable[[Request], Response], lock: Any
) -> Response:
    """Answers one ReceiveMessage; `call` passes a request to moto under the lock by itself."""
    fields, encode = _decoded(request)
    queue_name = str(fields.get("QueueUrl", request.path)).rstrip("/").rpartition("/")[2]
    wait = _wait_seconds(fields, _queue(region, queue_name))
    headers = [item for item in request.headers if item[0].lower() != "content-length"]
    immediate = replace(request, body=encode({**fields, "WaitTimeSeconds": 0}), headers=headers)
    end = time.monotonic() + wait
    while True:
        response = call(immediate)
        if _has_messages(response) or response.status != 200 or time.monotonic() >= end:
            return response
        while time.monotonic() < end:
            time.sleep(_CHECK_SECONDS)
            if request.client_is_gone():
                # A message handed to nobody would be invisible for the whole visibility timeout.
                return response
            with lock:
                queue = _queue(region, queue_name)
                if queue is None or any(message.visible for message in queue.messages):
                    break


def _decoded(request: Request) -> tuple[dict[str, Any], Callable[[dict[str, Any]], bytes]]:
    if request.header("X-Amz-Target"):
        return json.loads(request.body or b"{}"), lambda fields: json.dumps(fields).encode()
    form: dict[str, Any] = dict(parse_qsl(request.body.decode()))
    return form, lambda fields: urlencode(fields).encode()


def _wait_seconds(fields: dict[str, Any], queue: Queue | None) -> float:
    given = fields.get("WaitTimeSeconds")
    if given is None and queue is not None:
        given = queue.receive_message_wait_time_seconds  # type: ignore[attr-defined]
    return min(float(given or 0), 20.0)


def _queue(region: str, name: str) -> Queue | None:
    return sqs_backends[ACCOUNT_ID][region].queues.get(name)


def _has_messages(response: Response) -> bool:
    return b'"MessageId"' in response.body or b"<MessageId>" in response.body
