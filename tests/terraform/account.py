"""Starts and ends the emulated account."""

import json
import time
from pathlib import Path
from typing import Any, Self

from bbws_local.child import start_child, stop_child

_PATIENCE_SECONDS = 60


class Account:
    """An emulated AWS account of one id, in a process of its own that ends with this one."""

    def __init__(self, account_id: str, folder: Path) -> None:
        self._id = account_id
        self._log = folder / "account.log"
        self._port = folder / "port"
        self._calls = folder / "calls.jsonl"
        self._process: Any = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port.read_text()}"

    def calls(self) -> list[dict[str, str]]:
        """Every request so far: service, operation, method, path and agent."""
        return [json.loads(line) for line in self._calls.read_text().splitlines()]

    def __enter__(self) -> Self:
        arguments = ["--account", self._id, "--port-file", str(self._port)]
        self._process = start_child(
            "terraform.account_process", [*arguments, "--calls", str(self._calls)], self._log
        )
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self._port.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the account did not start:\n{self._log.read_text()}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        stop_child(self._process)
