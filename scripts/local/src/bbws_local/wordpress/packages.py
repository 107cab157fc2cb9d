"""Small real packages, served by the simulator itself: a catalogue to install from without internet.

Equal fields give equal bytes, so a catalogue entry's `sha256` is known before anything is served.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from urllib.parse import urlencode

from .site import sha256

PREFIX = "/_simulator/packages"

# The ZIP format's first day: the bytes must not depend on the clock.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FRONT = """\
<!-- wp:site-title /--><!-- wp:site-tagline /-->
<!-- wp:query {"query":{"inherit":true}} --><div class="wp-block-query">
<!-- wp:post-template --><!-- wp:post-title /--><!-- wp:post-content /--><!-- /wp:post-template -->
</div><!-- /wp:query -->
"""


@dataclass(frozen=True, slots=True)
class PluginPackage:
    """A plugin's release. `file` is the main file without `.php`, by default the slug.

    One that `is_broken` can be installed, but not be activated.
    """

    slug: str
    version: str
    name: str = ""
    author: str = ""
    file: str = ""
    requires_wordpress: str = ""
    requires_php: str = ""
    is_broken: bool = False

    @property
    def path(self) -> str:
        """Path and query under which the simulator serves the package."""
        fields = {
            "name": self.name,
            "author": self.author,
            "file": self.file,
            "requiresWordPress": self.requires_wordpress,
            "requiresPhp": self.requires_php,
        }
        query = urlencode(fields | ({"broken": "yes"} if self.is_broken else {}))
        return f"{PREFIX}/plugins/{self.slug}/{self.version}.zip?{query}"

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of `content()`."""
        return sha256(self.content())

    def content(self) -> bytes:
        """The ZIP with a plugin that core would accept."""
        fields = {
            "Plugin Name": self.name or self.slug,
            "Version": self.version,
            "Author": self.author,
            "Requires at least": self.requires_wordpress,
            "Requires PHP": self.requires_php,
            "Text Domain": self.slug,
        }
        header = "".join(f" * {key}: {value}\n" for key, value in fields.items() if value)
        file = self.file or self.slug
        code = "throw new Error('broken');\n" if self.is_broken else ""
        return _zip({f"{self.slug}/{file}.php": f"<?php\n/**\n{header} */\n{code}"})


@dataclass(frozen=True, slots=True)
class ThemePackage:
    """A theme's release."""

    stylesheet: str
    version: str
    name: str = ""

    @property
    def path(self) -> str:
        """Path and query under which the simulator serves the package."""
        query = urlencode({"name": self.name})
        return f"{PREFIX}/themes/{self.stylesheet}/{self.version}.zip?{query}"

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of `content()`."""
        return sha256(self.content())

    def content(self) -> bytes:
        """The ZIP: a block theme's two files, without which core takes it for broken."""
        name = self.name or self.stylesheet
        header = f"/*\nTheme Name: {name}\nVersion: {self.version}\n*/\n"
        files = {"style.css": header, "templates/index.html": _FRONT}
        return _zip({f"{self.stylesheet}/{name}": text for name, text in files.items()})


@dataclass(frozen=True, slots=True)
class ContentPackage:
    """A template's content: its pages and a first post, about what the template is for."""

    template_id: str
    version: str
    name: str = ""
    description: str = ""

    @property
    def path(self) -> str:
        """Path and query under which the simulator serves the package."""
        query = urlencode({"name": self.name, "description": self.description})
        return f"{PREFIX}/content/{self.template_id}/{self.version}.json?{query}"

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of `content()`."""
        return sha256(self.content())

    def content(self) -> bytes:
        """The posts and pages, as `imports` reads them."""
        name = self.name or self.template_id
        posts = [
            {
                "title": "Home",
                "type": "page",
                "content": f"<h1>{name}</h1><p>{self.description}</p>",
            },
            {"title": "About us", "type": "page", "content": f"<p>This is {name}.</p>"},
            {"title": "Contact", "type": "page", "content": "<p>Write to us, or call.</p>"},
            {"title": "We are open", "type": "post", "content": f"<p>{name} is online.</p>"},
        ]
        return json.dumps({"posts": posts}, separators=(",", ":")).encode()


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()
