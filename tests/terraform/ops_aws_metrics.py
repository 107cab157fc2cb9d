"""The metrics AWS emits, as far as the alarms and the dashboard name them.

Sources, each a page of the AWS documentation:
- Lambda: "Types of metrics for Lambda functions"; dimensions: "Viewing metrics for Lambda functions".
- API Gateway: "Monitor CloudWatch metrics for HTTP APIs in API Gateway".
- SQS: "Available CloudWatch metrics for Amazon SQS".
- EventBridge: "Monitoring Amazon EventBridge".
- DynamoDB: "DynamoDB metrics and dimensions".
- Elastic Load Balancing: "CloudWatch metrics for your Application Load Balancer".
"""

from dataclasses import dataclass
from typing import Final

_FUNCTION: Final = frozenset({"FunctionName"})
_ALIAS: Final = frozenset({"FunctionName", "Resource"})
_STAGE: Final = frozenset({"ApiId", "Stage"})
_TABLE: Final = frozenset({"TableName"})


@dataclass(frozen=True)
class AwsMetric:
    """A metric: its unit, and the sets of dimensions it is emitted with."""

    unit: str
    dimensions: frozenset[frozenset[str]]


def _metric(unit: str, *dimensions: frozenset[str]) -> AwsMetric:
    return AwsMetric(unit, frozenset(dimensions))


_QUEUE: Final = _metric("Count", frozenset({"QueueName"}))
_BALANCER: Final = _metric("Count", frozenset({"LoadBalancer"}))

DOCUMENTED: Final = {
    ("AWS/Lambda", "Errors"): _metric("Count", _FUNCTION, _ALIAS),
    ("AWS/Lambda", "Throttles"): _metric("Count", _FUNCTION, _ALIAS),
    ("AWS/Lambda", "Duration"): _metric("Milliseconds", _FUNCTION, _ALIAS),
    ("AWS/Lambda", "ConcurrentExecutions"): _metric("Count", _FUNCTION, _ALIAS),
    ("AWS/ApiGateway", "Count"): _metric("Count", _STAGE),
    ("AWS/ApiGateway", "4xx"): _metric("Count", _STAGE),
    ("AWS/ApiGateway", "5xx"): _metric("Count", _STAGE),
    ("AWS/ApiGateway", "Latency"): _metric("Milliseconds", _STAGE),
    ("AWS/ApiGateway", "IntegrationLatency"): _metric("Milliseconds", _STAGE),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): _QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): _QUEUE,
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): _metric("Seconds", frozenset({"QueueName"})),
    ("AWS/Events", "FailedInvocations"): _metric("Count", frozenset({"RuleName"})),
    ("AWS/DynamoDB", "ReadThrottleEvents"): _metric("Count", _TABLE),
    ("AWS/DynamoDB", "WriteThrottleEvents"): _metric("Count", _TABLE),
    ("AWS/DynamoDB", "TransactionConflict"): _metric("Count", _TABLE),
    ("AWS/DynamoDB", "SuccessfulRequestLatency"): _metric(
        "Milliseconds", frozenset({"TableName", "Operation"})
    ),
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): _BALANCER,
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): _BALANCER,
    ("AWS/ApplicationELB", "TargetConnectionErrorCount"): _BALANCER,
}
"""By namespace and name."""
