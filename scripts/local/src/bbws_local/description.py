"""`stack.json`: how a running stack describes itself to the smoke test, the tests and people's tools."""

import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bbws_local.specification import REGION

if TYPE_CHECKING:
    from bbws_local.stack import LocalStack

FILE_NAME: Final = "stack.json"
_REFRESH_SECONDS: Final = 45 * 60  # tokens are good for an hour

Tokens = Mapping[str, Mapping[str, str]]


class Description:
    """Keeps the file true while the stack runs: tokens are renewed before they expire."""

    def __init__(self, stack: "LocalStack", sign_in: Callable[[], Tokens]) -> None:
        self._stack = stack
        self._sign_in = sign_in
        self._file = stack.options.state_directory / FILE_NAME
        self._withdrawn = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="tokens", daemon=True)

    def publish(self) -> Tokens:
        """Write the file and begin to renew it; the tokens in it."""
        found = self._write()
        self._thread.start()
        return found

    def withdraw(self) -> None:
        """Remove the file."""
        self._withdrawn.set()
        self._file.unlink(missing_ok=True)

    def _renew(self) -> None:
        while not self._withdrawn.wait(_REFRESH_SECONDS):
            try:
                self._stack.tokens = self._write()
            except (BotoCoreError, ClientError):
                continue

    def _write(self) -> Tokens:
        found = self._sign_in()
        unfinished = self._file.with_suffix(".tmp")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(self._content(found), indent=2))
        unfinished.replace(self._file)
        return found

    def _content(self, found: Tokens) -> dict[str, Any]:
        stack = self._stack
        return {
            "pid": os.getpid(),
            "apiUrl": stack.api_url,
            "awsEndpointUrl": stack.aws_endpoint_url,
            "wordpressUrl": stack.wordpress_url,
            "controlUrl": stack.host_url,
            "environment": stack.options.environment,
            "region": REGION,
            "tokens": found,
        }


def running_pid(state_directory: Path) -> int | None:
    """The process of a stack that runs in this folder; None when there is none."""
    try:
        pid = int(json.loads((state_directory / FILE_NAME).read_text())["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid
