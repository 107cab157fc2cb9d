"""What AWS does between an alarm and the rollback's script: EventBridge's rule, and the Automation document."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from moto.events.models import EventPattern

from bbws_local.automation import filled, variables
from bbws_local.eventbridge import alarm_change, target_input
from terraform.ops_rollback import load_script

NAME: Final = "bbws-wp-rollback-dev"
EXECUTION: Final = "73c8eef8-f4ee-4a05-820c-e354fEXAMPLE"


def alarm_event(alarm_arn: str, state: str = "ALARM", before: str = "OK") -> dict[str, Any]:
    """What CloudWatch sends EventBridge."""
    return alarm_change(alarm_arn, state, before, "Threshold Crossed")


def execution_event(document: str, status: str) -> dict[str, Any]:
    """What Systems Manager sends EventBridge (its docs, "Automation events")."""
    return {
        "version": "0",
        "id": "d290ece9-1088-4383-9df6-cd5b4ac42b99",
        "detail-type": "EC2 Automation Execution Status-change Notification",
        "source": "aws.ssm",
        "account": "123456789012",
        "time": "2026-01-25T08:00:00Z",
        "region": "af-south-1",
        "resources": [],
        "detail": {"ExecutionId": EXECUTION, "Definition": document, "Status": status},
    }


class Rule:
    """A rule of EventBridge, and its target."""

    def __init__(self, aws: Callable[[str], Any], name: str = NAME) -> None:
        events = aws("events")
        described = events.describe_rule(Name=name)
        self.arn: str = described["Arn"]
        self.state: str = described["State"]
        (self.target,) = events.list_targets_by_rule(Rule=name)["Targets"]
        self._pattern = EventPattern.load(described["EventPattern"])

    def matches(self, event: Any) -> bool:
        """Whether the event goes to the target."""
        return bool(self._pattern.matches_event(event))

    def input(self, event: dict[str, Any]) -> Any:
        """What the target is given: what the input transformer makes of an event."""
        return target_input(self.target["InputTransformer"], event)


class Document:
    """The Automation document, as Systems Manager has it."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        answer = aws("ssm").get_document(Name=NAME)
        self.kind: str = answer["DocumentType"]
        self.text: str = answer["Content"]
        self.content: dict[str, Any] = json.loads(self.text)
        self.steps = {step["name"]: step for step in self.content["mainSteps"]}

    def run(self, given: Mapping[str, list[str]]) -> Any:
        """Run the script of the first step with these parameters, as Automation does."""
        step = self.steps["rollBack"]
        script = load_script(step["inputs"]["Script"])
        return getattr(script, step["inputs"]["Handler"])(self.payload(given), None)

    def payload(self, given: Mapping[str, list[str]]) -> dict[str, Any]:
        """What the script is given: the payload with its variables replaced."""
        payload = filled(
            self.steps["rollBack"]["inputs"]["InputPayload"],
            variables(self.content, given, EXECUTION),
        )
        assert "{{" not in json.dumps(payload)
        return payload


def script_in(repository: Path) -> str:
    """The script as it is in the repository."""
    return (repository / "terraform" / "rollback" / "rollback.py").read_text()
