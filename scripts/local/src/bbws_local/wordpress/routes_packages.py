"""`bbws/v1`: vetted plugin packages, plugin settings and themes."""

from typing import Any

from werkzeug.wrappers import Response

from . import errors, transfers
from .params import Arg
from .plugins import VettedPackage, holds_theme
from .rest import Call, Route, answer

_URL = Arg(required=True, format="uri")
_SHA256 = Arg(required=True, pattern="[a-fA-F0-9]{64}")
_PACKAGE_FIELDS = {"url": _URL, "sha256": _SHA256}
_VETTED = {
    "version": Arg(required=True, min_length=1),
    "replaces": Arg(min_length=1),
    **_PACKAGE_FIELDS,
}
_THEME = {
    "stylesheet": Arg(required=True, pattern=r"[\w\-]+"),
    "package": Arg("object", properties=_PACKAGE_FIELDS),
}


def vet_package(call: Call) -> Response:
    """Say which package core may install for a slug."""
    args = call.args
    slug = call.path_args["slug"]
    package = VettedPackage(
        slug, args["version"], args["url"], args["sha256"].lower(), args.get("replaces")
    )
    with call.network.lock:
        if call.network.packages.get(slug) != package:
            call.network.packages[slug] = package
            call.network.change(
                "package_vetted", call.correlation_id, slug=slug, version=package.version
            )
    return answer(package.as_json())


def set_plugin_settings(call: Call) -> Response:
    """Set the named options of a plugin on one site, null ones to their default; the others stay."""
    slug = call.path_args["slug"]
    settings: dict[str, Any] = dict(call.args["settings"])
    network = call.network
    with network.lock:
        site = network.managed_site(call.path_args["site_id"])
        if not any(plugin.slug == slug for plugin in network.plugins.values()):
            raise errors.RestError(404, "bbws_plugin_not_found", "Plugin not found.")
        before = site.plugin_settings.get(slug, {})
        named = {**before, **settings}
        after = {name: value for name, value in named.items() if value is not None}
        if after != before:
            site.plugin_settings[slug] = after
            network.change("plugin_settings_changed", call.correlation_id, site, slug=slug)
        return answer({"slug": slug, "settings": after})


def set_theme(call: Call) -> Response:
    """Activate a theme on one site, installed from the package first where it is missing."""
    stylesheet = call.args["stylesheet"]
    network = call.network
    with network.lock:
        network.managed_site(call.path_args["site_id"])
    if package := call.args.get("package"):
        _install_theme(call, stylesheet, package["url"], package["sha256"].lower())
    with network.lock:
        if stylesheet not in network.themes:
            raise errors.RestError(404, "bbws_theme_not_found", "The theme is not installed.")
        site = network.managed_site(call.path_args["site_id"])
        if site.stylesheet != stylesheet:
            site.stylesheet = stylesheet
            network.change("theme_activated", call.correlation_id, site, stylesheet=stylesheet)
        return answer({"stylesheet": stylesheet})


def _install_theme(call: Call, stylesheet: str, url: str, sha256: str) -> None:
    network = call.network
    with network.lock:
        if network.themes.get(stylesheet) == sha256:
            return
    archive = transfers.download(url, sha256, "package")
    if not holds_theme(archive, stylesheet):
        raise errors.RestError(422, "bbws_invalid_package", "The package does not hold the theme.")
    with network.lock:
        if network.themes.get(stylesheet) != sha256:
            network.themes[stylesheet] = sha256
            network.change("theme_installed", call.correlation_id, stylesheet=stylesheet)


_SITE = "/bbws/v1/sites/<int:site_id>"
_SLUG = r"<regex('[\w\-]+'):slug>"

ROUTES = (
    Route(
        ("PUT",), f"/bbws/v1/packages/plugins/{_SLUG}", vet_package, _VETTED, main_site_only=True
    ),
    Route(
        ("PUT",),
        f"{_SITE}/plugins/{_SLUG}/settings",
        set_plugin_settings,
        {"settings": Arg("object", required=True)},
        main_site_only=True,
    ),
    Route(("PUT",), f"{_SITE}/theme", set_theme, _THEME, main_site_only=True),
)
