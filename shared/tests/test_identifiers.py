from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bbws_shared import identifiers
from bbws_shared.timestamps import later, moment, seconds_between, timestamp

_MOMENTS = st.datetimes(
    # Hypothesis wants bounds without a zone and gives moments with one.
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(_MOMENTS)
def test_a_uuid7_is_one_by_rfc_9562(now: datetime) -> None:
    made = identifiers.uuid7(now)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(now.timestamp() * 1000)


@given(_MOMENTS, st.integers(min_value=1, max_value=10**9))
def test_the_order_of_ids_is_the_order_of_creation(now: datetime, milliseconds: int) -> None:
    after = now + timedelta(milliseconds=milliseconds)
    assert identifiers.new_site_id(now) < identifiers.new_site_id(after)


@given(_MOMENTS)
def test_each_id_matches_its_pattern_and_no_other(now: datetime) -> None:
    site, operation = identifiers.new_site_id(now), identifiers.new_operation_id(now)
    assert identifiers.SITE_ID.fullmatch(site)
    assert identifiers.OPERATION_ID.fullmatch(operation)
    assert identifiers.BACKUP_ID.fullmatch(identifiers.new_backup_id(now))
    assert not identifiers.OPERATION_ID.fullmatch(site)


@given(_MOMENTS, _MOMENTS)
def test_timestamps_compare_as_their_moments(one: datetime, other: datetime) -> None:
    whole_one = one.replace(microsecond=one.microsecond // 1000 * 1000)
    whole_other = other.replace(microsecond=other.microsecond // 1000 * 1000)
    assert (timestamp(one) < timestamp(other)) == (whole_one < whole_other)
    assert moment(timestamp(one)) == whole_one


def test_later_and_between_are_inverse() -> None:
    start = "2026-01-25T08:00:00.000Z"
    assert later(start, 90.5) == "2026-01-25T08:01:30.500Z"
    assert seconds_between(start, later(start, 90.5)) == 90.5
