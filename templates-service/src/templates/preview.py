"""Links to a template's demo site that work for a quarter of an hour.

The demo site checks the link: it has the same key, and computes the same signature.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bbws_shared.timestamps import Clock, timestamp

LINK_LIFE: Final = timedelta(minutes=15)
KEY_SECONDS: Final = 300.0
_SHORTEST_KEY: Final = 32
"""As long as the digest (RFC 2104, section 3)."""


class UnusableKey(Exception):
    """The secret holds no key that could be signed with."""


@dataclass(frozen=True)
class PreviewLink:
    """A link, and until when it works."""

    url: str
    expires_at: str


class PreviewLinks:
    """Makes links. The key is read from Secrets Manager at its first use and every five minutes."""

    def __init__(
        self,
        secretsmanager: Callable[[], Any],
        secret_name: str,
        base_url: str,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secretsmanager = secretsmanager
        self._secret_name = secret_name
        self._base_url = base_url
        self._clock = clock
        self._monotonic = monotonic
        self._kept = b""
        self._until = float("-inf")

    def link(self, template_id: str) -> PreviewLink:
        """A link to the demo of a template.

        Raises:
            UnusableKey: when the secret's text is too short for a key.
        """
        # Whole seconds, as the link says it.
        until = (self._clock() + LINK_LIFE).replace(microsecond=0)
        expires = int(until.timestamp())
        signed = f"{template_id}\n{expires}".encode()
        signature = hmac.new(self._key(), signed, hashlib.sha256).hexdigest()
        url = f"{self._base_url}/{template_id}?expires={expires}&signature={signature}"
        return PreviewLink(url, timestamp(until))

    def _key(self) -> bytes:
        if self._monotonic() >= self._until:
            secret = self._secretsmanager().get_secret_value(SecretId=self._secret_name)
            key = secret.get("SecretString", "").encode()
            if len(key) < _SHORTEST_KEY:
                raise UnusableKey(f"{self._secret_name} has fewer than {_SHORTEST_KEY} characters")
            self._kept, self._until = key, self._monotonic() + KEY_SECONDS
        return self._kept
