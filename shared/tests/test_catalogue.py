"""The catalogue in a warm process: read once a minute, and full pages of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbws_local.testing import Account
from bbws_shared import keys
from bbws_shared.catalogue import KEPT_SECONDS, Catalogue, catalogue_page, shown
from bbws_shared.errors import InvalidRequest
from bbws_shared.pagination import PageTokens
from bbws_shared.table import Table
from bbws_shared.timestamps import utc_now


class Seconds:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def catalogue(table: Table, seconds: Seconds) -> Catalogue:
    return Catalogue(table, keys.templates_by_status("PUBLISHED"), seconds)


def _publish(account: Account, template_id: str, category: str, status: str = "PUBLISHED") -> None:
    pk, sk = keys.template(template_id)
    index = {
        "GSI2PK": keys.templates_by_status(status),
        "GSI2SK": keys.by_category(category, template_id),
    }
    account.put({"PK": pk, "SK": sk, "templateId": template_id, **index})
    account.calls.clear()


def _ids(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["templateId"] for entry in entries]


def test_the_entries_of_the_partition_come_by_category_and_id(
    account: Account, catalogue: Catalogue
) -> None:
    _publish(account, "b", "shop")
    _publish(account, "a", "shop")
    _publish(account, "z", "blog")
    _publish(account, "draft", "blog", "DRAFT")
    assert _ids(catalogue.entries()) == ["z", "a", "b"]


def test_for_a_minute_the_table_is_asked_once(
    account: Account, catalogue: Catalogue, seconds: Seconds
) -> None:
    _publish(account, "a", "shop")
    catalogue.entries()
    _publish(account, "b", "shop")
    seconds.now += KEPT_SECONDS - 0.001
    assert _ids(catalogue.entries()) == ["a"]
    assert account.calls == []
    seconds.now += 0.001
    assert _ids(catalogue.entries()) == ["a", "b"]
    catalogue.entries()
    assert account.calls == ["dynamodb.Query"]


def test_an_empty_catalogue_is_kept_too(account: Account, catalogue: Catalogue) -> None:
    assert catalogue.entries() == catalogue.entries() == []
    assert account.calls == ["dynamodb.Query"]


def test_a_read_that_failed_is_not_kept(
    account: Account, catalogue: Catalogue, answer_instead: Any
) -> None:
    _publish(account, "a", "shop")
    answer_instead("Query", {"Error": {"Code": "InternalServerError"}}, status=500)
    with pytest.raises(account.client("dynamodb").exceptions.InternalServerError):
        catalogue.entries()
    assert _ids(catalogue.entries()) == ["a"]


TOKENS = PageTokens(utc_now)
_SORT_KEYS = st.lists(st.text("abc#", min_size=1, max_size=6), unique=True, max_size=20).map(sorted)


@given(_SORT_KEYS, st.integers(min_value=1, max_value=7))
def test_the_pages_together_are_the_list_and_all_but_the_last_are_full(
    sort_keys: list[str], limit: int
) -> None:
    entries = [{"GSI2SK": sort_key} for sort_key in sort_keys]
    pages, token = [], None
    while True:
        page, token = catalogue_page(TOKENS, entries, limit, token, ["templates", None])
        pages.append(page)
        if token is None:
            break
    assert [entry for page in pages for entry in page] == entries
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1] or not entries


def test_a_page_goes_on_after_an_entry_that_is_gone_by_now() -> None:
    entries = [{"GSI2SK": key} for key in "abcd"]
    _, token = catalogue_page(TOKENS, entries, 2, None, ["x"])
    rest = [entry for entry in entries if entry["GSI2SK"] != "b"]
    assert catalogue_page(TOKENS, rest, 2, token, ["x"]) == (
        [{"GSI2SK": "c"}, {"GSI2SK": "d"}],
        None,
    )


def test_a_token_of_another_filter_is_refused() -> None:
    entries = [{"GSI2SK": key} for key in "abc"]
    _, token = catalogue_page(TOKENS, entries, 1, None, ["templates", "shop"])
    with pytest.raises(InvalidRequest):
        catalogue_page(TOKENS, entries, 1, token, ["templates", "blog"])


def test_an_entry_shows_the_named_fields_that_it_has() -> None:
    entry = {"PK": "TEMPLATE", "name": "Shop", "price": 0, "note": None}
    assert shown(entry, ["name", "price", "note", "previewUrl"]) == {"name": "Shop", "price": 0}
