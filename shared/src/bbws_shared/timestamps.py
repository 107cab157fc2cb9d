"""Times as they are stored, sent and answered: RFC 3339, UTC, milliseconds, `Z`.

All of one width, so that comparing two timestamps as strings compares the moments; DynamoDB sort
keys and condition expressions rely on it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Where the present moment comes from; passed in, so that the domain has no clock of its own."""


def utc_now() -> datetime:
    """The present moment, with its time zone (UTC)."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """`moment` as `2026-01-25T08:00:00.000Z`."""
    # Not strftime: its %Y has fewer than four digits before the year 1000.
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The inverse of `timestamp`. Raises ValueError when `text` is not RFC 3339."""
    return datetime.fromisoformat(text)


def later(text: str, seconds: float) -> str:
    """The timestamp `seconds` after the timestamp `text`."""
    return timestamp(moment(text) + timedelta(seconds=seconds))


def seconds_between(start: str, end: str) -> float:
    """Seconds from the timestamp `start` to the timestamp `end`."""
    return (moment(end) - moment(start)).total_seconds()
