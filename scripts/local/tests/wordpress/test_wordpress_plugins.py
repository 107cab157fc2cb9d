"""Core's plugin routes, vetted packages, settings and themes."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import requests

from bbws_local.wordpress import ControlClient, PluginPackage, SimulatorServer, ThemePackage

type Caller = Callable[..., requests.Response]
type NewSite = Callable[..., dict[str, Any]]
type Vet = Callable[[PluginPackage], requests.Response]

FORMS = PluginPackage("forms", "2.1.0", "Forms", "Forms Ltd", "wp-forms", "6.0", "8.1")


@pytest.fixture
def vet(bbws: Caller, simulator: SimulatorServer) -> Vet:
    def put(package: PluginPackage) -> requests.Response:
        return bbws(
            "PUT",
            f"/packages/plugins/{package.slug}",
            {
                "version": package.version,
                "url": simulator.url + package.path,
                "sha256": package.sha256,
            },
        )

    return put


def test_a_network_starts_with_the_plugins_wordpress_ships(core: Caller, new_site: NewSite) -> None:
    plugins = core("GET", "/plugins", new_site()["domain"]).json()

    assert [one["plugin"] for one in plugins] == ["akismet/akismet", "hello"]
    assert {one["status"] for one in plugins} == {"inactive"}


def test_a_slug_without_a_vetted_package_is_refused(core: Caller, new_site: NewSite) -> None:
    response = core("POST", "/plugins", new_site()["domain"], {"slug": "forms"})

    assert (response.status_code, response.json()["code"]) == (403, "bbws_plugin_not_vetted")


def test_a_vetted_package_is_installed_and_activated_on_one_site_alone(
    core: Caller, control: ControlClient, new_site: NewSite, vet: Vet
) -> None:
    shop, blog = new_site("shop")["domain"], new_site("blog")["domain"]
    assert vet(FORMS).json()["sha256"] == FORMS.sha256
    vet(FORMS)

    response = core("POST", "/plugins", shop, {"slug": "forms", "status": "active"})

    assert response.status_code == 201
    location = "https://shop.wpdev.bbws.io/wp-json/wp/v2/plugins/forms/wp-forms"
    assert response.headers["Location"] == location
    plugin = response.json()
    assert plugin["plugin"] == "forms/wp-forms"
    assert (plugin["status"], plugin["name"], plugin["version"]) == ("active", "Forms", "2.1.0")
    assert (plugin["author"], plugin["textdomain"]) == ("Forms Ltd", "forms")
    assert (plugin["requires_wp"], plugin["requires_php"]) == ("6.0", "8.1")
    assert plugin["network_only"] is False
    assert plugin["_links"]["self"][0]["href"] == location
    assert core("GET", "/plugins/forms/wp-forms", blog).json()["status"] == "inactive"
    names = [one["effect"] for one in control.effects("tenant-a")]
    assert names[2:] == ["package_vetted", "plugin_installed", "plugin_activated"]


def test_installing_again_is_cores_folder_exists(
    core: Caller, control: ControlClient, new_site: NewSite, vet: Vet
) -> None:
    host = new_site()["domain"]
    vet(FORMS)
    core("POST", "/plugins", host, {"slug": "forms"})

    response = core("POST", "/plugins", host, {"slug": "forms"})

    assert (response.status_code, response.json()["code"]) == (500, "folder_exists")
    assert len(control.effects("tenant-a", "plugin_installed")) == 1


def test_a_package_with_another_checksum_leaves_nothing(
    bbws: Caller, core: Caller, simulator: SimulatorServer, new_site: NewSite
) -> None:
    host = new_site()["domain"]
    package = {"version": "1", "url": simulator.url + FORMS.path, "sha256": "0" * 64}
    bbws("PUT", "/packages/plugins/forms", package)

    response = core("POST", "/plugins", host, {"slug": "forms"})

    assert (response.status_code, response.json()["code"]) == (422, "bbws_checksum_mismatch")
    assert core("GET", "/plugins/forms/wp-forms", host).status_code == 404


def test_a_package_out_of_reach_is_not_installed(
    bbws: Caller, core: Caller, new_site: NewSite
) -> None:
    host = new_site()["domain"]
    package = {"version": "1", "url": "http://127.0.0.1:9/x.zip", "sha256": "0" * 64}
    bbws("PUT", "/packages/plugins/forms", package)

    response = core("POST", "/plugins", host, {"slug": "forms"})

    assert (response.status_code, response.json()["code"]) == (502, "bbws_download_failed")


@pytest.mark.parametrize(
    ("package", "code"),
    [
        (PluginPackage("x", "1", requires_wordpress="7.0"), "incompatible_wp_required_version"),
        (PluginPackage("x", "1", requires_php="8.4"), "incompatible_php_required_version"),
    ],
)
def test_a_package_for_newer_versions_is_refused_with_cores_code(
    core: Caller, new_site: NewSite, vet: Vet, package: PluginPackage, code: str
) -> None:
    host = new_site()["domain"]
    vet(package)

    response = core("POST", "/plugins", host, {"slug": "x"})

    assert (response.status_code, response.json()["code"]) == (500, code)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no zip", "incompatible_archive"),
        (ThemePackage("x", "1").content(), "incompatible_archive_no_plugins"),
    ],
)
def test_a_package_without_a_plugin_is_refused_with_cores_code(
    bbws: Caller,
    core: Caller,
    new_site: NewSite,
    bucket: dict[str, bytes],
    bucket_url: str,
    content: bytes,
    code: str,
) -> None:
    bucket["/x.zip"] = content
    package = {"url": f"{bucket_url}/x.zip", "sha256": hashlib.sha256(content).hexdigest()}
    bbws("PUT", "/packages/plugins/x", {"version": "1", **package})

    response = core("POST", "/plugins", new_site()["domain"], {"slug": "x"})

    assert (response.status_code, response.json()["code"]) == (500, code)


def test_activation_and_deactivation_are_effects_once(
    core: Caller, control: ControlClient, new_site: NewSite
) -> None:
    host = new_site()["domain"]
    for status in ("active", "active", "inactive", "inactive"):
        response = core("PUT", "/plugins/akismet/akismet", host, {"status": status})
        assert (response.status_code, response.json()["status"]) == (200, status)

    names = [one["effect"] for one in control.effects("tenant-a")[1:]]
    assert names == ["plugin_activated", "plugin_deactivated"]


def test_network_activation_is_seen_on_every_site(core: Caller, new_site: NewSite) -> None:
    shop, blog = new_site("shop")["domain"], new_site("blog")["domain"]

    core("PUT", "/plugins/hello", shop, {"status": "network-active"})

    assert core("GET", "/plugins/hello", blog).json()["status"] == "network-active"
    assert core("DELETE", "/plugins/hello", blog).status_code == 400
    core("PUT", "/plugins/hello", blog, {"status": "active"})
    assert core("GET", "/plugins/hello", shop).json()["status"] == "network-active"
    core("PUT", "/plugins/hello", blog, {"status": "inactive"})
    assert core("GET", "/plugins/hello", shop).json()["status"] == "inactive"


def test_an_active_plugin_cannot_be_deleted(core: Caller, new_site: NewSite) -> None:
    host = new_site()["domain"]
    core("PUT", "/plugins/hello", host, {"status": "active"})

    response = core("DELETE", "/plugins/hello", host)

    assert response.status_code == 400
    assert response.json()["code"] == "rest_cannot_delete_active_plugin"


def test_deleting_takes_the_files_from_the_network_unless_another_site_runs_them(
    core: Caller, control: ControlClient, new_site: NewSite
) -> None:
    shop, blog = new_site("shop")["domain"], new_site("blog")["domain"]
    core("PUT", "/plugins/hello", blog, {"status": "active"})

    refused = core("DELETE", "/plugins/hello", shop)
    assert (refused.status_code, refused.json()["code"]) == (409, "bbws_plugin_active_elsewhere")

    core("PUT", "/plugins/hello", blog, {"status": "inactive"})
    response = core("DELETE", "/plugins/hello", shop)
    assert response.status_code == 200
    assert response.json()["deleted"] is True
    assert response.json()["previous"]["plugin"] == "hello"
    assert core("GET", "/plugins/hello", blog).status_code == 404
    assert len(control.effects("tenant-a", "plugin_deleted")) == 1


def test_a_package_takes_the_place_of_the_version_it_replaces_alone(
    core: Caller, bbws: Caller, simulator: SimulatorServer, new_site: NewSite, vet: Vet
) -> None:
    host = new_site()["domain"]
    vet(FORMS)
    assert core("POST", "/plugins", host, {"slug": "forms"}).status_code == 201
    newer = PluginPackage("forms", "2.2.0", file="wp-forms")
    package = {
        "version": "2.2.0",
        "url": simulator.url + newer.path,
        "sha256": newer.sha256,
        "replaces": "2.0.0",
    }
    assert bbws("PUT", "/packages/plugins/forms", package).json()["replaces"] == "2.0.0"
    refused = core("POST", "/plugins", host, {"slug": "forms"})
    assert (refused.status_code, refused.json()["code"]) == (500, "folder_exists")

    bbws("PUT", "/packages/plugins/forms", {**package, "replaces": "2.1.0"})
    replaced = core("POST", "/plugins", host, {"slug": "forms"})
    assert (replaced.status_code, replaced.json()["version"]) == (201, "2.2.0")


def test_a_plugin_that_php_cannot_run_is_not_activated(
    core: Caller, new_site: NewSite, vet: Vet
) -> None:
    host = new_site()["domain"]
    vet(PluginPackage("forms", "2.1.0", is_broken=True))
    assert core("POST", "/plugins", host, {"slug": "forms"}).status_code == 201

    response = core("PUT", "/plugins/forms/forms", host, {"status": "active"})

    assert (response.status_code, response.json()["code"]) == (500, "internal_server_error")
    assert core("GET", "/plugins/forms/forms", host).json()["status"] == "inactive"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_absent_plugin_is_not_found(core: Caller, new_site: NewSite, method: str) -> None:
    response = core(method, "/plugins/none/none", new_site()["domain"], {"status": "active"})

    assert (response.status_code, response.json()["code"]) == (404, "rest_plugin_not_found")


def test_plugins_are_filtered(core: Caller, new_site: NewSite) -> None:
    host = new_site()["domain"]

    found = core("GET", "/plugins?search=Dolly", host).json()

    assert [one["plugin"] for one in found] == ["hello"]
    assert core("GET", "/plugins?status=active", host).json() == []


@pytest.mark.parametrize("body", [{"slug": "a b"}, {"slug": "forms", "status": "on"}])
def test_a_bad_installation_is_refused(
    core: Caller, new_site: NewSite, body: dict[str, str]
) -> None:
    response = core("POST", "/plugins", new_site()["domain"], body)

    assert (response.status_code, response.json()["code"]) == (400, "rest_invalid_param")


def test_settings_are_kept_per_site(
    bbws: Caller, control: ControlClient, new_site: NewSite
) -> None:
    site = new_site()
    path = f"/sites/{site['id']}/plugins/akismet/settings"

    for _ in range(2):
        bbws("PUT", path, {"settings": {"strict": True}})
    answer = bbws("PUT", path, {"settings": {"key": "k"}}).json()

    assert answer == {"slug": "akismet", "settings": {"strict": True, "key": "k"}}
    assert len(control.effects("tenant-a", "plugin_settings_changed")) == 2
    absent = bbws("PUT", f"/sites/{site['id']}/plugins/none/settings", {"settings": {}})
    assert (absent.status_code, absent.json()["code"]) == (404, "bbws_plugin_not_found")
    wrong = bbws("PUT", path, {"settings": "x"})
    assert list(wrong.json()["data"]["params"]) == ["settings"]


def test_a_theme_is_installed_from_its_package_once(
    bbws: Caller, control: ControlClient, simulator: SimulatorServer, new_site: NewSite
) -> None:
    path = f"/sites/{new_site()['id']}/theme"
    theme = ThemePackage("storefront", "4.6", "Storefront")
    package = {"url": simulator.url + theme.path, "sha256": theme.sha256}

    absent = bbws("PUT", path, {"stylesheet": "storefront"})
    assert (absent.status_code, absent.json()["code"]) == (404, "bbws_theme_not_found")
    for _ in range(2):
        response = bbws("PUT", path, {"stylesheet": "storefront", "package": package})
        assert response.status_code == 200

    names = [one["effect"] for one in control.effects("tenant-a")[1:]]
    assert names == ["theme_installed", "theme_activated"]
    assert control.state("tenant-a")["sites"][0]["theme"] == "storefront"
    wrong = bbws("PUT", path, {"stylesheet": "other", "package": package})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bbws_invalid_package")
    half = bbws("PUT", path, {"stylesheet": "other", "package": {"url": package["url"]}})
    assert half.json()["data"]["params"] == {"package": "sha256 is a required property of package."}


def test_equal_packages_have_equal_bytes() -> None:
    again = PluginPackage("forms", "2.1.0", "Forms", "Forms Ltd", "wp-forms", "6.0", "8.1")

    assert again.content() == FORMS.content()
    assert again.sha256 != PluginPackage("forms", "2.1.1").sha256
