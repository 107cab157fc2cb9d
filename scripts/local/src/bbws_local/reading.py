"""Reads an account that somebody else has made, so that what runs is what is in it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bbws_local.clients import AwsClients
from bbws_local.specification import (
    AccountSpecification,
    EventSourceMapping,
    FunctionSpecification,
    QueueSpecification,
    ScheduleSpecification,
)

ALIAS: Final = "live"
_UNIT_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86400}


class AccountUnusable(Exception):
    """What an account has is not what a stack can run with; the text says what and why."""


def live(function_name: str) -> str:
    """A function as everybody calls it: by its alias."""
    return f"{function_name}:{ALIAS}"


def read_account(clients: AwsClients, named: AccountSpecification) -> AccountSpecification:
    """The account whose resources have the names of `named`, with the settings that it really has.

    Raises:
        AccountUnusable: something of it is of no use here.
        ClientError: something is not there.
    """
    queues = tuple(_queue(clients, queue) for queue in named.queues)
    mappings = tuple(_mappings(clients, queues))
    return replace(
        named,
        queues=queues,
        dead_letter_queue=_queue(clients, named.dead_letter_queue),
        functions=tuple(published(clients, function, ALIAS) for function in named.functions),
        mappings=mappings,
        mapping_concurrency=_concurrency(clients),
        schedule=_schedule(clients, named.schedule),
    )


def _queue(clients: AwsClients, queue: QueueSpecification) -> QueueSpecification:
    url = clients.sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
    found = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return replace(
        queue,
        visibility_seconds=int(found["VisibilityTimeout"]),
        retention_seconds=int(found["MessageRetentionPeriod"]),
    )


def published(
    clients: AwsClients, function: FunctionSpecification, qualifier: str
) -> FunctionSpecification:
    """A function with the settings that a version of it, or an alias, has in the account.

    Raises:
        ClientError: there is none (ResourceNotFoundException).
    """
    found = clients.lambda_.get_function_configuration(
        FunctionName=function.name, Qualifier=qualifier
    )
    return replace(
        function,
        handler=found["Handler"],
        timeout_seconds=found["Timeout"],
        memory_mb=found["MemorySize"],
        environment=found["Environment"]["Variables"],
    )


def _mappings(
    clients: AwsClients, queues: tuple[QueueSpecification, ...]
) -> Iterator[EventSourceMapping]:
    by_arn = {queue.arn: queue for queue in queues}
    for found in clients.lambda_.list_event_source_mappings()["EventSourceMappings"]:
        if found["State"] == "Enabled":
            yield EventSourceMapping(
                by_arn[found["EventSourceArn"]],
                _name_in(found["FunctionArn"]),
                found["BatchSize"],
                "ReportBatchItemFailures" in found.get("FunctionResponseTypes", []),
            )


def _concurrency(clients: AwsClients) -> int:
    """How many invocations a mapping has at once; the least, should they differ."""
    found = clients.lambda_.list_event_source_mappings()["EventSourceMappings"]
    return min(one["ScalingConfig"]["MaximumConcurrency"] for one in found)


def _schedule(clients: AwsClients, schedule: ScheduleSpecification) -> ScheduleSpecification:
    rule = clients.events.describe_rule(Name=schedule.name)
    targets = clients.events.list_targets_by_rule(Rule=schedule.name)["Targets"]
    if rule["State"] != "ENABLED" or len(targets) != 1:
        raise AccountUnusable(
            f"the rule {schedule.name} is {rule['State']}, with {len(targets)} targets"
        )
    return replace(
        schedule,
        function_name=_name_in(targets[0]["Arn"]),
        every_seconds=seconds_of(rule["ScheduleExpression"]),
    )


def seconds_of(expression: str) -> float:
    """The seconds of `rate(1 minute)` and the like; AccountUnusable for another kind."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if found is None:
        raise AccountUnusable(f"the schedule is not a rate: {expression}")
    return float(found[1]) * _UNIT_SECONDS[found[2]]


def _name_in(arn: str) -> str:
    """The function's name in its ARN, with or without a qualifier."""
    return arn.partition(":function:")[2].partition(":")[0]
