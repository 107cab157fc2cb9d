"""What IAM policies allow, as far as the roles of the functions need it.

Source of fact: IAM docs, "Policy evaluation logic": an explicit deny wins, a boundary must allow too,
and what nothing allows is denied; "IAM JSON policy elements" for wildcards and conditions.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bbws_local.iam.actions import Authorization

_EQUALS: Final = frozenset({"StringEquals"})
_MATCHES: Final = frozenset({"StringLike", "ArnEquals", "ArnLike"})

Context = Mapping[str, str]


@dataclass(frozen=True)
class Statement:
    """A statement with one action and one resource, either with wildcards."""

    effect: str
    action: str
    resource: str
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Operator, key and values of each."""

    def concerns(self, wanted: Authorization, context: Context) -> bool:
        """Whether it speaks of a call. Raises NotImplementedError for an unknown operator."""
        return (
            matches(self.action.lower(), wanted.action.lower())
            and matches(self.resource, wanted.resource)
            and all(self._holds(condition, wanted, context) for condition in self.conditions)
        )

    @staticmethod
    def _holds(
        condition: tuple[str, str, tuple[str, ...]], wanted: Authorization, context: Context
    ) -> bool:
        operator, key, values = condition
        known = {**context, "kms:ViaService": wanted.via} if wanted.via else context
        actual = known.get(key)
        if operator in _EQUALS:
            return actual in values
        if operator in _MATCHES:
            return actual is not None and any(matches(value, actual) for value in values)
        raise NotImplementedError(f"the condition operator {operator} of {key}")


@dataclass(frozen=True)
class Permissions:
    """The policies of a role, and the boundary that limits them where there is one."""

    statements: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None = None

    def allow(self, wanted: Authorization, context: Context) -> bool:
        """Whether a call may be made; `context` has the condition keys that are known of it."""
        return _allowed(self.statements, wanted, context) and (
            self.boundary is None or _allowed(self.boundary, wanted, context)
        )


def _allowed(statements: Iterable[Statement], wanted: Authorization, context: Context) -> bool:
    effects = {one.effect for one in statements if one.concerns(wanted, context)}
    return effects == {"Allow"}


@cache
def statements_of(document: str) -> tuple[Statement, ...]:
    """The statements of a policy document, each action with each resource.

    Raises NotImplementedError for NotAction, NotResource and NotPrincipal.
    """
    content = json.loads(document)
    return tuple(one for given in _listed(content["Statement"]) for one in _statements(given))


def _statements(given: Mapping[str, Any]) -> Iterator[Statement]:
    unknown = {"NotAction", "NotResource", "NotPrincipal"} & set(given)
    if unknown:
        raise NotImplementedError(f"a statement with {', '.join(sorted(unknown))}")
    conditions = tuple(
        (operator, key, tuple(_listed(values)))
        for operator, keys in given.get("Condition", {}).items()
        for key, values in keys.items()
    )
    for action in _listed(given["Action"]):
        for resource in _listed(given["Resource"]):
            yield Statement(given["Effect"], action, resource, conditions)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    """Whether `text` is of a pattern in which `*` is any text and `?` any one character."""
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
