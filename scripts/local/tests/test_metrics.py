"""Which log lines carry metrics (CloudWatch's Embedded Metric Format)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bbws_local.metrics import metrics_in


def _line(directive: dict[str, Any], **fields: Any) -> str:
    told = {"Timestamp": 1_700_000_000_000, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": told, **fields})


def test_each_set_of_dimensions_gets_the_value() -> None:
    directive = {
        "Namespace": "BBWS",
        "Dimensions": [["Environment"], ["Environment", "Step"]],
        "Metrics": [{"Name": "Retries", "Unit": "Count", "StorageResolution": 1}],
    }
    (found,) = metrics_in(_line(directive, Environment="dev", Step=4, Retries=2))

    assert found.namespace == "BBWS"
    assert [one["Dimensions"] for one in found.data] == [
        [{"Name": "Environment", "Value": "dev"}],
        [{"Name": "Environment", "Value": "dev"}, {"Name": "Step", "Value": "4"}],
    ]
    assert found.data[0] == {
        "MetricName": "Retries",
        "Dimensions": [{"Name": "Environment", "Value": "dev"}],
        "Timestamp": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        "Unit": "Count",
        "StorageResolution": 1,
        "Values": [2.0],
        "Counts": [1.0],
    }


def test_without_dimensions_and_unit_there_is_still_a_value() -> None:
    (found,) = metrics_in(_line({"Namespace": "N", "Metrics": [{"Name": "M"}]}, M=[1, 2.5]))

    (datum,) = found.data
    assert datum["Dimensions"] == []
    assert datum["Unit"] == "None"
    assert (datum["Values"], datum["Counts"]) == ([1.0, 2.5], [1.0, 1.0])


_DIRECTIVE = {"Namespace": "N", "Dimensions": [["D"]], "Metrics": [{"Name": "M"}]}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "plain text",
        '{"message": "json"}',
        'not json but "_aws"',
        '{"_aws": 1}',
        '{"_aws": {}}',
        '["_aws"]',
        '{"_aws": {"Timestamp": "soon", "CloudWatchMetrics": []}}',
        _line(_DIRECTIVE, D="d"),
        _line(_DIRECTIVE, M=1),
        _line(_DIRECTIVE, D="d", M="many"),
        _line(_DIRECTIVE, D="d", M=None),
        _line({"Metrics": []}),
    ],
)
def test_a_line_that_is_no_metric_is_only_a_line(line: str) -> None:
    assert metrics_in(line) == []
