"""EventBridge's part between an alarm's change and the Automation document that a rule starts.

moto keeps rules and matches patterns; it does not send CloudWatch's events, nor transform their input.
"""

import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from bbws_local.clients import AwsClients

_DEFINITION: Final = ":automation-definition/"


def alarm_change(alarm_arn: str, state: str, before: str, reason: str) -> dict[str, Any]:
    """The event of an alarm's change (CloudWatch docs, "Alarm events and EventBridge")."""
    detail = {
        "alarmName": alarm_arn.split(":", 6)[6],
        "state": {"value": state, "reason": reason},
        "previousState": {"value": before},
        "configuration": {"metrics": []},
    }
    return event_of(alarm_arn, "aws.cloudwatch", "CloudWatch Alarm State Change", detail)


def event_of(arn: str, source: str, detail_type: str, detail: dict[str, Any]) -> dict[str, Any]:
    """An event about a resource, as it is now (EventBridge docs, "Events in Amazon EventBridge")."""
    _, _, _, region, account, _ = arn.split(":", 5)
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [arn],
        "detail": detail,
    }


def automations(clients: AwsClients, event: Any) -> list[tuple[str, dict[str, Any]]]:
    """The Automation documents that the account's rules start for an event, with their parameters."""
    from moto.events.models import EventPattern

    started = []
    for rule in clients.events.list_rules()["Rules"]:
        pattern = rule.get("EventPattern")
        if rule["State"] != "ENABLED" or not pattern:
            continue
        if not EventPattern.load(pattern).matches_event(event):
            continue
        for target in clients.events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            if _DEFINITION in target["Arn"]:
                name = target["Arn"].partition(_DEFINITION)[2].partition(":")[0]
                started.append((name, target_input(target.get("InputTransformer"), event)))
    return started


def target_input(transformer: Any, event: dict[str, Any]) -> dict[str, Any]:
    """What the target is given (EventBridge docs, "Amazon EventBridge input transformation")."""
    text = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        value: Any = event
        for part in path.removeprefix("$.").split("."):
            value = value[part]
        text = text.replace(f"<{name}>", value)
    given: dict[str, Any] = json.loads(text)
    return given
