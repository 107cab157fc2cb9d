"""Sites: made once, found, changed, suspended, deleted."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from bbws_local.realwordpress import RealWordPress
from bbws_shared.wordpress import WordPressSite
from bbws_shared.wordpress_transport import WordPressRefused
from wordpress import large
from wordpress.conftest import WordPress


def test_a_network_says_how_it_is(wordpress: WordPress) -> None:
    health = wordpress.client().health()
    assert (health.database, health.filesystem, health.cron, health.object_cache) == ("ok",) * 4
    assert health.wordpress_version[0].isdigit()
    assert health.php_version.startswith("8.")


def test_a_new_site_is_active_at_its_address_and_has_no_content_of_its_own(
    wordpress: WordPress,
) -> None:
    site = wordpress.new_site("fish", timezone="Africa/Johannesburg", adminEmail="me@fish.example")
    assert site.url == f"https://{site.domain}"
    assert site.admin_url == f"https://{site.domain}/wp-admin/"
    assert (site.status, site.content.is_empty) == ("active", True)
    page = wordpress.visit(site)
    assert page.status_code == 200
    assert "Fish" in page.text
    assert wordpress.client().get_site(site.id) == site


def test_the_same_external_id_is_the_same_site(wordpress: WordPress) -> None:
    client, unique = wordpress.client(), uuid4().hex[:10]

    def make(_: int) -> WordPressSite:
        domain = f"twice-{unique}.wpdev.bbws.io"
        return wordpress.client().create_site(f"site-{unique}", domain, "Twice", {})

    with ThreadPoolExecutor(4) as callers:
        made = list(callers.map(make, range(4)))
    assert len({site.id for site in made}) == 1
    assert client.find_site(f"site-{unique}") == made[0]
    assert client.find_site("site-that-is-not-there") is None


def test_sites_made_at_once_are_all_made(wordpress: WordPress) -> None:
    with ThreadPoolExecutor(8) as callers:
        made = list(callers.map(lambda n: wordpress.new_site(f"many{n}"), range(8)))
    assert len({site.id for site in made}) == len(made)
    assert all(wordpress.client().get_site(site.id) == site for site in made)


def test_anothers_domain_is_refused(wordpress: WordPress) -> None:
    site = wordpress.new_site()
    for domain in (site.domain, site.domain.upper()):
        with pytest.raises(WordPressRefused) as refusal:
            wordpress.client().create_site(f"site-{uuid4().hex}", domain, "Thief", {})
        assert (refusal.value.status, refusal.value.code) == (409, "bbws_domain_taken")


@pytest.mark.parametrize(
    "arguments",
    [
        ("no space allowed", "ok.wpdev.bbws.io", "T", {}),
        ("site-1", "not a domain", "T", {}),
        ("site-1", "ok.wpdev.bbws.io", "", {}),
        ("site-1", "ok.wpdev.bbws.io", "T", {"timezone": "Mars/Olympus"}),
        ("site-1", "ok.wpdev.bbws.io", "T", {"language": "12"}),
        ("site-1", "ok.wpdev.bbws.io", "T", {"adminEmail": "nobody"}),
    ],
)
def test_what_cannot_be_a_site_is_refused(
    wordpress: WordPress, arguments: tuple[str, str, str, dict[str, str]]
) -> None:
    with pytest.raises(WordPressRefused) as refusal:
        wordpress.client().create_site(*arguments)
    assert (refusal.value.status, refusal.value.code) == (400, "rest_invalid_param")


def test_settings_are_set_and_the_others_stay(wordpress: WordPress) -> None:
    site = wordpress.new_site("plain")
    client = wordpress.client()
    client.update_site(site.id, {"title": "Fish & <b>Chips</b>", "tagline": "Fresh"})
    client.update_site(site.id, {"timezone": "UTC+5.5", "language": "en_US"})
    page = wordpress.visit(site).text
    assert "Fish &amp; " in page or "Fish &#038; " in page
    assert "<b>Chips</b>" not in page
    client.update_site(site.id, {"title": "Later"})
    client.update_site(site.id, {"title": "Later"})
    assert "Later" in wordpress.visit(site).text


def test_a_language_that_the_image_does_not_have_is_stored(
    genuine: WordPress, real: RealWordPress
) -> None:
    site, client = genuine.new_site(language="af"), genuine.client()
    assert large.option(real, site, "WPLANG") == "af"
    assert "Sample Page" in genuine.visit(site).text
    client.update_site(site.id, {"language": "zu_ZA"})
    assert large.option(real, site, "WPLANG") == "zu_ZA"
    client.update_site(site.id, {"language": "en_US"})
    assert large.option(real, site, "WPLANG") == ""


def test_a_suspended_site_shows_the_holding_page_and_its_admin(wordpress: WordPress) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    for _ in range(2):
        client.set_site_status(site.id, "suspended")
    assert client.get_site(site.id).status == "suspended"
    page = wordpress.visit(site)
    assert (page.status_code, page.headers["Retry-After"]) == (503, "3600")
    assert wordpress.visit(site, "/wp-json/wp/v2/posts").status_code == 503
    assert wordpress.visit(site, "/wp-login.php").status_code == 200
    assert client.plugins(site.domain)
    client.set_site_status(site.id, "active")
    assert wordpress.visit(site).status_code == 200


def test_a_deleted_site_is_gone_and_its_address_free(wordpress: WordPress) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    for _ in range(2):
        client.delete_site(site.id)
    assert client.find_site(site.external_id) is None
    for act in (
        lambda: client.get_site(site.id),
        lambda: client.update_site(site.id, {"title": "T"}),
        lambda: client.set_site_status(site.id, "active"),
    ):
        with pytest.raises(WordPressRefused) as refusal:
            act()
        assert (refusal.value.status, refusal.value.code) == (404, "bbws_site_not_found")
    again = client.create_site(f"site-{uuid4().hex}", site.domain, "Again", {})
    assert again.id != site.id
