"""Page tokens: a position for one list, for a day."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbws_shared.errors import InvalidRequest
from bbws_shared.pagination import TOKEN_LIFE, PageTokens

_NOW = datetime(2026, 1, 25, 8, tzinfo=UTC)
_TOKENS = PageTokens(lambda: _NOW)
_SCOPES = st.lists(st.none() | st.text(max_size=20), max_size=5)
_POSITIONS = st.text(max_size=60)
_MOMENTS = st.datetimes(
    datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC)  # noqa: DTZ001
)


def _at(moment: datetime) -> PageTokens:
    return PageTokens(lambda: moment)


@given(_SCOPES, _POSITIONS, _MOMENTS)
def test_a_token_leads_back_to_its_position(
    scope: list[str | None], position: str, moment: datetime
) -> None:
    token = _at(moment).make(scope, position)
    assert _at(moment).position(token, scope) == position
    raw = base64.urlsafe_b64decode(token + "==")
    assert token == base64.urlsafe_b64encode(raw).decode().rstrip("=")


@given(_SCOPES, _SCOPES, _POSITIONS)
def test_a_token_belongs_to_one_list_only(
    scope: list[str | None], other: list[str | None], position: str
) -> None:
    if scope != other:
        with pytest.raises(InvalidRequest):
            _TOKENS.position(_TOKENS.make(scope, position), other)


@given(_SCOPES, _POSITIONS, st.data())
def test_an_altered_token_is_refused(
    scope: list[str | None], position: str, data: st.DataObject
) -> None:
    token = _TOKENS.make(scope, position)
    index = data.draw(st.integers(min_value=0, max_value=len(token) - 1))
    letter = data.draw(st.characters(exclude_characters=token[index]))
    with pytest.raises(InvalidRequest):
        _TOKENS.position(token[:index] + letter + token[index + 1 :], scope)


@given(_SCOPES, _POSITIONS, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_a_token_expires_after_its_life(
    scope: list[str | None], position: str, age: timedelta
) -> None:
    token, later = _TOKENS.make(scope, position), _at(_NOW + age)
    if age <= TOKEN_LIFE:
        assert later.position(token, scope) == position
    else:
        with pytest.raises(InvalidRequest) as refusal:
            later.position(token, scope)
        assert "expired" in refusal.value.details["errors"][0]["message"]


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        _TOKENS.position(token, ["sites"])
    assert refusal.value.details["errors"][0]["field"] == "nextToken"
