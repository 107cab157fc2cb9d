"""The dashboard of the applied account: everything on it exists, and it can be looked at."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest

from bbws_local.alarms import calculate
from terraform.ops_emitted import Emitted, emitted_by_the_code
from terraform.ops_metrics_known import resources, unit_of

ROOT: Final = Path(__file__).resolve().parents[2]
GRID: Final = 24
"""Units of width that CloudWatch's grid has."""
SCREEN: Final = 16
"""Units of height that a screen of 1080 lines shows."""

Widget = dict[str, Any]


@pytest.fixture(scope="module")
def emitted() -> frozenset[Emitted]:
    return emitted_by_the_code()


@pytest.fixture(scope="module")
def dashboard(aws: Callable[[str], Any]) -> dict[str, Any]:
    found = aws("cloudwatch").get_dashboard(DashboardName="bbws-wp-site-management-dev")
    body: dict[str, Any] = json.loads(found["DashboardBody"])
    return body


@pytest.fixture(scope="module")
def widgets(dashboard: dict[str, Any]) -> list[Widget]:
    return list(dashboard["widgets"])


@pytest.fixture(scope="module")
def alarms(aws: Callable[[str], Any]) -> dict[str, Any]:
    found = aws("cloudwatch").describe_alarms()["MetricAlarms"]
    return {one["AlarmName"].removeprefix("bbws-wp-").removesuffix("-dev"): one for one in found}


def _of(widgets: list[Widget], kind: str) -> list[Widget]:
    return [widget for widget in widgets if widget["type"] == kind]


def _lines(widget: Widget) -> Iterator[tuple[str, str, dict[str, str], dict[str, Any]]]:
    """Namespace, name, dimensions and options of each metric; expressions are left out."""
    for line in widget["properties"]["metrics"]:
        *named, options = line
        if named:
            namespace, name, *pairs = named
            yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)), options


def _expressions(widget: Widget) -> list[str]:
    return [line[-1]["expression"] for line in widget["properties"]["metrics"] if len(line) == 1]


def test_it_has_the_name_of_the_runbook(aws: Callable[[str], Any]) -> None:
    entries = aws("cloudwatch").list_dashboards()["DashboardEntries"]
    assert [entry["DashboardName"] for entry in entries] == ["bbws-wp-site-management-dev"]


def test_every_metric_on_it_is_emitted_just_so(
    aws: Callable[[str], Any], widgets: list[Widget], emitted: frozenset[Emitted]
) -> None:
    existing = resources(aws)
    for widget in _of(widgets, "metric"):
        for namespace, name, dimensions, options in _lines(widget):
            assert unit_of(namespace, name, dimensions, emitted, existing)
            assert options["stat"] in {"Sum", "Maximum", "SampleCount", "p50", "p95", "p99"}


def test_the_axes_say_the_unit_of_what_they_show(
    aws: Callable[[str], Any], widgets: list[Widget], emitted: frozenset[Emitted]
) -> None:
    labels = {"Count": "count", "Milliseconds": "ms", "Seconds": "s"}
    existing = resources(aws)
    for widget in _of(widgets, "metric"):
        properties = widget["properties"]
        if properties["view"] == "singleValue":
            continue
        label = properties["yAxis"]["left"]["label"]
        units = {unit_of(n, m, d, emitted, existing) for n, m, d, _ in _lines(widget)}
        assert label == "%" if _expressions(widget) else {label} == {labels[u] for u in units}


def test_every_metric_the_code_emits_is_on_it(
    widgets: list[Widget], emitted: frozenset[Emitted]
) -> None:
    shown = {name for widget in _of(widgets, "metric") for _, name, _, _ in _lines(widget)}
    assert {one.name for one in emitted} <= shown


