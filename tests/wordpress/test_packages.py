"""Plugins and themes: vetted packages only, and nothing stays of what is refused."""

from uuid import uuid4

import pytest

from bbws_local.wordpress import PluginPackage, ThemePackage
from bbws_shared.wordpress_transport import WordPressRefused, WordPressUnavailable
from wordpress.conftest import WordPress


@pytest.fixture
def slug() -> str:
    return f"forms-{uuid4().hex[:8]}"


def test_a_plugin_that_was_not_vetted_is_not_installed(wordpress: WordPress, slug: str) -> None:
    site = wordpress.new_site()
    with pytest.raises(WordPressRefused) as refusal:
        wordpress.client().install_plugin(slug, site.domain, activate=True)
    assert (refusal.value.status, refusal.value.code) == (403, "bbws_plugin_not_vetted")


def test_nothing_stays_of_a_package_with_another_digest(wordpress: WordPress, slug: str) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    url, _ = wordpress.put(PluginPackage(slug, "1.0.0", "Forms").content())
    client.vet_plugin(slug, "1.0.0", url, "0" * 64)
    with pytest.raises(WordPressRefused) as refusal:
        client.install_plugin(slug, site.domain, activate=True)
    assert (refusal.value.status, refusal.value.code) == (422, "bbws_checksum_mismatch")
    assert slug not in {plugin.slug for plugin in client.plugins(site.domain)}
    if wordpress.real is not None:
        assert not list(wordpress.real.folder.glob(f"content/*/plugins/{slug}*"))


def test_a_vetted_plugin_is_installed_once_and_active_where_it_was_asked(
    wordpress: WordPress, slug: str
) -> None:
    site, other = wordpress.new_site(), wordpress.new_site()
    client = wordpress.client()
    wordpress.vet(PluginPackage(slug, "1.0.0", "Forms"))
    for _ in range(2):
        installed = client.install_plugin(slug, site.domain, activate=True)
        assert (installed.slug, installed.version, installed.status) == (slug, "1.0.0", "active")
    there = {plugin.slug: plugin.status for plugin in client.plugins(other.domain)}
    assert there[slug] == "inactive"


def test_a_version_replaces_the_one_it_is_said_to_and_no_other(
    wordpress: WordPress, slug: str
) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    wordpress.vet(PluginPackage(slug, "1.0.0", "Forms"))
    client.install_plugin(slug, site.domain, activate=True)
    for replaces in ({}, {"replaces": "0.9"}):
        wordpress.vet(PluginPackage(slug, "1.1.0", "Forms"), **replaces)
        with pytest.raises(WordPressUnavailable) as failure:
            client.replace_plugin(slug, site.domain)
        assert failure.value.code == "folder_exists"
    wordpress.vet(PluginPackage(slug, "1.1.0", "Forms"), replaces="1.0.0")
    assert client.replace_plugin(slug, site.domain).version == "1.1.0"


def test_a_plugin_that_php_cannot_run_is_not_activated(wordpress: WordPress, slug: str) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    wordpress.vet(PluginPackage(slug, "1.0.0", "Broken", is_broken=True))
    client.install_plugin(slug, site.domain, activate=False)
    with pytest.raises(WordPressUnavailable):
        client.set_plugin_status(slug, site.domain, is_active=True)
    assert {p.slug: p.status for p in client.plugins(site.domain)}[slug] == "inactive"
    assert wordpress.visit(site).status_code == 200


def test_files_go_when_no_site_runs_them(wordpress: WordPress, slug: str) -> None:
    site, other = wordpress.new_site(), wordpress.new_site()
    client = wordpress.client()
    wordpress.vet(PluginPackage(slug, "1.0.0", "Forms"))
    client.install_plugin(slug, site.domain, activate=True)
    for domain in (site.domain, other.domain):
        client.delete_plugin(slug, domain)
        assert slug in {plugin.slug for plugin in client.plugins(site.domain)}
    client.set_plugin_status(slug, site.domain, is_active=False)
    for _ in range(2):
        client.delete_plugin(slug, other.domain)
    assert slug not in {plugin.slug for plugin in client.plugins(site.domain)}


def test_settings_are_a_sites_own(wordpress: WordPress, slug: str) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    with pytest.raises(WordPressRefused) as refusal:
        client.configure_plugin(site.id, slug, {"mailTo": "me@shop.example"})
    assert (refusal.value.status, refusal.value.code) == (404, "bbws_plugin_not_found")
    wordpress.vet(PluginPackage(slug, "1.0.0", "Forms"))
    client.install_plugin(slug, site.domain, activate=False)
    client.configure_plugin(site.id, slug, {"mailTo": "me@shop.example", "columns": [1, {"a": 2}]})
    client.configure_plugin(site.id, slug, {"mailTo": None})


def test_a_theme_is_installed_from_its_package_and_active_on_the_site(
    wordpress: WordPress,
) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    stylesheet = f"bistro-{uuid4().hex[:8]}"
    before = client.get_site(site.id).theme
    url, _ = wordpress.put(ThemePackage(stylesheet, "1.0.0").content())
    with pytest.raises(WordPressRefused) as refusal:
        client.set_theme(site.id, stylesheet, url, "0" * 64)
    assert refusal.value.code == "bbws_checksum_mismatch"
    url, sha256 = wordpress.put(ThemePackage("another", "1.0.0").content())
    with pytest.raises(WordPressRefused) as refusal:
        client.set_theme(site.id, stylesheet, url, sha256)
    assert refusal.value.code == "bbws_invalid_package"
    assert client.get_site(site.id).theme == before
    for _ in range(2):
        wordpress.set_theme(site, ThemePackage(stylesheet, "1.0.0"))
    assert client.get_site(site.id).theme == stylesheet
    assert wordpress.visit(site).status_code == 200
