"""`check_health` and `check_error_rate`: may what runs here be promoted?"""

from datetime import UTC, datetime, timedelta
from typing import Final

import click

from bbws_operations.environment import Environment, environment_options
from bbws_operations.errors import Failure
from bbws_operations.functions import ALIAS, configuration_of, live_of

ALLOWED_ERRORS: Final = 10
"""Fewer than this in 24 hours (runbook §7)."""
_WINDOW: Final = timedelta(hours=24)
_PERIOD_SECONDS: Final = 300


@click.command()
@environment_options
def check_health(environment: Environment) -> None:
    """Check that the four functions are Active and their last updates Successful.

    The function and the version that `live` serves are both looked at. Changes nothing.
    """
    sick = []
    for function in environment.functions.values():
        troubles = _troubles(environment, function)
        click.echo(f"{'FAIL' if troubles else 'OK':5} {function:32} {'; '.join(troubles)}".rstrip())
        sick += [f"{function} {trouble}" for trouble in troubles]
    if sick:
        raise Failure(f"{environment.title} is not healthy: {'; '.join(sick)}.")
    click.echo(f"{environment.title} is healthy: all four functions are Active.")


def _troubles(environment: Environment, function: str) -> list[str]:
    try:
        troubles = configuration_of(environment, function).troubles
        live = live_of(environment, function)
        if live is None:
            return [*troubles, f"has no alias {ALIAS}"]
        served = configuration_of(environment, function, live.version).troubles
    except Failure as missing:
        return [f"does not exist ({missing.message})"]
    return troubles + [f"version {live.version} {one}" for one in served if one not in troubles]


@click.command()
@environment_options
def check_error_rate(environment: Environment) -> None:
    """Check that the functions had fewer than 10 errors in the last 24 hours (runbook §7).

    An error is an invocation that ended without an answer (AWS/Lambda Errors). Changes nothing.
    """
    now = datetime.now(UTC)
    counts = {
        function: _errors(environment, function, now) for function in environment.functions.values()
    }
    for function, count in counts.items():
        click.echo(f"{function:32} {count:5} errors")
    total = sum(counts.values())
    if total >= ALLOWED_ERRORS:
        where = ", ".join(f"{function} {count}" for function, count in counts.items() if count)
        raise Failure(
            f"{environment.title} had {total} errors in the last 24 hours, and fewer than "
            f"{ALLOWED_ERRORS} are allowed: {where}. docs/operations.md says how to read them "
            "(bbws-wp-lambda-errors)."
        )
    click.echo(f"{environment.title} had {total} errors in 24 hours (fewer than {ALLOWED_ERRORS}).")


def _errors(environment: Environment, function: str, now: datetime) -> int:
    """Failed invocations of a function, whatever version or alias was called."""
    answer = environment.cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - _WINDOW,
        EndTime=now,
        Period=_PERIOD_SECONDS,
        Statistics=["Sum"],
    )
    return round(sum(point["Sum"] for point in answer["Datapoints"]))
