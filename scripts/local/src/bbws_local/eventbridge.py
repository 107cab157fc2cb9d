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
    _, _, _, region, account, _, name = alarm_arn.split(":", 6)
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [alarm_arn],
        "detail": {
            "alarmName": name,
            "state": {"value": state, "reason": reason},
            "previousState": {"value": before},
            "configuration": {"metrics": []},
        },
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
