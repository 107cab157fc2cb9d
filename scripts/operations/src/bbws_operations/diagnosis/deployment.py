"""Issues "Terraform Lock Timeout" and "Lambda Deployment Fails"."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bbws_operations.diagnosis.finding import Finding, Level
from bbws_operations.environment import Environment
from bbws_operations.errors import Failure
from bbws_operations.functions import ALIAS, configuration_of, live_of
from bbws_operations.shifting import firing

_STALE = timedelta(hours=1)
"""No apply takes as long."""


def lock(environment: Environment) -> Iterator[Finding]:
    """Terraform's lock."""
    name = environment.name
    path = f"bbws-terraform-state-{name}/site-management-lambda/{name}/terraform.tfstate"
    answer = environment.dynamodb.get_item(
        TableName=f"terraform-state-lock-{name}", Key={"LockID": {"S": path}}, ConsistentRead=True
    )
    if "Item" not in answer:
        yield Finding(Level.OK, "Terraform's lock", "is free")
        return
    info = json.loads(answer["Item"].get("Info", {}).get("S", "{}"))
    who, since = info.get("Who", "somebody"), info.get("Created", "")
    seen = (
        f"is held by {who} since {since or 'an unknown time'} ({info.get('Operation', 'unknown')})"
    )
    advice = (
        f"make sure that run has ended, then: terraform force-unlock {info.get('ID', 'LOCK_ID')}"
    )
    level = Level.FAIL if _is_stale(since) else Level.WARN
    yield Finding(level, "Terraform's lock", seen, advice)


def _is_stale(since: str) -> bool:
    try:
        return datetime.now(UTC) - datetime.fromisoformat(since) > _STALE
    except (ValueError, TypeError):
        return True


def functions(environment: Environment) -> Iterator[Finding]:
    """The four functions."""
    for function in environment.functions.values():
        try:
            found = configuration_of(environment, function)
        except Failure:
            yield Finding(
                Level.FAIL, function, "does not exist",
                "scripts/build_all.sh, then ls -la */dist/*.zip; then scripts/deploy",
            )  # fmt: skip
            continue
        if found.troubles:
            yield Finding(
                Level.FAIL, function, "; ".join(found.troubles),
                "Lambda's reason is in brackets; a role or a subnet that is gone shows there",
            )  # fmt: skip
        else:
            yield Finding(Level.OK, function, "is Active")
        yield from _alias(environment, function)


def _alias(environment: Environment, function: str) -> Iterator[Finding]:
    live = live_of(environment, function)
    what = f"{function}:{ALIAS}"
    if live is None:
        yield Finding(Level.FAIL, what, "does not exist, so nobody can call it", "scripts/deploy")
        return
    release = configuration_of(environment, function, live.version).release or "no release"
    if live.weights:
        yield Finding(
            Level.WARN, what, f"shares the calls: version {live.version} and {live.weights}",
            "a deployment is under way, or was cut off: scripts/deploy goes on, scripts/rollback goes back",
        )  # fmt: skip
        return
    newest = max(
        int(one["Version"])
        for page in environment.lambda_.get_paginator("list_versions_by_function").paginate(
            FunctionName=function
        )
        for one in page["Versions"]
        if one["Version"].isdecimal()
    )
    if int(live.version) < newest:
        yield Finding(
            Level.WARN, what, f"serves version {live.version} ({release}), and the newest is {newest}",
            "it was rolled back; docs/operations.md, After it",
        )  # fmt: skip
    else:
        yield Finding(Level.OK, what, f"serves version {live.version} ({release})")


def alarms(environment: Environment) -> Iterator[Finding]:
    """The alarms of the service."""
    pages = environment.cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix="bbws-wp-", StateValue="ALARM"
    )
    ringing = [
        alarm for page in pages for alarm in page["MetricAlarms"] if alarm["StateValue"] == "ALARM"
    ]
    try:
        firing(environment)
    except Failure as missing:
        yield Finding(Level.FAIL, "rollback alarms", missing.message, "terraform plan")
    if not ringing:
        yield Finding(Level.OK, "alarms", "none fires")
    for alarm in ringing:
        section = alarm["AlarmName"].removesuffix(f"-{environment.name}")
        yield Finding(
            Level.FAIL, alarm["AlarmName"], alarm.get("StateReason", "fires"),
            f"docs/operations.md#{section}",
        )  # fmt: skip
