"""Callers who do not stop while a deployment goes on."""

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import requests
from e2e.portal import Portal

CALLERS: Final = 6
_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Answer:
    """What a caller got, and when (seconds of the monotonic clock)."""

    at: float
    path: str
    status: int


class Load:
    """Requests all the time, by several callers; `with Load(portal) as load:` around what is watched."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._paths = (portal.sites, "/v1.0/templates", portal.sites, "/v1.0/plugins")
        self._ending = threading.Event()
        self._answers: list[Answer] = []
        self._callers = [threading.Thread(target=self._call, args=(n,)) for n in range(CALLERS)]

    def __enter__(self) -> Self:
        for caller in self._callers:
            caller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        for caller in self._callers:
            caller.join()

    @property
    def answers(self) -> list[Answer]:
        """All answers so far, in order."""
        return sorted(self._answers, key=lambda answer: answer.at)

    def failed(self, since: float = 0, until: float = float("inf")) -> list[Answer]:
        """The answers of a span of time that were not 200; no answer at all counts as status 0."""
        return [one for one in self.answers if since <= one.at < until and one.status != 200]

    def _call(self, number: int) -> None:
        count = number
        while not self._ending.wait(_PAUSE_SECONDS):
            path = self._paths[count % len(self._paths)]
            count += 1
            try:
                status = self._portal.call("GET", path).status_code
            except requests.RequestException:
                status = 0
            self._answers.append(Answer(time.monotonic(), path, status))
