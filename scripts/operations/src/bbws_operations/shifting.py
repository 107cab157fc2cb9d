"""Shifting the calls from the version that serves to a new one, while the rollback alarms are watched."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

import click

from bbws_operations.aliases import move, move_back
from bbws_operations.environment import Environment
from bbws_operations.errors import Failure
from bbws_operations.functions import configuration_of, live_of

_POLL_SECONDS: Final = 5
_ACTIVE_WITHIN_SECONDS: Final = 300
"""A function in a VPC is Pending until its network interfaces are made (Lambda docs, "Lambda function states")."""

Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Shift:
    """One function's way from the version that serves to the new one."""

    function: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.function} {self.old} -> {self.new}"


class Interrupted(Exception):
    """The program was told to end."""


def firing(environment: Environment) -> dict[str, str]:
    """The rollback alarms that fire, and why.

    Raises:
        Failure: One does not exist, so that nobody would notice a bad version.
    """
    wanted = environment.rollback_alarms
    found = environment.cloudwatch.describe_alarms(AlarmNames=list(wanted))["MetricAlarms"]
    if missing := set(wanted) - {alarm["AlarmName"] for alarm in found}:
        raise Failure(f"{environment.title} has no alarm {', '.join(sorted(missing))} to watch.")
    return {
        alarm["AlarmName"]: alarm.get("StateReason", "")
        for alarm in found
        if alarm["StateValue"] == "ALARM"
    }


def shift(
    environment: Environment,
    shifts: Sequence[Shift],
    percent: int,
    watch_seconds: float,
    sleep: Sleep = time.sleep,
) -> None:
    """Give the new versions a share of the calls, then all; go back at once when an alarm fires.

    After each of the two steps the alarms are watched for `watch_seconds`. Whatever else ends it
    early (an error, Ctrl-C, a cancelled workflow) leads back to the old versions as well.

    Raises:
        Failure: The old versions serve again; the message says why.
    """
    for one in shifts:
        wait_until_active(environment, one, sleep)
    try:
        with _told_to_end():
            for share in (percent, 100):
                _give(environment, shifts, share)
                click.echo(
                    f"{share} % of the calls go to the new versions; watching "
                    f"{' and '.join(environment.rollback_alarms)} for {watch_seconds:g} s"
                )
                _watch(environment, watch_seconds, sleep)
    except (Exception, KeyboardInterrupt) as ended:
        cause = _cause(ended)
        with _undisturbed():
            back = _go_back(environment, shifts, cause)
        raise Failure(f"{cause}. {back}") from ended


def wait_until_active(environment: Environment, one: Shift, sleep: Sleep) -> None:
    """Wait until a new version can serve. Failure when it cannot; `live` has not moved."""
    for _ in range(0, _ACTIVE_WITHIN_SECONDS, _POLL_SECONDS):
        found = configuration_of(environment, one.function, one.new)
        if not found.troubles:
            return
        if found.state == "Failed":
            break
        sleep(_POLL_SECONDS)
    else:
        found = configuration_of(environment, one.function, one.new)
    raise Failure(
        f"Version {one.new} of {one.function} {'; '.join(found.troubles)}. Nothing was shifted: version "
        f"{one.old} serves."
    )


def _give(environment: Environment, shifts: Sequence[Shift], percent: int) -> None:
    for one in shifts:
        live = live_of(environment, one.function)
        if live is None or live.version != one.old:
            raise Failure(f"The alias of {one.function} was moved by somebody else meanwhile")
        if percent == 100:
            move(environment, live, one.new)
        else:
            move(environment, live, one.old, {one.new: percent / 100})


def _watch(environment: Environment, seconds: float, sleep: Sleep) -> None:
    waited = 0.0
    while True:
        if bad := firing(environment):
            reasons = "; ".join(f"{name}: {reason}" for name, reason in bad.items())
            raise Failure(f"The alarm fired: {reasons}".removesuffix("."))
        if waited >= seconds:
            return
        pause = min(_POLL_SECONDS, seconds - waited)
        sleep(pause)
        waited += pause


def _cause(ended: BaseException) -> str:
    if isinstance(ended, KeyboardInterrupt | Interrupted):
        return "The deployment was stopped"
    if isinstance(ended, Failure):
        return ended.message.removesuffix(".")
    return f"The shift failed: {ended}".removesuffix(".")


def _go_back(environment: Environment, shifts: Sequence[Shift], cause: str) -> str:
    """Lead every function back, and say what became of it; one that fails keeps no other from it."""
    stuck = []
    for one in shifts:
        try:
            move_back(environment, one.function, one.old, one.new, cause)
        except Exception as error:  # noqa: BLE001 (the others must be led back all the same)
            told = error.message if isinstance(error, Failure) else str(error)
            stuck.append(f"{one.function}: {told}")
    if stuck:
        return f"NOT rolled back, a person has to do it now (scripts/rollback): {'; '.join(stuck)}."
    return f"Rolled back: {', '.join(f'{s.function} serves version {s.old}' for s in shifts)}."


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Going back takes a few seconds, within which a cancelled workflow sends the next signal."""
    before = {one: signal.signal(one, signal.SIG_IGN) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """A cancelled workflow sends SIGTERM; that must not leave the calls shared."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
