"""Waiting for a child process to answer."""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

PROGRESS: Final = "progress: "
_PATIENCE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05
_LAST_LINES: Final = 15


class NotReady(Exception):
    """A part of the stack did not come up; the text ends with what it said last."""


def wait_until_ready(
    child: "subprocess.Popen[bytes]",
    url: str,
    log_file: Path,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Return when `url` answers 200; meanwhile `say` what the child writes after "progress: ".

    Raises:
        NotReady: the child has ended, or a minute has passed.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    told = 0
    while time.monotonic() < until:
        progress = _progress(log_file)
        for line in progress[told:]:
            say(line)
        told = len(progress)
        if child.poll() is not None:
            raise NotReady(f"{log_file.stem} ended by itself:\n{_last_words(log_file)}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_SECONDS)
    raise NotReady(f"{log_file.stem} does not answer:\n{_last_words(log_file)}")


def _progress(log_file: Path) -> list[str]:
    if not log_file.exists():
        return []
    lines = log_file.read_text(errors="replace").splitlines()
    return [line.removeprefix(PROGRESS) for line in lines if line.startswith(PROGRESS)]


def _last_words(log_file: Path) -> str:
    return "\n".join(log_file.read_text(errors="replace").splitlines()[-_LAST_LINES:])
