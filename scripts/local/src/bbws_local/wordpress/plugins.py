"""Plugin files of a network, and the packages they come from."""

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

from . import errors
from .site import PHP_VERSION, WORDPRESS_VERSION

_HEADER = re.compile(r"^[ \t/*#@]*(?P<name>[A-Z][A-Za-z ]+):(?P<value>.*)$", re.MULTILINE)
_NUMBER = re.compile(r"\d+")
_NOT_INSTALLED = "The package could not be installed."


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin's main file with its header. `file` is core's id: the path without `.php`."""

    file: str
    name: str
    version: str
    author: str = ""
    plugin_uri: str = ""
    author_uri: str = ""
    description: str = ""
    requires_wp: str = ""
    requires_php: str = ""
    textdomain: str = ""
    network_only: bool = False
    is_broken: bool = False
    """Whether PHP fails on it, so that core cannot activate it."""

    @property
    def slug(self) -> str:
        """The plugin's folder, or the file itself for a plugin without one."""
        return self.file.partition("/")[0]

    def answer(self, status: str, site_url: str) -> dict[str, Any]:
        """The plugin as `/wp/v2/plugins` shows it; `author` is text in spite of core's schema."""
        return {
            "plugin": self.file,
            "status": status,
            "name": self.name,
            "plugin_uri": self.plugin_uri,
            "author": self.author,
            "author_uri": self.author_uri,
            "description": {
                "raw": self.description,
                "rendered": f"{self.description} <cite>By {self.author}.</cite>",
            },
            "version": self.version,
            "network_only": self.network_only,
            "requires_wp": self.requires_wp,
            "requires_php": self.requires_php,
            "textdomain": self.textdomain,
            "_links": {"self": [{"href": f"{site_url}/wp-json/wp/v2/plugins/{self.file}"}]},
        }

    def as_json(self) -> dict[str, Any]:
        """The plugin as the control route shows it."""
        return {"plugin": self.file, "name": self.name, "version": self.version}


@dataclass(frozen=True, slots=True)
class VettedPackage:
    """The only package that may be installed for a slug, in the place of `replaces` if that is there."""

    slug: str
    version: str
    url: str
    sha256: str
    replaces: str | None = None

    def as_json(self) -> dict[str, str]:
        """The package as `bbws/v1` shows it."""
        return {
            "slug": self.slug,
            "version": self.version,
            "url": self.url,
            "sha256": self.sha256,
            **({} if self.replaces is None else {"replaces": self.replaces}),
        }


def shipped_plugins() -> dict[str, Plugin]:
    """The plugins that come with WordPress 6.8, by file."""
    akismet = Plugin(
        "akismet/akismet",
        "Akismet Anti-spam: Spam Protection",
        "5.5",
        "Automattic - Anti-spam Team",
        requires_wp="5.8",
        requires_php="7.2",
        textdomain="akismet",
    )
    hello = Plugin("hello", "Hello Dolly", "1.7.2", "Matt Mullenweg", textdomain="hello")
    return {plugin.file: plugin for plugin in (akismet, hello)}


def read_package(archive: bytes) -> Plugin:
    """Find the plugin in a ZIP, as `Plugin_Upgrader::check_package()` does.

    Raises:
        RestError: 500 with core's codes for an archive that is none, holds no plugin, or needs a
            newer WordPress or PHP.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as package:
            plugin = _find_plugin(package)
    except zipfile.BadZipFile as error:
        raise _refused("incompatible_archive", "Incompatible Archive.") from error
    if plugin is None:
        raise _refused("incompatible_archive_no_plugins", "No valid plugins were found.")
    if not is_compatible(plugin.requires_php, PHP_VERSION):
        reason = (
            f"The PHP version on your server is {PHP_VERSION}, "
            f"however the uploaded plugin requires {plugin.requires_php}."
        )
        raise _refused("incompatible_php_required_version", reason)
    if not is_compatible(plugin.requires_wp, WORDPRESS_VERSION):
        reason = (
            f"Your WordPress version is {WORDPRESS_VERSION}, "
            f"however the uploaded plugin requires {plugin.requires_wp}."
        )
        raise _refused("incompatible_wp_required_version", reason)
    return plugin


def holds_theme(archive: bytes, stylesheet: str) -> bool:
    """Whether a ZIP holds this theme's `style.css`."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as package:
            return f"{stylesheet}/style.css" in package.namelist()
    except zipfile.BadZipFile:
        return False


def is_compatible(required: str, running: str) -> bool:
    """Whether the running version reaches the required one; an empty requirement is met."""
    return _numbers(running) >= _numbers(required)


def _find_plugin(package: zipfile.ZipFile) -> Plugin | None:
    for name in sorted(package.namelist()):
        folder, _, file = name.partition("/")
        if folder and file.endswith(".php") and "/" not in file:
            plugin = _read_header(package.read(name), f"{folder}/{file.removesuffix('.php')}")
            if plugin.name:
                return plugin
    return None


def _read_header(php: bytes, file: str) -> Plugin:
    # Core reads the first 8 KiB of the file only (`get_file_data()`).
    matches = _HEADER.finditer(php[:8192].decode("utf-8", "replace"))
    header = {match["name"]: match["value"].removesuffix("*/").strip() for match in matches}
    return Plugin(
        file,
        header.get("Plugin Name", ""),
        header.get("Version", ""),
        header.get("Author", ""),
        header.get("Plugin URI", ""),
        header.get("Author URI", ""),
        header.get("Description", ""),
        header.get("Requires at least", ""),
        header.get("Requires PHP", ""),
        header.get("Text Domain", file.partition("/")[0]),
        header.get("Network", "").lower() == "true",
        b"\nthrow " in php,
    )


def _refused(code: str, reason: str) -> errors.RestError:
    return errors.RestError(500, code, _NOT_INSTALLED, additional=[reason])


def _numbers(version: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(version)]
