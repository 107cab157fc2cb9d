"""What a request would do: the answer to a mutation with `validateOnly=true`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from bbws_shared.http import answer


@dataclass(frozen=True)
class Check:
    """Something that was looked at before anything is changed, and whether it is well."""

    name: str
    passed: bool
    message: str | None = None

    def shown(self) -> dict[str, Any]:
        """The check as callers see it."""
        status = "PASS" if self.passed else "FAIL"
        told = {} if self.message is None else {"message": self.message}
        return {"name": self.name, "status": status, **told}


@dataclass(frozen=True)
class Plan:
    """What would be done.

    Attributes:
        action: The action in the words of the API.
        steps: The steps of the operation that would carry it out, in their order.
        effects: What would be different afterwards, by the fields' API names.
        checks: What was checked beyond the request itself.
    """

    action: str
    steps: tuple[str, ...] = ()
    effects: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()


def plan_answer(plan: Plan) -> dict[str, Any]:
    """The answer that says what would be done; nothing has been."""
    shown = {"action": plan.action, "steps": list(plan.steps), "effects": dict(plan.effects)}
    checks = [check.shown() for check in plan.checks]
    return answer(HTTPStatus.OK, {"validateOnly": True, "plan": shown, "checks": checks})
