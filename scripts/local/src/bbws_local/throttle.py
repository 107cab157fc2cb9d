"""API Gateway's throttling: a token bucket for the stage."""

import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Throttle:
    """Requests per second, and how many at once (token bucket)."""

    rate: float
    burst: int


class TokenBucket:
    """API Gateway's throttling: `burst` tokens, refilled at `rate` per second."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._tokens = float(throttle.burst)
        self._filled = time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether a token was there."""
        with self._lock:
            now = time.monotonic()
            gained = (now - self._filled) * self._throttle.rate
            self._tokens = min(self._throttle.burst, self._tokens + gained)
            self._filled = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
