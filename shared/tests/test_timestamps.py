from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbws_shared.timestamps import later, moment, seconds_between, timestamp, utc_now

_ZONES = st.integers(min_value=-12 * 60, max_value=14 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
_MOMENTS = st.datetimes(
    # Hypothesis wants bounds without a zone and gives moments with one.
    min_value=datetime(1, 2, 1),  # noqa: DTZ001
    max_value=datetime(9999, 1, 1),  # noqa: DTZ001
    timezones=_ZONES,
)


@given(_MOMENTS)
def test_every_timestamp_has_the_same_width_and_ends_in_z(now: datetime) -> None:
    assert len(timestamp(now)) == len("2026-01-25T08:00:00.000Z")
    assert timestamp(now).endswith("Z")


@given(_MOMENTS)
def test_a_timestamp_is_the_moment_to_the_millisecond_in_utc(now: datetime) -> None:
    read = moment(timestamp(now))
    assert read.tzinfo == UTC
    assert timedelta(0) <= now - read < timedelta(milliseconds=1)
    assert timestamp(read) == timestamp(now)


@given(_MOMENTS, st.integers(min_value=-(10**9), max_value=10**9))
def test_later_moves_by_exactly_so_many_seconds(now: datetime, milliseconds: int) -> None:
    start = timestamp(now)
    moved = later(start, milliseconds / 1000)
    assert abs(seconds_between(start, moved) - milliseconds / 1000) <= 0.001
    assert seconds_between(moved, start) == -seconds_between(start, moved)
    assert (moved > start) == (milliseconds > 0)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00.000Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|month"):
        moment(text)


def test_now_has_its_time_zone() -> None:
    assert utc_now().tzinfo is UTC