def test_rates_are_calculated_as_the_alarms_calculate_them(
    widgets: list[Widget], alarms: dict[str, Any]
) -> None:
    of_alarms = {
        query["Expression"]: alarm
        for alarm in alarms.values()
        for query in alarm.get("Metrics", [])
        if "Expression" in query
    }
    drawn = [widget for widget in _of(widgets, "metric") if _expressions(widget)]
    assert len(drawn) == 3
    for widget in drawn:
        (expression,) = _expressions(widget)
        alarm = of_alarms[expression]
        ids = {options["id"]: 1.0 for *_, options in _lines(widget)}
        assert calculate(expression, ids) is not None
        stats = {q["MetricStat"]["Period"] for q in alarm["Metrics"] if "MetricStat" in q}
        assert stats == {widget["properties"]["period"]}
        (line,) = widget["properties"]["annotations"]["horizontal"]
        assert line["value"] == alarm["Threshold"]


def test_every_threshold_is_drawn_where_its_alarm_has_it(
    widgets: list[Widget], alarms: dict[str, Any]
) -> None:
    lines = [
        line
        for widget in _of(widgets, "metric")
        for line in widget["properties"].get("annotations", {}).get("horizontal", [])
    ]
    drawn = {
        line["label"].removeprefix("alarm "): line["value"]
        for line in lines
        if line["label"].startswith("alarm ")
    }
    # These have no line of their own: one is a yes or no, the other ends all rollbacks.
    without = {"site-creation-stalled", "rollback-not-started"}
    assert drawn == {k: one["Threshold"] for k, one in alarms.items() if k not in without}


def test_the_first_screen_shows_every_alarm_and_what_rolls_back(
    widgets: list[Widget], alarms: dict[str, Any]
) -> None:
    first = [widget for widget in widgets if widget["y"] + widget["height"] <= SCREEN]
    (status,) = _of(first, "alarm")
    assert sorted(status["properties"]["alarms"]) == sorted(a["AlarmArn"] for a in alarms.values())
    titles = " ".join(widget["properties"].get("title", "") for widget in _of(first, "metric"))
    assert titles.count("the service rolls back") == 2
    assert [w["properties"]["view"] for w in _of(first, "metric")].count("singleValue") == 6


def test_widgets_fill_the_grid_and_none_covers_another(widgets: list[Widget]) -> None:
    area = 0
    for widget in widgets:
        assert 0 <= widget["x"] <= widget["x"] + widget["width"] <= GRID
        area += widget["width"] * widget["height"]
    for one, other in combinations(widgets, 2):
        apart = (
            one["x"] + one["width"] <= other["x"]
            or other["x"] + other["width"] <= one["x"]
            or one["y"] + one["height"] <= other["y"]
            or other["y"] + other["height"] <= one["y"]
        )
        assert apart, f"{one['properties']} and {other['properties']}"
    assert area == GRID * max(widget["y"] + widget["height"] for widget in widgets)


def test_periods_are_kept_whatever_time_is_looked_at(dashboard: dict[str, Any]) -> None:
    assert dashboard["periodOverride"] == "inherit"


def test_its_links_lead_somewhere(widgets: list[Widget]) -> None:
    texts = "\n".join(widget["properties"]["markdown"] for widget in _of(widgets, "text"))
    links = re.findall(r"\]\(https://github\.com/[^/]+/[^/]+/blob/main/([^)#]+)(#[^)]+)?\)", texts)
    assert len(links) >= 4
    for path, anchor in links:
        page = (ROOT / path).read_text()
        headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
        anchors = {f"#{heading.lower().replace(' ', '-')}" for heading in headings}
        assert anchor == "" or anchor in anchors


def test_the_last_errors_are_read_from_the_functions_logs(
    aws: Callable[[str], Any], widgets: list[Widget]
) -> None:
    (log,) = _of(widgets, "log")
    functions = aws("lambda").list_functions()["Functions"]
    groups = re.findall(r"SOURCE '([^']+)'", log["properties"]["query"])
    assert sorted(groups) == sorted(f"/aws/lambda/{one['FunctionName']}" for one in functions)
    found = aws("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    assert set(groups) <= {group["logGroupName"] for group in found}
    # What the code logs, an exception that nobody caught, and what Lambda cut off.
    for of in ("level in ['ERROR', 'CRITICAL']", "log_level = 'ERROR'", "type = 'platform.report'"):
        assert of in log["properties"]["query"]
