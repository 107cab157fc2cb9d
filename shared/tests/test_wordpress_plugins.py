"""The client's plugin methods: vetted packages only, installed once, active where it was asked."""

from collections.abc import Callable

import pytest

from bbws_local.testing import TENANT
from bbws_local.wordpress import ControlClient, PluginPackage, SimulatorServer
from bbws_shared.wordpress import WordPressClient, WordPressPlugin, WordPressSite
from bbws_shared.wordpress_transport import WordPressRefused, WordPressUnavailable

_DOMAIN = "shop.wpdev.bbws.io"
_FORMS = PluginPackage("forms", "2.1.0", "Forms", file="wp-forms")

type Vet = Callable[[PluginPackage], None]


@pytest.fixture
def shop(client: WordPressClient) -> WordPressSite:
    return client.create_site("site-1", _DOMAIN, "Shop", {})


@pytest.fixture
def vet(client: WordPressClient, wordpress: SimulatorServer) -> Vet:
    def name(package: PluginPackage) -> None:
        url = wordpress.url + package.path
        client.vet_plugin(package.slug, package.version, url, package.sha256)

    return name


def _effects(control: ControlClient) -> list[str]:
    return [effect["effect"] for effect in control.effects(TENANT)][1:]


def test_plugins_are_listed_with_their_slug_and_their_status_on_the_site(
    client: WordPressClient, shop: WordPressSite
) -> None:
    akismet, hello = client.plugins(_DOMAIN)
    assert (akismet.plugin, akismet.slug, akismet.status) == (
        "akismet/akismet", "akismet", "inactive",
    )  # fmt: skip
    assert (hello.plugin, hello.slug) == ("hello", "hello")


def test_naming_the_same_package_twice_is_naming_it_once(
    vet: Vet, shop: WordPressSite, control: ControlClient
) -> None:
    vet(_FORMS)
    vet(_FORMS)
    assert _effects(control) == ["package_vetted"]


@pytest.mark.parametrize(("activate", "status"), [(True, "active"), (False, "inactive")])
def test_a_vetted_plugin_is_installed_and_active_when_asked(
    client: WordPressClient, shop: WordPressSite, vet: Vet, activate: bool, status: str
) -> None:
    vet(_FORMS)
    installed = client.install_plugin("forms", _DOMAIN, activate=activate)
    assert installed == WordPressPlugin(plugin="forms/wp-forms", status=status, version="2.1.0")
    assert installed in client.plugins(_DOMAIN)


def test_installing_twice_installs_once(
    client: WordPressClient, shop: WordPressSite, vet: Vet, control: ControlClient
) -> None:
    vet(_FORMS)
    first = client.install_plugin("forms", _DOMAIN, activate=True)
    assert client.install_plugin("forms", _DOMAIN, activate=True) == first
    assert client.install_plugin("forms", _DOMAIN, activate=False) == first, "never switched off"
    assert _effects(control) == ["package_vetted", "plugin_installed", "plugin_activated"]


def test_a_plugin_of_the_network_is_only_switched_on_for_a_further_site(
    client: WordPressClient, shop: WordPressSite, vet: Vet, control: ControlClient
) -> None:
    client.create_site("site-2", "blog.wpdev.bbws.io", "Blog", {})
    vet(_FORMS)
    client.install_plugin("forms", _DOMAIN, activate=True)
    there = client.install_plugin("forms", "blog.wpdev.bbws.io", activate=True)
    assert there.status == "active"
    assert _effects(control).count("plugin_installed") == 1
    assert _effects(control).count("plugin_activated") == 2


def test_a_plugin_that_is_active_on_the_whole_network_is_left_as_it_is(
    client: WordPressClient, shop: WordPressSite, control: ControlClient, wordpress: SimulatorServer
) -> None:
    wordpress.state.networks[TENANT].network_active.add("hello")
    assert client.install_plugin("hello", _DOMAIN, activate=True).status == "network-active"
    assert _effects(control) == []


def test_a_plugin_that_another_site_installed_meanwhile_is_taken(
    client: WordPressClient, shop: WordPressSite, vet: Vet, control: ControlClient
) -> None:
    vet(_FORMS)
    client.install_plugin("forms", _DOMAIN, activate=False)
    control.add_fault("status", status=200, body=[], method="GET", path="/plugins$", times=1)
    assert client.install_plugin("forms", _DOMAIN, activate=True).status == "active"
    assert _effects(control).count("plugin_installed") == 1


def test_a_plugin_that_is_there_and_then_not_may_be_asked_for_again(
    client: WordPressClient, shop: WordPressSite, vet: Vet, control: ControlClient
) -> None:
    vet(_FORMS)
    client.install_plugin("forms", _DOMAIN, activate=False)
    control.add_fault("status", status=200, body=[], method="GET", path="/plugins$")
    with pytest.raises(WordPressUnavailable, match="vanished"):
        client.install_plugin("forms", _DOMAIN, activate=True)


def test_a_plugin_that_was_not_vetted_is_refused(
    client: WordPressClient, shop: WordPressSite
) -> None:
    with pytest.raises(WordPressRefused) as refusal:
        client.install_plugin("forms", _DOMAIN, activate=True)
    assert (refusal.value.status, refusal.value.code) == (403, "bbws_plugin_not_vetted")


