"""Opaque page tokens, bound to the query they came from, good for a day.

A token carries only a position: the sort key after which the next page begins. The partition is
always that of the request, so a token cannot reach into another tenant whoever made it; the
digest over the scope refuses one that was altered or brought to another tenant, list or filter.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bbws_shared.errors import InvalidRequest
from bbws_shared.timestamps import Clock

TOKEN_LIFE: Final = timedelta(hours=24)
"""A walk through a list that rests longer begins again, and so sees what has come since."""
_DIGEST_BYTES: Final = 12
_TIME_BYTES: Final = 5
_MAX_TOKEN: Final = 1024

Scope = Sequence[str | None]
"""The list that a token is for: its name, its tenant, its filters."""


class PageTokens:
    """Makes tokens, and reads them again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def make(self, scope: Scope, position: str) -> str:
        """The token of the page after `position` in the list that `scope` describes."""
        return _token(scope, position, int(self._clock().timestamp()))

    def position(self, token: str, scope: Scope) -> str:
        """The position in a token.

        Raises:
            InvalidRequest: when the token was not made for this very scope, or longer than
                `TOKEN_LIFE` ago.
        """
        try:
            if len(token) > _MAX_TOKEN or not token.isascii():
                raise ValueError(token)
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            begun, text = raw[_DIGEST_BYTES:][:_TIME_BYTES], raw[_DIGEST_BYTES + _TIME_BYTES :]
            made_at, position = int.from_bytes(begun), text.decode()
        except (binascii.Error, ValueError):
            raise _foreign() from None
        # Comparing the whole token refuses other spellings of the same bytes as well.
        if token != _token(scope, position, made_at):
            raise _foreign()
        if self._clock().timestamp() - made_at > TOKEN_LIFE.total_seconds():
            raise InvalidRequest.field("nextToken", "The token has expired; begin the list again.")
        return position


def _token(scope: Scope, position: str, made_at: int) -> str:
    parts = [*("" if part is None else f"={part}" for part in scope), f"{made_at}={position}"]
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()[:_DIGEST_BYTES]
    raw = digest + made_at.to_bytes(_TIME_BYTES) + position.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _foreign() -> InvalidRequest:
    return InvalidRequest.field("nextToken", "The token does not belong to this list.")
