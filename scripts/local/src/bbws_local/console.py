"""Function logs as people read them: time, function, level, message, correlation id."""

import json
import sys
import threading
from datetime import datetime
from typing import Any, TextIO

_COLOURS = {"ERROR": "31", "CRITICAL": "31", "WARNING": "33", "INFO": "32", "DEBUG": "90"}
# What every line has, or what is shown in a place of its own.
_COMMON_FIELDS = frozenset(
    {
        "level",
        "location",
        "message",
        "timestamp",
        "service",
        "correlation_id",
        "request_id",
        "function_request_id",
        "xray_trace_id",
        "exception",
        "exception_name",
        "stack_trace",
    }
)
_PLATFORM_LINES = ("START RequestId", "END RequestId", "INIT_START")


class Console:
    """Writes one short line per log line; colour only where a person looks on."""

    def __init__(self, output: TextIO | None = None, enabled: bool = True) -> None:
        self._output = output or sys.stdout
        self._enabled = enabled
        self._is_terminal = self._output.isatty()
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """A line of the stack itself."""
        with self._lock:
            print(text, file=self._output, flush=True)

    def log(self, function: str, line: str) -> None:
        """A line of a function."""
        if not self._enabled:
            return
        rendered = render(function, line, self._is_terminal)
        if rendered is not None:
            self.say(rendered)


def render(function: str, line: str, colour: bool = False) -> str | None:
    """The short form of a log line; None for lines that tell a reader nothing (START, metrics)."""
    if line.startswith(_PLATFORM_LINES) or not line.strip():
        return None
    record = _parsed(line)
    if "_aws" in record:
        return None
    level, message, correlation = "INFO", line.strip(), ""
    if record:
        level = str(record.get("level", "INFO"))
        told = [
            f"{key}={_text(value)}" for key, value in record.items() if key not in _COMMON_FIELDS
        ]
        message = " ".join([_text(record.get("message", line)), *told])
        correlation = str(record.get("correlation_id") or "")
        if exception := record.get("exception"):
            message = f"{message}\n{exception}"
    elif line.startswith("REPORT "):
        level, message = "REPORT", _report(line)
    elif "[ERROR]" in line or "Task timed out" in line:
        level = "ERROR"
    head = f"{level:<7}"
    if colour and level in _COLOURS:
        head = f"\033[{_COLOURS[level]}m{head}\033[0m"
    tail = f"  [{correlation}]" if correlation else ""
    name = function.partition("-bbws-")[2] or function
    return (
        f"{datetime.now().astimezone():%H:%M:%S.%f}"[:12] + f"  {name:<17}  {head}  {message}{tail}"
    )


def _parsed(line: str) -> dict[str, Any]:
    if not line.startswith("{"):
        return {}
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _text(message: object) -> str:
    return message if isinstance(message, str) else json.dumps(message)


def _report(line: str) -> str:
    fields = dict(part.partition(": ")[::2] for part in line.split("\t"))
    text = f"{fields.get('Duration', '?')}, {fields.get('Max Memory Used', '?')}"
    init = fields.get("Init Duration")
    return f"{text}, cold start {init}" if init else text
