"""Every program is an executable in scripts/ that explains itself."""

import subprocess

import pytest

from bbws_local import specification
from bbws_operations.cli import PROGRAMS, program
from bbws_operations.environment import ROOT, SERVICES, Environment

NAMES = [one.callback.__name__ for one in PROGRAMS if one.callback]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_an_executable_that_says_what_it_does(name: str) -> None:
    ran = subprocess.run(
        [ROOT / "scripts" / name, "--help"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"Usage: scripts/{name} ")
    assert program(name).help


def test_wrong_usage_ends_with_two() -> None:
    ran = subprocess.run(
        [ROOT / "scripts" / "check_health", "--nonsense"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "No such option" in ran.stderr


def test_the_names_are_those_of_the_account() -> None:
    assert SERVICES == specification.SERVICES
    options = specification.StackOptions(ROOT, ROOT, environment="sit")
    account = specification.specify(options, "http://aws", "http://wordpress")
    environment = Environment("sit")
    assert set(environment.functions.values()) == {one.name for one in account.functions}
    assert set(environment.queues.values()) == {queue.name for queue in account.queues}
    assert environment.dead_letter_queue == account.dead_letter_queue.name
    assert environment.region == specification.REGION


def test_the_alarms_are_those_that_roll_back() -> None:
    text = (ROOT / "terraform" / "alarms.tf").read_text()
    for alarm in Environment("dev").rollback_alarms:
        assert f"{alarm.removeprefix('bbws-wp-').removesuffix('-dev')} = {{" in text
