"""Metrics in log lines: CloudWatch's Embedded Metric Format (EMF) to PutMetricData.

Source of fact: AWS docs "Specification: Embedded metric format".
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef


@dataclass(frozen=True)
class MetricData:
    """The data of one namespace that one log line carries."""

    namespace: str
    data: "list[MetricDatumTypeDef]"


def metrics_in(line: str) -> list[MetricData]:
    """The metrics of a log line; none when it is not EMF."""
    if '"_aws"' not in line:
        return []
    try:
        document = json.loads(line)
        directives = document["_aws"]["CloudWatchMetrics"]
        timestamp = datetime.fromtimestamp(document["_aws"]["Timestamp"] / 1000, UTC)
        return [
            MetricData(directive["Namespace"], list(_data(document, directive, timestamp)))
            for directive in directives
        ]
    except (ValueError, KeyError, TypeError):
        # CloudWatch keeps a malformed document as a log line and extracts nothing.
        return []


def _data(
    document: dict[str, Any], directive: dict[str, Any], timestamp: datetime
) -> "Iterator[MetricDatumTypeDef]":
    for names in directive.get("Dimensions") or [[]]:
        dimensions = [{"Name": name, "Value": str(document[name])} for name in names]
        for metric in directive["Metrics"]:
            value = document[metric["Name"]]
            values = value if isinstance(value, list) else [value]
            datum: Any = {
                "MetricName": metric["Name"],
                "Dimensions": dimensions,
                "Timestamp": timestamp,
                "Unit": metric.get("Unit", "None"),
                "StorageResolution": metric.get("StorageResolution", 60),
                "Values": [float(one) for one in values],
                "Counts": [1.0] * len(values),
            }
            yield datum
