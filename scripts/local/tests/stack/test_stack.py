"""The parts of a stack, together."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
import requests

from bbws_local.clients import AwsClients
from bbws_local.description import running_pid
from bbws_local.packages import BuildFailed
from bbws_local.specification import PROCESSOR, AccountSpecification, StackOptions
from bbws_local.stack import FunctionBroken, LocalStack

type Eventually = Callable[[Callable[[], Any]], Any]
type NewOptions = Callable[..., StackOptions]


def _get(stack: LocalStack, path: str, token: str = "") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(f"{stack.api_url}{path}", headers=headers, timeout=10)


def _logged(aws: AwsClients, specification: AccountSpecification) -> list[Any]:
    """The events that the processor wrote to its log in CloudWatch."""
    group = specification.function(PROCESSOR).log_group
    pages = aws.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    messages = [event["message"] for page in pages for event in page["events"]]
    return [json.loads(m)["event"] for m in messages if m.startswith('{"event"')]


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1.0/tenants/tenant-123/sites", "sites"),
        ("/v1.0/templates", "templates"),
        ("/v1.0/plugins", "plugins"),
    ],
)
def test_a_signed_in_callers_request_reaches_its_service(
    stack: LocalStack, path: str, service: str
) -> None:
    answer = _get(stack, path, stack.tokens["tenant-123"]["CUSTOMER_ADMIN"])

    assert answer.status_code == 200, answer.text
    claims = answer.json()["requestContext"]["authorizer"]["jwt"]["claims"]
    assert claims["cognito:groups"] == "[CUSTOMER_ADMIN]"
    assert claims["custom:tenantIds"] == "tenant-123"
    processes = requests.get(
        f"{stack.host_url}/functions/dev-bbws-{service}-service/processes", timeout=5
    ).json()
    assert processes


def test_a_stranger_gets_only_to_what_is_public(stack: LocalStack) -> None:
    assert _get(stack, "/v1.0/templates").status_code == 401
    assert _get(stack, "/v1.0/health").status_code == 200


def test_a_message_in_a_queue_reaches_the_processor(
    aws: AwsClients, specification: AccountSpecification, eventually: Eventually
) -> None:
    for queue in specification.queues:
        url = aws.sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
        aws.sqs.send_message(QueueUrl=url, MessageBody=f"for {queue.name}")

    def bodies() -> set[str]:
        events = _logged(aws, specification)
        return {record["body"] for event in events for record in event.get("Records", [])}

    eventually(lambda: bodies() == {f"for {queue.name}" for queue in specification.queues})


def test_the_clock_wakes_the_processor_again_and_again(
    aws: AwsClients, specification: AccountSpecification, eventually: Eventually
) -> None:
    def ticks() -> list[Any]:
        events = _logged(aws, specification)
        return [event for event in events if event.get("source") == "aws.events"]

    first, second = eventually(lambda: ticks()[:2] if len(ticks()) > 1 else None)
    assert first["detail-type"] == "Scheduled Event"
    assert first["resources"] == [specification.schedule.arn]
    assert first["id"] != second["id"]


def test_the_stack_describes_itself_for_its_owner_only(stack: LocalStack) -> None:
    file = stack.options.state_directory / "stack.json"

    assert json.loads(file.read_text()) == {
        "pid": os.getpid(),
        "apiUrl": stack.api_url,
        "awsEndpointUrl": stack.aws_endpoint_url,
        "wordpressUrl": stack.wordpress_url,
        "controlUrl": stack.host_url,
        "environment": "dev",
        "region": "af-south-1",
        "tokens": stack.tokens,
    }
    for name in ("stack.json", "tenants.json"):
        assert (stack.options.state_directory / name).stat().st_mode & 0o077 == 0
    assert running_pid(stack.options.state_directory) == os.getpid()


def test_a_running_stack_is_complete(stack: LocalStack) -> None:
    assert stack.is_complete
    assert requests.get(f"{stack.wordpress_url}/_simulator/health", timeout=5).status_code == 200


def test_a_failed_build_starts_nothing(new_options: NewOptions) -> None:
    options = new_options()
    (options.root / "scripts" / "build_service.sh").write_text("#!/bin/sh\nexit 1\n")
    stack = LocalStack(options)

    with pytest.raises(BuildFailed):
        stack.start()
    assert list(options.state_directory.iterdir()) == []
    stack.stop()


def test_a_service_that_cannot_start_is_named_and_everything_ends(
    new_options: NewOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    options = new_options("import nothing_of_this_name", log_to_console=True)
    stack = LocalStack(options)

    with pytest.raises(
        FunctionBroken, match=r"dev-bbws-sites-service does not start: .*nothing_of"
    ):
        stack.start()
    assert "emulated AWS and WordPress ready after" in capsys.readouterr().out
    for url in (stack.aws_endpoint_url, stack.wordpress_url):
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=1)
    assert running_pid(options.state_directory) is None