def test_a_package_with_other_bytes_than_were_vetted_is_refused(
    client: WordPressClient, shop: WordPressSite, wordpress: SimulatorServer
) -> None:
    client.vet_plugin("forms", "2.1.0", wordpress.url + _FORMS.path, "0" * 64)
    with pytest.raises(WordPressRefused, match="bbws_checksum_mismatch"):
        client.install_plugin("forms", _DOMAIN, activate=True)


def test_a_plugin_that_wordpress_cannot_install_tells_cores_code(
    client: WordPressClient, shop: WordPressSite, vet: Vet
) -> None:
    vet(PluginPackage("forms", "9.0", requires_wordpress="99.0"))
    with pytest.raises(WordPressUnavailable) as failure:
        client.install_plugin("forms", _DOMAIN, activate=True)
    assert failure.value.code == "incompatible_wp_required_version"


def test_options_are_set_on_the_site(
    client: WordPressClient, shop: WordPressSite, control: ControlClient
) -> None:
    client.configure_plugin(shop.id, "akismet", {"strict": True})
    client.configure_plugin(shop.id, "akismet", {"strict": True})
    (site,) = control.state(TENANT)["sites"]
    assert site["pluginSettings"] == {"akismet": {"strict": True}}
    assert _effects(control) == ["plugin_settings_changed"]


def test_options_of_a_plugin_that_is_not_there_are_refused(
    client: WordPressClient, shop: WordPressSite
) -> None:
    with pytest.raises(WordPressRefused, match="bbws_plugin_not_found"):
        client.configure_plugin(shop.id, "forms", {})


@pytest.mark.parametrize("body", [{"plugins": []}, [{"plugin": "forms"}], [3], "<html>"])
def test_a_list_in_an_unknown_form_is_no_list(
    client: WordPressClient, shop: WordPressSite, control: ControlClient, body: object
) -> None:
    control.add_fault("status", status=200, body=body)
    with pytest.raises(WordPressUnavailable):
        client.plugins(_DOMAIN)


def test_an_option_goes_back_to_what_it_is_by_default(
    client: WordPressClient, shop: WordPressSite, control: ControlClient
) -> None:
    client.configure_plugin(shop.id, "akismet", {"strict": True, "limit": 3})
    client.configure_plugin(shop.id, "akismet", {"strict": None})
    (site,) = control.state(TENANT)["sites"]
    assert site["pluginSettings"] == {"akismet": {"limit": 3}}


def test_a_plugin_is_switched_on_and_off_once(
    client: WordPressClient, shop: WordPressSite, control: ControlClient
) -> None:
    for is_active in (True, True, False, False):
        client.set_plugin_status("akismet", _DOMAIN, is_active=is_active)
    assert _effects(control) == ["plugin_activated", "plugin_deactivated"]


def test_the_status_of_a_plugin_that_is_not_there_cannot_be_set(
    client: WordPressClient, shop: WordPressSite
) -> None:
    with pytest.raises(WordPressRefused) as refusal:
        client.set_plugin_status("forms", _DOMAIN, is_active=True)
    assert (refusal.value.status, refusal.value.code) == (404, "rest_plugin_not_found")


def test_a_version_takes_the_place_of_the_one_that_it_is_said_to_replace(
    client: WordPressClient, shop: WordPressSite, wordpress: SimulatorServer, vet: Vet
) -> None:
    vet(_FORMS)
    client.install_plugin("forms", _DOMAIN, activate=True)
    newer = PluginPackage("forms", "2.2.0", "Forms", file="wp-forms")
    vet(newer)
    with pytest.raises(WordPressUnavailable) as failure:
        client.replace_plugin("forms", _DOMAIN)
    assert failure.value.code == "folder_exists"
    url = wordpress.url + newer.path
    client.vet_plugin("forms", "2.2.0", url, newer.sha256, replaces="2.1.0")
    assert client.replace_plugin("forms", _DOMAIN).version == "2.2.0"
    with pytest.raises(WordPressUnavailable):
        client.replace_plugin("forms", _DOMAIN)


def test_a_plugins_files_are_deleted_when_no_site_runs_it(
    client: WordPressClient, shop: WordPressSite, control: ControlClient
) -> None:
    other = client.create_site("site-2", "other.wpdev.bbws.io", "Other", {})
    client.set_plugin_status("akismet", other.domain, is_active=True)
    client.delete_plugin("akismet", _DOMAIN)
    client.delete_plugin("akismet", other.domain)
    assert "plugin_deleted" not in _effects(control)
    client.set_plugin_status("akismet", other.domain, is_active=False)
    client.delete_plugin("akismet", _DOMAIN)
    client.delete_plugin("akismet", _DOMAIN)
    assert _effects(control).count("plugin_deleted") == 1


def test_a_deletion_that_wordpress_refuses_for_another_reason_is_told(
    client: WordPressClient, shop: WordPressSite, control: ControlClient
) -> None:
    control.add_fault("status", status=403, code="rest_cannot_manage_plugins", method="DELETE")
    with pytest.raises(WordPressRefused, match="rest_cannot_manage_plugins"):
        client.delete_plugin("akismet", _DOMAIN)
