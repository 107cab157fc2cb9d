"""What the runbook asks of each alarm: how much is still well, and how much is not.

A reading names a metric, and where several carry the same name the resource too: `Errors/{function}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bbws_local.alarms import Data, MetricOfAlarm, Values

SITES, TEMPLATES, PROCESSOR = (
    f"dev-bbws-{service}" for service in ("sites-service", "templates-service", "async-processor")
)
_NAMED_BY: Final = ("FunctionName", "QueueName", "RuleName")


@dataclass(frozen=True)
class Case:
    """One alarm.

    Attributes:
        alarm: Its name without `bbws-wp-` and the environment.
        runbook: The row of the runbook's section 8 or 9, in its words; empty where there is none.
        period_minutes: Over how long a value is made; the runbook's number where it has one.
        well: The most that is still well.
        bad: The least that is not.
    """

    alarm: str
    runbook: str
    period_minutes: int
    well: Mapping[str, Values]
    bad: Mapping[str, Values]
    periods: int = 1


def readings(values: Mapping[str, Values]) -> Data:
    """What CloudWatch has of a period."""

    def of(metric: MetricOfAlarm) -> Values:
        resource = next((v for k, v in sorted(metric.dimensions) if k in _NAMED_BY), "")
        return values.get(f"{metric.name}/{resource}", values.get(metric.name, ()))

    return of


NOTHING: Final = readings({})

CASES: Final = (
    Case(
        "site-creation-stalled",
        "SiteCreated | BBWS/WPTechnical | Monitor count",
        5,
        well={"ApproximateNumberOfMessagesVisible": [3, 2], "SiteCreated": [1]},
        bad={"ApproximateNumberOfMessagesVisible": [3, 3]},
        periods=3,
    ),
    Case(
        "site-creation-failed",
        "SiteCreationFailed | BBWS/WPTechnical | < 5 per 15 min",
        15,
        well={"SiteCreationFailed": [1] * 4},
        bad={"SiteCreationFailed": [1] * 5},
    ),
    Case(
        "site-creation-duration",
        "SiteCreationDuration | BBWS/WPTechnical | < 600s (p95)",
        15,
        well={"SiteCreationDuration": [599.9] * 19 + [9000]},
        bad={"SiteCreationDuration": [30] * 18 + [600] * 2},
    ),
    Case(
        "wordpress-api-latency",
        "WordPressAPILatency | BBWS/WPTechnical | < 5000ms (p95)",
        5,
        well={"WordPressAPILatency": [4999.9] * 19 + [20_000]},
        bad={"WordPressAPILatency": [80] * 18 + [5000] * 2},
    ),
    Case(
        "dlq-messages",
        "DLQMessages | BBWS/WPTechnical | = 0",
        5,
        well={"DLQMessages": [0] * 5},
        bad={"DLQMessages": [0, 0, 1, 0, 0]},
    ),
    Case(
        "lambda-errors",
        "LambdaErrors | AWS/Lambda | < 10 per 5 min",
        5,
        well={f"Errors/{SITES}": [1] * 5, f"Errors/{PROCESSOR}": [4]},
        bad={f"Errors/{SITES}": [1] * 5, f"Errors/{PROCESSOR}": [4], f"Errors/{TEMPLATES}": [1]},
    ),
    Case(
        "lambda-throttles",
        "LambdaThrottles | AWS/Lambda | < 5 per 5 min",
        5,
        well={f"Throttles/{SITES}": [4]},
        bad={f"Throttles/{SITES}": [4], f"Throttles/{PROCESSOR}": [1]},
    ),
    Case(
        "rollback-lambda-errors",
        "Lambda errors > 50 in 5 minutes | Trigger rollback",
        5,
        well={f"Errors/{SITES}": [25], f"Errors/{PROCESSOR}": [25]},
        bad={f"Errors/{SITES}": [25], f"Errors/{PROCESSOR}": [26]},
    ),
    Case(
        "rollback-api-5xx-rate",
        "API Gateway 5xx rate > 10% | Trigger rollback",
        5,
        well={"Count": [1] * 100, "5xx": [1] * 10 + [0] * 90},
        bad={"Count": [1] * 100, "5xx": [1] * 11 + [0] * 89},
    ),
    Case(
        "dlq-backlog",
        "SQS DLQ messages > 10 | Alert + manual decision",
        5,
        well={"ApproximateNumberOfMessagesVisible": [9, 10]},
        bad={"ApproximateNumberOfMessagesVisible": [9, 11]},
    ),
    Case(
        "site-creation-success-rate",
        "Site creation success rate < 95% | Alert + manual decision",
        60,
        well={"SiteCreated": [1] * 19, "SiteCreationFailed": [1]},
        bad={"SiteCreated": [1] * 18, "SiteCreationFailed": [1]},
    ),
    Case(
        "wordpress-api-timeout-rate",
        "WordPress API timeout rate > 5% | Alert + investigate",
        5,
        well={"WordPressAPILatency": [80] * 95 + [20_000] * 5, "WordPressAPITimeout": [1] * 5},
        bad={"WordPressAPILatency": [80] * 94 + [20_000] * 6, "WordPressAPITimeout": [1] * 6},
    ),
    Case(
        "rollback-not-started",
        "",
        5,
        well={"FailedInvocations": [0]},
        bad={"FailedInvocations/bbws-wp-rollback-failed-dev": [1]},
    ),
)
