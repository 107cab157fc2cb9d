"""Issue "Site Creation Stuck in PROVISIONING": queues, DLQ, mappings, operations that nobody carries on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from botocore.exceptions import ClientError

from bbws_operations.diagnosis.finding import Finding, Level
from bbws_operations.environment import PROCESSOR, TABLE, Environment
from bbws_operations.errors import is_missing

_STUCK_AFTER: Final = timedelta(minutes=15)
_SHARDS: Final = 4
"""Of GSI4 (shared/src/bbws_shared/keys.py, IN_FLIGHT_SHARDS)."""
_BACKLOG: Final = 50
"""Five rounds of the ten messages that are worked on at a time."""


def queues(environment: Environment) -> Iterator[Finding]:
    """The queues and the DLQ."""
    for queue in (*environment.queues.values(), environment.dead_letter_queue):
        waiting = _waiting(environment, queue)
        if waiting is None:
            yield Finding(Level.FAIL, queue, "does not exist", "terraform plan")
        elif queue == environment.dead_letter_queue and waiting:
            yield Finding(
                Level.FAIL, queue, f"holds what was given up, messages: {waiting}",
                f"scripts/redrive_dlq --environment {environment.name} --dry-run",
            )  # fmt: skip
        elif waiting > _BACKLOG:
            yield Finding(
                Level.WARN, queue, f"messages waiting: {waiting}",
                "is the processor running, and is WordPress slow?",
            )  # fmt: skip
        else:
            yield Finding(Level.OK, queue, f"messages waiting: {waiting}")


def _waiting(environment: Environment, queue: str) -> int | None:
    try:
        url = environment.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    answer = environment.sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def mappings(environment: Environment) -> Iterator[Finding]:
    """What brings the queues' messages, and the schedule, to the processor."""
    processor = environment.function(PROCESSOR)
    pages = environment.lambda_.get_paginator("list_event_source_mappings").paginate()
    states = {
        one["EventSourceArn"].rpartition(":")[2]: one["State"]
        for page in pages
        for one in page["EventSourceMappings"]
        if f":{processor}" in one["FunctionArn"]
    }
    for queue in environment.queues.values():
        state = states.get(queue)
        level = Level.OK if state == "Enabled" else Level.FAIL
        seen = f"is {state}" if state else "does not exist"
        advice = "" if state == "Enabled" else "terraform plan"
        yield Finding(level, f"{queue} -> {processor}", seen, advice)
    rule = f"{environment.name}-bbws-reconcile"
    try:
        state = environment.client("events").describe_rule(Name=rule)["State"]
    except ClientError as error:
        if not is_missing(error):
            raise
        state = None
    level = Level.OK if state == "ENABLED" else Level.FAIL
    yield Finding(
        level,
        f"schedule {rule}",
        f"is {state or 'missing'}",
        "" if state == "ENABLED" else "without it nothing lost is sent again: terraform plan",
    )


def operations(environment: Environment) -> Iterator[Finding]:
    """Operations that have gone on for more than 15 minutes."""
    stuck = sorted(_stuck(environment))
    if not stuck:
        yield Finding(Level.OK, "operations", "none has gone on for more than 15 minutes")
    for created, operation, site, status in stuck:
        yield Finding(
            Level.FAIL, operation, f"of {site} is {status} since {created}",
            f"the processor's log says why; scripts/retry_site {site} once it has failed",
        )  # fmt: skip


def _stuck(environment: Environment) -> Iterator[tuple[str, str, str, str]]:
    before = (datetime.now(UTC) - _STUCK_AFTER).isoformat()
    for shard in range(_SHARDS):
        pages = environment.dynamodb.get_paginator("query").paginate(
            TableName=TABLE,
            IndexName="GSI4",
            KeyConditionExpression="GSI4PK = :shard",
            ExpressionAttributeValues={":shard": {"S": f"INFLIGHT#{shard}"}},
        )
        for page in pages:
            for item in page["Items"]:
                text = {name: value["S"] for name, value in item.items() if "S" in value}
                in_flight = text.get("status") in ("PENDING", "IN_PROGRESS")
                if in_flight and text["createdAt"] < before:
                    yield (text["createdAt"], text["operationId"], text["siteId"], text["status"])
