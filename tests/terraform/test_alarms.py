"""The alarms of the applied account: what they look at exists, and they fire when the runbook wants it."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.alarms import Alarm
from bbws_shared.observability import Metric
from terraform.ops_cases import CASES, NOTHING, PROCESSOR, Case, readings
from terraform.ops_emitted import Emitted, emitted_by_the_code
from terraform.ops_metrics_known import resources, unit_of

Alarms = dict[str, Alarm]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.alarm)


@pytest.fixture(scope="module")
def emitted() -> frozenset[Emitted]:
    return emitted_by_the_code()


@pytest.fixture(scope="module")
def alarms(aws: Callable[[str], Any]) -> Alarms:
    found = aws("cloudwatch").describe_alarms(AlarmNamePrefix="bbws-wp-")["MetricAlarms"]
    return {_key(one["AlarmName"]): Alarm(one) for one in found}


def _key(name: str) -> str:
    return name.removeprefix("bbws-wp-").removesuffix("-dev")


def test_there_is_an_alarm_for_every_row_of_the_runbook_and_no_other(
    aws: Callable[[str], Any], alarms: Alarms
) -> None:
    assert set(alarms) == {case.alarm for case in CASES}
    every = aws("cloudwatch").describe_alarms()["MetricAlarms"]
    assert sorted(one["AlarmName"] for one in every) == sorted(
        f"bbws-wp-{case.alarm}-dev" for case in CASES
    )


@each_case
def test_an_alarm_is_silent_at_the_last_value_that_is_well(alarms: Alarms, case: Case) -> None:
    assert alarms[case.alarm].state(*[readings(case.well)] * case.periods) == "OK"


@each_case
def test_an_alarm_fires_at_the_first_value_that_is_not(alarms: Alarms, case: Case) -> None:
    assert alarms[case.alarm].state(*[readings(case.bad)] * case.periods) == "ALARM"


@each_case
def test_an_alarm_that_fired_is_over_when_all_is_well_again(alarms: Alarms, case: Case) -> None:
    bad, well = readings(case.bad), readings(case.well)
    assert alarms[case.alarm].state(*[bad] * case.periods, well) == "OK"


@each_case
def test_the_periods_are_those_of_the_runbook(alarms: Alarms, case: Case) -> None:
    alarm = alarms[case.alarm]
    assert {metric.period_seconds for metric in alarm.metrics.values()} == {
        60 * case.period_minutes
    }
    assert alarm.described["EvaluationPeriods"] == case.periods


@each_case
def test_percentiles_are_percentiles(alarms: Alarms, case: Case) -> None:
    described = alarms[case.alarm].described
    assert ("(p95)" in case.runbook) == (described.get("ExtendedStatistic") == "p95")
    assert described.get("EvaluateLowSampleCountPercentile") in (None, "", "evaluate")


@each_case
def test_nothing_at_all_alarms_only_where_silence_is_a_fault(alarms: Alarms, case: Case) -> None:
    expected = "ALARM" if case.alarm == "dlq-messages" else "OK"
    assert alarms[case.alarm].state(*[NOTHING] * case.periods) == expected


@each_case
def test_what_an_alarm_looks_at_is_emitted_just_so(
    aws: Callable[[str], Any], alarms: Alarms, emitted: frozenset[Emitted], case: Case
) -> None:
    existing = resources(aws)
    for metric in alarms[case.alarm].metrics.values():
        unit = unit_of(metric.namespace, metric.name, dict(metric.dimensions), emitted, existing)
        assert alarms[case.alarm].described.get("Unit", unit) == unit


@each_case
def test_the_topic_is_told_of_the_beginning_and_of_the_end(
    aws: Callable[[str], Any], alarms: Alarms, case: Case
) -> None:
    (topic,) = [
        one["TopicArn"]
        for one in aws("sns").list_topics()["Topics"]
        if one["TopicArn"].endswith(":bbws-wp-notifications-dev")
    ]
    described = alarms[case.alarm].described
    assert (described["AlarmActions"], described["OKActions"]) == ([topic], [topic])
    assert described["ActionsEnabled"]
    assert ("(runbook §" in described["AlarmDescription"]) == bool(case.runbook)


def test_the_units_are_those_the_thresholds_are_written_in(emitted: frozenset[Emitted]) -> None:
    units = {one.name: one.unit for one in emitted}
    assert units["SiteCreationDuration"] == "Seconds"
    assert units["WordPressAPILatency"] == "Milliseconds"


def test_every_function_counts_in_the_sums(aws: Callable[[str], Any], alarms: Alarms) -> None:
    functions = {one["FunctionName"] for one in aws("lambda").list_functions()["Functions"]}
    assert len(functions) == 4
    for key, metric, bad in (
        ("lambda-errors", "Errors", 10),
        ("lambda-throttles", "Throttles", 5),
        ("rollback-lambda-errors", "Errors", 51),
    ):
        for function in functions:
            assert alarms[key].state(readings({f"{metric}/{function}": [bad]})) == "ALARM"


def test_only_errors_of_the_live_alias_roll_back(alarms: Alarms) -> None:
    for metric in alarms["rollback-lambda-errors"].metrics.values():
        dimensions = dict(metric.dimensions)
        assert dimensions["Resource"] == f"{dimensions['FunctionName']}:live"


def test_a_creation_that_fails_when_none_succeeds_is_a_rate_of_nought(alarms: Alarms) -> None:
    rate = alarms["site-creation-success-rate"]
    assert rate.value(readings({"SiteCreationFailed": [1]})) == 0
    assert rate.state(readings({"SiteCreationFailed": [1]})) == "ALARM"
    assert rate.state(readings({"SiteCreated": [1]})) == "OK"


def test_timeouts_of_calls_that_were_never_sent_count(alarms: Alarms) -> None:
    rate = alarms["wordpress-api-timeout-rate"]
    assert rate.value(readings({"WordPressAPITimeout": [1, 1]})) == 100
    assert rate.value(readings({"WordPressAPILatency": [80], "WordPressAPITimeout": [1, 1]})) == 100


def test_requests_without_an_error_are_a_rate_of_nought(alarms: Alarms) -> None:
    rate = alarms["rollback-api-5xx-rate"]
    assert rate.value(readings({"Count": [1, 1]})) == 0
    assert rate.value(readings({"Count": [1] * 8, "5xx": [1, 1]})) == 25


def test_creation_is_stalled_only_after_a_quarter_of_an_hour_without_any_end(
    alarms: Alarms,
) -> None:
    stalled = alarms["site-creation-stalled"]
    waiting = readings({"ApproximateNumberOfMessagesVisible": [1]})
    at_work = readings({"ApproximateNumberOfMessagesNotVisible": [1]})
    failing = readings(
        {"ApproximateNumberOfMessagesVisible": [1], "SiteCreationFailed": [1], "Errors": [1]}
    )
    assert stalled.state(waiting, at_work, at_work) == "ALARM"
    assert stalled.state(waiting, failing, waiting) == "OK"
    assert stalled.state(NOTHING, waiting, waiting) == "OK"


def test_a_dead_reconciler_is_noticed_by_its_silence(alarms: Alarms) -> None:
    silent = readings({f"Errors/{PROCESSOR}": [1]})
    assert alarms["dlq-messages"].state(silent) == "ALARM"
    assert alarms["dlq-messages"].state(readings({"DLQMessages": [0]})) == "OK"


def test_every_metric_of_the_code_was_seen(emitted: frozenset[Emitted]) -> None:
    assert {one.name for one in emitted} == {str(metric) for metric in Metric}
