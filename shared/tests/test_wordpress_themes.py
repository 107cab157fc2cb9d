"""The client's methods for templates: theme and content, once however often they are asked for."""

from typing import Any

import pytest

from bbws_local.testing import TENANT
from bbws_local.wordpress import ContentPackage, ControlClient, SimulatorServer, ThemePackage
from bbws_shared.wordpress import Batch, SiteContent, WordPressClient, WordPressSite
from bbws_shared.wordpress_transport import WordPressRefused, WordPressUnavailable

THEME = ThemePackage("bistro", "1.0.0", "Bistro")
CONTENT = ContentPackage("bistro", "1.4.0", "Bistro", "A menu.")


@pytest.fixture
def shop(client: WordPressClient) -> WordPressSite:
    return client.create_site("site-1", "shop.wpdev.bbws.io", "Shop", {})


def _state(control: ControlClient) -> dict[str, Any]:
    (site,) = control.state(TENANT)["sites"]
    found: dict[str, Any] = site
    return found


def _effects(control: ControlClient) -> list[str]:
    return [effect["effect"] for effect in control.effects(TENANT)][1:]


def _set_theme(client: WordPressClient, site_id: int, url: str) -> None:
    client.set_theme(site_id, THEME.stylesheet, url + THEME.path, THEME.sha256)


def _imported(client: WordPressClient, site_id: int, url: str, import_id: str) -> list[Batch]:
    batches: list[Batch] = []
    while not batches or not batches[-1].done:
        cursor = batches[-1].cursor if batches else None
        package = (url + CONTENT.path, CONTENT.sha256)
        batches.append(client.import_content(site_id, import_id, *package, cursor))
    return batches


def test_what_every_new_site_begins_with_is_no_content(
    client: WordPressClient, shop: WordPressSite
) -> None:
    assert shop.content == SiteContent(posts=0, pages=0)
    assert shop.content.is_empty
    assert client.get_site(shop.id) == shop


@pytest.mark.parametrize(("posts", "pages"), [(1, 0), (0, 1)])
def test_one_post_or_page_of_somebodys_own_is_content(posts: int, pages: int) -> None:
    assert not SiteContent(posts=posts, pages=pages).is_empty


def test_a_theme_is_installed_and_activated_once(
    client: WordPressClient,
    control: ControlClient,
    shop: WordPressSite,
    wordpress: SimulatorServer,
) -> None:
    assert shop.theme == "twentytwentyfive"
    for _ in range(2):
        _set_theme(client, shop.id, wordpress.url)
    assert client.get_site(shop.id).theme == "bistro"
    assert _effects(control) == ["theme_installed", "theme_activated"]


def test_a_second_site_gets_the_theme_that_the_network_has(
    client: WordPressClient,
    control: ControlClient,
    shop: WordPressSite,
    wordpress: SimulatorServer,
) -> None:
    other = client.create_site("site-2", "other.wpdev.bbws.io", "Other", {})
    for site in (shop, other):
        _set_theme(client, site.id, wordpress.url)
    assert len(control.effects(TENANT, "theme_installed")) == 1
    assert len(control.effects(TENANT, "theme_activated")) == 2


def test_a_package_that_is_not_what_was_promised_is_refused(
    client: WordPressClient,
    control: ControlClient,
    shop: WordPressSite,
    wordpress: SimulatorServer,
) -> None:
    with pytest.raises(WordPressRefused):
        client.set_theme(shop.id, "bistro", wordpress.url + THEME.path, "0" * 64)
    with pytest.raises(WordPressRefused, match="bbws_invalid_package"):
        client.set_theme(shop.id, "bistro", wordpress.url + CONTENT.path, CONTENT.sha256)
    assert client.get_site(shop.id).theme == "twentytwentyfive"
    assert _effects(control) == []


def test_an_import_goes_on_batch_by_batch_and_replaces_what_was_there_once(
    client: WordPressClient,
    control: ControlClient,
    shop: WordPressSite,
    wordpress: SimulatorServer,
) -> None:
    batches = _imported(client, shop.id, wordpress.url, "op-1")
    assert [batch.done for batch in batches] == [False, True]
    assert 0 < batches[0].progress < 100
    (again,) = _imported(client, shop.id, wordpress.url, "op-1")
    assert again.done
    assert client.get_site(shop.id).content == SiteContent(posts=1, pages=3)
    assert [p["title"] for p in _state(control)["posts"]] == [
        "Home", "About us", "Contact", "We are open"
    ]  # fmt: skip
    assert _effects(control) == ["content_imported"]


def test_an_outage_in_between_is_told_and_gone_on_from(
    client: WordPressClient,
    control: ControlClient,
    shop: WordPressSite,
    wordpress: SimulatorServer,
) -> None:
    control.add_fault("cutAfter", path="/imports$", times=1)
    with pytest.raises(WordPressUnavailable):
        _imported(client, shop.id, wordpress.url, "op-1")
    assert _imported(client, shop.id, wordpress.url, "op-1")[-1].done
    assert _effects(control) == ["content_imported"]


def test_an_answer_that_does_not_say_what_the_site_holds_is_not_read_as_nothing(
    client: WordPressClient, control: ControlClient, shop: WordPressSite
) -> None:
    body = {k: v for k, v in _state(control).items() if k != "content"}
    control.add_fault("status", status=200, body=body, method="GET")
    with pytest.raises(WordPressUnavailable, match="unknown form"):
        client.get_site(shop.id)
