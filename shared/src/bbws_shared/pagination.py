"""Opaque page tokens, bound to the query they came from.

A token carries only a position: the sort key after which the next page begins. The partition is
always that of the request, so a token cannot reach into another tenant whoever made it; the
digest over the scope refuses one that was altered or brought to another tenant, list or filter.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Final

from bbws_shared.errors import InvalidRequest

_DIGEST_BYTES: Final = 12
_MAX_TOKEN: Final = 1024


def page_token(scope: Sequence[str | None], position: str) -> str:
    """The token of the page after `position` in the list that `scope` describes."""
    raw = _digest(scope, position) + position.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def position_of(token: str, scope: Sequence[str | None]) -> str:
    """The position in a token.

    Raises:
        InvalidRequest: when the token is not one that `page_token` made for this very scope.
    """
    try:
        if len(token) > _MAX_TOKEN or not token.isascii():
            raise ValueError(token)
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        position = raw[_DIGEST_BYTES:].decode()
    except (binascii.Error, ValueError):
        raise _refusal() from None
    # Comparing the whole token refuses other spellings of the same bytes as well.
    if token != page_token(scope, position):
        raise _refusal()
    return position


def _digest(scope: Sequence[str | None], position: str) -> bytes:
    parts = [*("" if part is None else f"={part}" for part in scope), f"={position}"]
    return hashlib.sha256("\x00".join(parts).encode()).digest()[:_DIGEST_BYTES]


def _refusal() -> InvalidRequest:
    return InvalidRequest.field("nextToken", "The token does not belong to this list.")
