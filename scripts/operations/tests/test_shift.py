"""The shift of the calls is watched, and whatever ends it early leads back."""

import os
import signal
from collections.abc import Callable

import pytest
from promotion.accounts import TRIGGERS, EmulatedAccount

from bbws_local.specification import SERVICES
from bbws_operations.environment import Environment
from bbws_operations.errors import Failure
from bbws_operations.shifting import Shift, shift

OLD, NEW = dict.fromkeys(SERVICES, "1"), dict.fromkeys(SERVICES, "2")
AT_TEN_PERCENT = dict.fromkeys(SERVICES, "1 +2:0.1")
SHIFTS = [Shift(f"dev-bbws-{service}", "1", "2") for service in SERVICES]

type Meanwhile = Callable[[int], None]


@pytest.fixture(autouse=True)
def published(account: EmulatedAccount) -> None:
    """Version 1 serves, and 2 is published."""
    account.deploy("1.0.0")
    account.deploy("1.1.0")
    for service in SERVICES:
        account.point(service, "1")


class Time:
    """Passes at once; what is done `meanwhile` is called with the number of the pause."""

    def __init__(self, meanwhile: Meanwhile = lambda _pause: None) -> None:
        self.pauses: list[float] = []
        self._meanwhile = meanwhile

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._meanwhile(len(self.pauses))


def test_the_alarms_are_watched_for_the_whole_time_after_each_step(
    environment: Environment, account: EmulatedAccount
) -> None:
    at = list[dict[str, str]]()
    time = Time(lambda _: at.append(account.live()))
    shift(environment, SHIFTS, 10, 12, time.sleep)
    assert time.pauses == [5, 5, 2, 5, 5, 2]
    assert at == [AT_TEN_PERCENT] * 3 + [NEW] * 3
    assert account.live() == NEW


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("pause", [1, 3], ids=["at ten percent", "at all"])
def test_an_alarm_leads_back_at_once(
    environment: Environment, account: EmulatedAccount, trigger: str, pause: int
) -> None:
    def ring(number: int) -> None:
        if number == pause:
            account.ring(trigger)

    time = Time(ring)
    with pytest.raises(Failure) as refused:
        shift(environment, SHIFTS, 10, 10, time.sleep)
    assert len(time.pauses) == pause
    assert account.live() == OLD
    assert refused.value.message.startswith(
        f"The alarm fired: {account.alarm(trigger)}: 51 errors in 5 minutes. Rolled back: "
        "dev-bbws-sites-service serves version 1, "
    )


def test_what_was_left_is_written_down_as_the_automation_does(
    environment: Environment, account: EmulatedAccount
) -> None:
    with pytest.raises(Failure):
        shift(environment, SHIFTS, 10, 10, Time(lambda _: account.ring()).sleep)
    for service in SERVICES:
        assert account.aliases(service) == {"live": "1", "rolled-back-2": "2"}
    alias = account.client("lambda").get_alias(FunctionName="dev-bbws-sites-service", Name="live")
    assert alias["Description"].startswith("Rolled back from version 2: The alarm fired: ")


def test_where_the_automation_was_faster_nothing_is_moved_twice(
    environment: Environment, account: EmulatedAccount
) -> None:
    def automation(_pause: int) -> None:
        account.ring()
        for service in SERVICES:
            account.point(service, "1")
        account.calls.clear()

    with pytest.raises(Failure, match=r"Rolled back"):
        shift(environment, SHIFTS, 10, 10, Time(automation).sleep)
    assert "lambda.UpdateAlias" not in account.calls


@pytest.mark.parametrize("end", ["SIGTERM", "Ctrl-C"])
def test_a_deployment_that_is_stopped_leads_back(
    environment: Environment, account: EmulatedAccount, end: str
) -> None:
    def stop(_pause: int) -> None:
        assert account.live() == AT_TEN_PERCENT
        if end == "SIGTERM":
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            raise KeyboardInterrupt

    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Failure, match=r"The deployment was stopped. Rolled back"):
        shift(environment, SHIFTS, 10, 10, Time(stop).sleep)
    assert account.live() == OLD
    assert signal.getsignal(signal.SIGTERM) == handler


def test_going_back_is_not_cut_off_by_the_next_signal(
    environment: Environment, account: EmulatedAccount
) -> None:
    def stop(_pause: int) -> None:
        account.before_move = signalled
        os.kill(os.getpid(), signal.SIGTERM)

    def signalled(_function: str) -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        return False

    with pytest.raises(Failure, match=r"The deployment was stopped. Rolled back"):
        shift(environment, SHIFTS, 10, 10, Time(stop).sleep)
    assert account.live() == OLD


def test_when_aws_refuses_the_watching_the_old_versions_serve(
    environment: Environment, account: EmulatedAccount
) -> None:
    def refuse(_pause: int) -> None:
        account.refusals["DescribeAlarms"] = "AccessDeniedException"

    with pytest.raises(Failure, match=r"The shift failed: .*AccessDenied.* Rolled back"):
        shift(environment, SHIFTS, 10, 10, Time(refuse).sleep)
    assert account.live() == OLD


def test_when_somebody_else_deploys_meanwhile_the_shift_ends(
    environment: Environment, account: EmulatedAccount
) -> None:
    account.before_move = lambda function: function.endswith("plugins-service")
    with pytest.raises(Failure) as refused:
        shift(environment, SHIFTS, 10, 10, Time().sleep)
    assert refused.value.message.startswith(
        "dev-bbws-plugins-service: the alias live was changed by"
    )
    assert account.live() == OLD


def test_an_alias_on_another_version_is_not_touched(
    environment: Environment, account: EmulatedAccount
) -> None:
    account.deploy("1.2.0")
    with pytest.raises(Failure, match=r"was moved by somebody else meanwhile"):
        shift(environment, SHIFTS[:1], 10, 0, Time().sleep)


def test_what_cannot_be_led_back_is_said_and_keeps_no_other_from_it(
    environment: Environment, account: EmulatedAccount
) -> None:
    def ring(_pause: int) -> None:
        account.ring()
        account.before_move = lambda function: function.endswith("plugins-service")

    with pytest.raises(Failure, match=r"NOT rolled back, a person has to do it now") as refused:
        shift(environment, SHIFTS, 10, 10, Time(ring).sleep)
    assert "dev-bbws-plugins-service" in refused.value.message
    assert account.live() == {**OLD, "plugins-service": "1 +2:0.1"}


def test_a_version_gets_no_call_before_it_is_active(
    environment: Environment, account: EmulatedAccount
) -> None:
    account.states["dev-bbws-sites-service"] = "Pending"

    def ready(pause: int) -> None:
        assert account.live() == OLD
        if pause == 2:
            account.states.clear()

    time = Time(lambda pause: ready(pause) if pause <= 2 else None)
    shift(environment, SHIFTS, 10, 0, time.sleep)
    assert time.pauses == [5, 5]
    assert account.live() == NEW


@pytest.mark.parametrize(("state", "pauses"), [("Failed", 0), ("Pending", 60)])
def test_a_version_that_never_becomes_active_gets_no_call(
    environment: Environment, account: EmulatedAccount, state: str, pauses: int
) -> None:
    account.states["dev-bbws-sites-service"] = state
    time = Time()
    with pytest.raises(Failure, match=f"is {state}, not Active .* Nothing was shifted"):
        shift(environment, SHIFTS, 10, 0, time.sleep)
    assert len(time.pauses) == pauses
    assert account.live() == OLD
