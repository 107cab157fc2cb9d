import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbws_shared.errors import InvalidRequest
from bbws_shared.pagination import page_token, position_of

_SCOPES = st.lists(st.none() | st.text(max_size=20), max_size=5)
_POSITIONS = st.text(max_size=60)


@given(_SCOPES, _POSITIONS)
def test_a_token_leads_back_to_its_position(scope: list[str | None], position: str) -> None:
    token = page_token(scope, position)
    assert position_of(token, scope) == position
    assert token == base64.urlsafe_b64encode(base64.urlsafe_b64decode(token + "==")).decode().rstrip("=")  # fmt: skip


@given(_SCOPES, _SCOPES, _POSITIONS)
def test_a_token_belongs_to_one_list_only(
    scope: list[str | None], other: list[str | None], position: str
) -> None:
    if scope != other:
        with pytest.raises(InvalidRequest):
            position_of(page_token(scope, position), other)


@given(_SCOPES, _POSITIONS, st.data())
def test_an_altered_token_is_refused(
    scope: list[str | None], position: str, data: st.DataObject
) -> None:
    token = page_token(scope, position)
    index = data.draw(st.integers(min_value=0, max_value=len(token) - 1))
    letter = data.draw(st.characters(exclude_characters=token[index]))
    with pytest.raises(InvalidRequest):
        position_of(token[:index] + letter + token[index + 1 :], scope)


@given(st.text())
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        position_of(token, ["sites"])
    assert refusal.value.details["errors"][0]["field"] == "nextToken"
