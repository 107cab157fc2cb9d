"""Log lines as people see them."""

import json
import re
from io import StringIO
from typing import Any

import pytest

from bbws_local.console import Console, render

NAME = "dev-bbws-sites-service"


def _shown(line: str, **more: Any) -> str:
    """A rendered line without its time."""
    rendered = render(NAME, line, **more)
    assert rendered is not None
    moment, _, rest = rendered.partition("  ")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", moment)
    return rest


def test_a_record_is_its_level_message_own_fields_and_correlation_id() -> None:
    record = {
        "level": "WARNING",
        "location": "handler:12",
        "message": "retry",
        "timestamp": "now",
        "service": "sites",
        "correlation_id": "corr-1",
        "step": "backup",
        "attempt": 2,
    }

    assert _shown(json.dumps(record)) == (
        "sites-service      WARNING  retry step=backup attempt=2  [corr-1]"
    )


def test_an_exception_follows_on_its_own_lines() -> None:
    record = {"level": "ERROR", "message": "failed", "exception": "Traceback\n  line 1"}

    assert _shown(json.dumps(record)).endswith("ERROR    failed\nTraceback\n  line 1")


def test_a_message_that_is_no_text_is_shown_as_json() -> None:
    assert _shown('{"message": {"a": [1]}}').endswith('INFO     {"a": [1]}')


@pytest.mark.parametrize("line", ["hello ", "{no json", "[1, 2]"])
def test_any_other_line_is_shown_as_it_is(line: str) -> None:
    assert _shown(line) == f"sites-service      INFO     {line.strip()}"


def test_a_report_is_shortened() -> None:
    report = "REPORT RequestId: 1\tDuration: 3.1 ms\tMax Memory Used: 60 MB"

    assert _shown(report).endswith("REPORT   3.1 ms, 60 MB")
    assert _shown(f"{report}\tInit Duration: 90 ms").endswith("3.1 ms, 60 MB, cold start 90 ms")


@pytest.mark.parametrize(
    "line", ["[ERROR] ValueError", "2026 id Task timed out after 1.00 seconds"]
)
def test_errors_of_the_runtime_are_errors(line: str) -> None:
    assert _shown(line) == f"sites-service      ERROR    {line}"


@pytest.mark.parametrize(
    "line",
    ["", "  ", "START RequestId: 1", "END RequestId: 1", "INIT_START x", '{"_aws": {}, "a": 1}'],
)
def test_lines_that_tell_nothing_are_left_out(line: str) -> None:
    assert render(NAME, line) is None


def test_colour_is_for_terminals() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    terminal, file = Terminal(), StringIO()
    for output in (terminal, file):
        Console(output).log(NAME, '{"level": "ERROR", "message": "m"}')

    assert "\033[31mERROR  \033[0m" in terminal.getvalue()
    assert "\033" not in file.getvalue()


def test_a_function_of_another_naming_keeps_its_name() -> None:
    assert "other-function" in str(render("other-function", "hello"))


def test_a_quiet_console_shows_no_logs_but_still_speaks() -> None:
    output = StringIO()
    console = Console(output, enabled=False)
    console.log(NAME, "hello")
    console.say("Stopped")

    assert output.getvalue() == "Stopped\n"
