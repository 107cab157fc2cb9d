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
