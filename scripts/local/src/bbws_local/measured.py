"""Runs a program and measures the time and the memory that it takes."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Between fork and exec a child counts its parent's memory as its own (getrusage(2), RUSAGE_CHILDREN;
# Linux keeps the mark across execve), so a small process of its own stands in between.
_LAUNCHER: Final = """
import os, sys, time
began = time.monotonic()
program = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(program, 0)
print(time.monotonic() - began, usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Measured:
    """What a program said, and what it took.

    Attributes:
        seconds: From its start to its end.
        megabytes: The most memory that it had at one time (resident, 10^6 bytes).
    """

    exit_code: int
    output: str
    errors: str
    seconds: float
    megabytes: float


def run_measured(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Run a program to its end."""
    ran = subprocess.run(
        [sys.executable, "-S", "-c", _LAUNCHER, *command],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    *errors, figures = ran.stderr.splitlines()
    seconds, kibibytes = figures.split()
    return Measured(
        ran.returncode,
        ran.stdout,
        "\n".join(errors),
        float(seconds),
        float(kibibytes) * 1024 / 1e6,
    )
