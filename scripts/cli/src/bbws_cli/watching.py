"""Watches an operation until it has ended."""

import time
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bbws_cli.api import Answer, Api
from bbws_cli.errors import StillRunning
from bbws_cli.plain import plain

_ENDED: Final = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
_SHORTEST_SECONDS: Final = 0.2
_LONGEST_SECONDS: Final = 10.0
_USUAL_SECONDS: Final = 2.0


def watch(api: Api, path: str, console: Console, seconds: int) -> Answer:
    """The operation when it has ended; its progress goes to the console meanwhile.

    Raises:
        StillRunning: It has not ended within `seconds`.
    """
    until = time.monotonic() + seconds
    # A dumb terminal cannot draw over a bar, and would show the last one alone, cut.
    is_drawn = console.is_terminal and not console.is_dumb_terminal
    with _Bar(console) if is_drawn else _Lines(console) as progress:
        while True:
            answer = api.operation(path)
            operation = answer.content
            progress.tell(operation)
            if operation["status"] in _ENDED:
                return answer
            left = until - time.monotonic()
            if left <= 0:
                raise StillRunning(operation["status"], seconds)
            time.sleep(min(_pause(answer), left))


def _pause(answer: Answer) -> float:
    said = answer.headers.get("Retry-After", "")
    wanted = float(said) if said.isdecimal() else _USUAL_SECONDS
    return min(max(wanted, _SHORTEST_SECONDS), _LONGEST_SECONDS)


def _message(operation: dict[str, Any]) -> str:
    return plain(str(operation.get("message") or operation["status"]))


class _Lines:
    """A line for each change, for logs, pipes and dumb terminals."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *ended: object) -> None:
        """Nothing is to be put away."""

    def tell(self, operation: dict[str, Any]) -> None:
        """Say how far the operation is, if that is news."""
        line = f"{operation['progress']:3d} %  {_message(operation)}"
        if line != self._last:
            self._console.print(line, soft_wrap=True)
        self._last = line


class _Bar:
    """A bar that grows, for a terminal."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
        )
        self._task = self._progress.add_task("", total=100)

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._progress.stop()

    def tell(self, operation: dict[str, Any]) -> None:
        """Show how far the operation is."""
        self._progress.update(
            self._task, completed=operation["progress"], description=_message(operation)
        )
