from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbws_shared.errors import IllegalTransition
from bbws_shared.sites import SITE_TRANSITIONS, Environment, Site, SiteStatus

_AT = "2026-01-25T08:00:00.000Z"
_LATER = "2026-01-25T08:00:01.000Z"


def _site(**fields: Any) -> Site:
    given_fields: dict[str, Any] = {
        "site_id": "site-1",
        "tenant_id": "tenant-123",
        "site_name": "Shop",
        "subdomain": "shop",
        "environment": Environment.DEV,
        "configuration": {"title": "Shop"},
        "status": SiteStatus.PROVISIONING,
        "created_at": _AT,
        "created_by": "me",
        "updated_at": _AT,
    }
    return Site(**given_fields | fields)


@given(st.sampled_from(SiteStatus), st.sampled_from(SiteStatus))
def test_only_the_arrows_of_the_life_cycle_can_be_taken(start: SiteStatus, end: SiteStatus) -> None:
    site = _site(status=start)
    if end in SITE_TRANSITIONS[start]:
        moved = site.transition(end, _LATER)
        assert (moved.status, moved.version, moved.updated_at) == (end, 2, _LATER)
    else:
        with pytest.raises(IllegalTransition) as refusal:
            site.transition(end, _LATER)
        assert refusal.value.details == {"currentStatus": start, "requestedStatus": end}
    assert site.status is start


@given(st.lists(st.sampled_from(SiteStatus), max_size=12))
def test_nothing_leads_out_of_deleted(wishes: list[SiteStatus]) -> None:
    site = _site()
    was_deleted = False
    for wish in wishes:
        try:
            site = site.transition(wish, _LATER)
        except IllegalTransition:
            continue
        assert not was_deleted
        was_deleted = site.status is SiteStatus.DELETED


def test_the_status_changes_by_transition_only() -> None:
    with pytest.raises(ValueError, match="transition"):
        _site().changed(_LATER, status=SiteStatus.ACTIVE)


@given(
    st.sampled_from(SiteStatus),
    st.sampled_from(Environment),
    st.dictionaries(st.sampled_from(["title", "tagline"]), st.text()),
    st.none() | st.integers(min_value=1),
)
def test_a_stored_site_is_read_as_it_was(
    status: SiteStatus, environment: Environment, configuration: dict[str, str], blog: int | None
) -> None:
    site = _site(
        status=status,
        environment=environment,
        configuration=configuration,
        wordpress_site_id=blog,
        active_operation_id="op-1",
    )
    assert Site.from_item(site.to_item()) == site


def test_only_a_site_that_waits_for_its_purge_is_watched() -> None:
    waiting = _site(status=SiteStatus.DEPROVISIONING, purge_after=_LATER)
    assert waiting.to_item()["GSI4SK"] == _LATER
    assert "GSI4PK" not in _site().to_item()
    assert "GSI4PK" not in _site(status=SiteStatus.DEPROVISIONING).to_item()
    busy = waiting.changed(_LATER, active_operation_id="op-1")
    assert "GSI4PK" not in busy.to_item(), "its operation is watched instead"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ("DEV", "https://shop.wpdev.bbws.io"),
        ("SIT", "https://shop.wpsit.bbws.io"),
        ("PROD", "https://shop.wp.bbws.io"),
    ],
)
def test_the_address_tells_the_environment(environment: str, url: str) -> None:
    assert _site(environment=Environment(environment)).url == url


def test_a_site_without_wordpress_has_no_blog_id() -> None:
    with pytest.raises(ValueError, match="not in WordPress"):
        _ = _site().wordpress_id
    assert _site(wordpress_site_id=7).wordpress_id == 7


def test_each_change_has_another_tag() -> None:
    site = _site()
    changed = site.changed(_LATER, site_name="Corner Shop")
    assert (site.etag, changed.etag) == ('"1"', '"2"')
    assert (changed.site_name, changed.updated_at, site.site_name) == (
        "Corner Shop",
        _LATER,
        "Shop",
    )
