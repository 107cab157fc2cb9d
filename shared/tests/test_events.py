"""Events that no operation ends with."""

from hypothesis import given
from hypothesis import strategies as st

from bbws_shared.events import Event

INSTALLED = {"tenantId": "tenant-123", "siteId": "site-1", "pluginId": "forms", "version": "2.1.0"}
IDS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True)


def _event(ids: list[str], **installed: str) -> Event:
    return Event.plugin_vulnerable(
        {**INSTALLED, **installed},
        [{"id": each, "title": each.upper()} for each in ids],
        environment="dev",
        at="2026-01-25T08:00:00.000Z",
        correlation_id="feed-7",
    )


def test_a_vulnerable_plugin_is_named_with_what_is_known_of_it() -> None:
    content = _event(["a"]).model_dump(by_alias=True)
    assert content["eventType"] == "plugin.vulnerable"
    assert content["payload"] == {**INSTALLED, "vulnerabilities": [{"id": "a", "title": "A"}]}


@given(first=IDS, second=IDS)
def test_the_same_news_has_the_same_id_and_other_news_another(
    first: list[str], second: list[str]
) -> None:
    is_same = set(first) == set(second)
    assert (_event(first).event_id == _event(second).event_id) == is_same
    assert _event(first).event_id != _event(first, siteId="site-2").event_id
    assert _event(first).event_id != _event(first, version="2.2.0").event_id
