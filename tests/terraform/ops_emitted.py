"""The metrics the code emits, collected from its own runs: tests of the services whose log is read."""

import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from bbws_local.metrics import metrics_in

ROOT: Final = Path(__file__).resolve().parents[2]
RUNS: Final = {
    "async-processor": (
        "test_creation.py::test_wordpress_hears_the_correlation_id",
        "test_creation.py::test_a_refusal_ends_it_at_once_and_frees_what_it_held",
        "test_creation.py::test_an_effect_without_an_answer_is_not_repeated",
        "test_deletion.py::test_a_site_is_backed_up_and_then_gone",
        "test_reconcile.py::test_an_operation_that_was_never_sent_is_sent",
        "template/test_template.py::test_it_is_told_to_whoever_listens",
        "template/test_template_plugins.py::"
        "test_what_becomes_forbidden_between_two_steps_is_not_installed",
    ),
    "plugins-service": ("test_install.py::test_a_plugin_can_be_installed_without_activating_it",),
}
"""Tests that together emit every metric, and leave the log alone."""


@dataclass(frozen=True)
class Emitted:
    """A metric as it is emitted."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    unit: str


@cache
def emitted_by_the_code() -> frozenset[Emitted]:
    """Run the tests, once, and read what metrics their functions wrote."""
    return frozenset(one for service, tests in RUNS.items() for one in _emitted_by(service, tests))


def _emitted_by(service: str, tests: tuple[str, ...]) -> set[Emitted]:
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-n", "0"]
    ran = subprocess.run(
        [*command, *(f"tests/{test}" for test in tests)],
        cwd=ROOT / service,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    # With -s pytest's own progress stands before some lines.
    lines = [line[line.find("{") :] for line in ran.stdout.splitlines()]
    return {
        Emitted(
            found.namespace,
            datum["MetricName"],
            frozenset((one["Name"], one["Value"]) for one in datum["Dimensions"]),
            datum["Unit"],
        )
        for line in lines
        for found in metrics_in(line)
        for datum in found.data
    }
