"""CloudWatch's side of an alarm: from the values of some periods to its state.

By the alarm's own definition as DescribeAlarms gives it, and no more of metric math than the alarms use
(CloudWatch docs, "Using math expressions with CloudWatch metrics" and "Using Amazon CloudWatch alarms").
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

Values = Sequence[float]


@dataclass(frozen=True)
class MetricOfAlarm:
    """A metric that an alarm looks at, and the statistic over a period that it takes."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    statistic: str
    period_seconds: int


Data = Callable[[MetricOfAlarm], Values]
"""What a metric's values of one period are; empty when there was none."""

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_TOTALS: Final[Mapping[str, Callable[[Values], float]]] = {"Sum": sum, "Maximum": max}
_OPERATORS: Final[Mapping[type, Callable[[float, float], Any]]] = {
    ast.Add: operator.add,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
}


class Alarm:
    """An alarm of the account."""

    def __init__(self, described: "MetricAlarmTypeDef") -> None:
        self.described = described
        self.name = described["AlarmName"]
        self.metrics = _metrics_of(described)
        self._expressions = {
            query["Id"]: query["Expression"]
            for query in described.get("Metrics", [])
            if "Expression" in query
        }

    @property
    def period_seconds(self) -> int:
        """The length of a period, the same for all of its metrics."""
        (length,) = {metric.period_seconds for metric in self.metrics.values()}
        return length

    @property
    def periods(self) -> int:
        """How many periods it looks at."""
        return self.described["EvaluationPeriods"]

    def state(self, *periods: Data) -> str:
        """ALARM or OK after these periods, the latest last.

        A period without a value counts as `TreatMissingData` says; nothing here keeps a state.
        """
        wanted = self.described.get("DatapointsToAlarm", self.described["EvaluationPeriods"])
        if (
            len(periods) < self.described["EvaluationPeriods"]
            or wanted != self.described["EvaluationPeriods"]
        ):
            raise NotImplementedError(f"{self.name}: {wanted} of {len(periods)} periods")
        bad = [self._is_bad(data) for data in periods[-wanted:]]
        return "ALARM" if all(bad) else "OK"

    def value(self, data: Data) -> float | None:
        """What is compared with the threshold; None when there is nothing."""
        values = {id_: _statistic(data(m), m.statistic) for id_, m in self.metrics.items()}
        if not self._expressions:
            return next(iter(values.values()))
        (expression,) = self._expressions.values()
        return calculate(expression, values)

    def _is_bad(self, data: Data) -> bool:
        value = self.value(data)
        if value is None:
            missing = self.described["TreatMissingData"]
            if missing not in ("breaching", "notBreaching"):
                raise NotImplementedError(f"{self.name}: missing data that is {missing}")
            return missing == "breaching"
        return _COMPARISONS[self.described["ComparisonOperator"]](
            value, self.described["Threshold"]
        )


def _metrics_of(described: "MetricAlarmTypeDef") -> dict[str, MetricOfAlarm]:
    if "MetricName" in described:
        statistic = described.get("ExtendedStatistic") or described["Statistic"]
        return {"metric": _metric(described, str(statistic), described["Period"])}
    return {
        query["Id"]: _metric(
            query["MetricStat"]["Metric"],
            query["MetricStat"]["Stat"],
            query["MetricStat"]["Period"],
        )
        for query in described["Metrics"]
        if "MetricStat" in query
    }


def _metric(described: Mapping[str, Any], statistic: str, period: int) -> MetricOfAlarm:
    return MetricOfAlarm(
        described["Namespace"],
        described["MetricName"],
        frozenset((one["Name"], one["Value"]) for one in described.get("Dimensions", [])),
        statistic,
        period,
    )


def _statistic(values: Values, statistic: str) -> float | None:
    if not values:
        return None
    if statistic == "SampleCount":
        return len(values)
    if statistic.startswith("p"):
        rank = math.ceil(float(statistic[1:]) / 100 * len(values))
        return sorted(values)[max(rank, 1) - 1]
    return _TOTALS[statistic](values)


def calculate(expression: str, values: Mapping[str, float | None]) -> float | None:
    """Metric math for one period. KeyError or NotImplementedError for what it does not know.

    A metric without a value makes what it is used in have none; only FILL gives it one.
    """
    tree = ast.parse(expression.replace(" AND ", " and "), mode="eval").body
    result = _evaluate(tree, values)
    return None if result is None else float(result)


def _evaluate(node: ast.expr, values: Mapping[str, float | None]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _apply(_OPERATORS[type(op)], left, right, values)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _apply(_OPERATORS[type(op)], left, right, values)
        case ast.BoolOp(op=ast.And(), values=parts):
            found = [_evaluate(part, values) for part in parts]
            return None if None in found else all(found)
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return _call(function, arguments, values)
    raise NotImplementedError(ast.dump(node))


def _apply(
    function: Callable[[float, float], Any],
    left: ast.expr,
    right: ast.expr,
    values: Mapping[str, float | None],
) -> Any:
    first, second = _evaluate(left, values), _evaluate(right, values)
    if first is None or second is None or (function is operator.truediv and second == 0):
        return None
    return function(first, second)


def _call(function: str, arguments: list[ast.expr], values: Mapping[str, float | None]) -> Any:
    match function, arguments:
        case "FILL", [series, filler]:
            value = _evaluate(series, values)
            return _evaluate(filler, values) if value is None else value
        case "IF", [condition, then, otherwise]:
            chosen = then if _evaluate(condition, values) else otherwise
            return _evaluate(chosen, values)
        case "MAX", [ast.List(elts=parts)]:
            found = [value for part in parts if (value := _evaluate(part, values)) is not None]
            return max(found, default=None)
    raise NotImplementedError(function)
