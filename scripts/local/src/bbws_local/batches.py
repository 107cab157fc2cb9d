"""What many threads hand to one, in batches: one call for many things."""

import queue
import time
from collections.abc import Iterator
from typing import Final

_UNLIMITED: Final = 2**31


class Batches[T]:
    """A queue that is read in batches, each in the order in which its parts were put."""

    def __init__(self, wait_seconds: float, most: int = _UNLIMITED) -> None:
        """A batch takes what comes within `wait_seconds` after its first part, and at most `most`."""
        self._wait_seconds = wait_seconds
        self._most = most
        self._parts: queue.SimpleQueue[T | None] = queue.SimpleQueue()

    def put(self, part: T) -> None:
        """Hand a part over, from any thread; returns at once."""
        self._parts.put(part)

    def end(self) -> None:
        """Nothing comes any more: what was put before is the last batch."""
        self._parts.put(None)

    def __iter__(self) -> Iterator[list[T]]:
        """Wait for each batch, until the end."""
        while (part := self._parts.get()) is not None:
            batch = [part]
            due = time.monotonic() + self._wait_seconds
            while len(batch) < self._most:
                try:
                    part = self._parts.get(timeout=max(0.0, due - time.monotonic()))
                except queue.Empty:
                    break
                if part is None:
                    yield batch
                    return
                batch.append(part)
            yield batch
