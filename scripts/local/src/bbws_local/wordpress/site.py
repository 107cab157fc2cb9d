"""One site of a network: what WordPress stores about it."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

WORDPRESS_VERSION = "6.8.3"
PHP_VERSION = "8.2.29"
DEFAULT_THEME = "twentytwentyfive"
NETWORK_ADMIN_EMAIL = "wordpress@bbws.io"

_ARCHIVE_FORMAT = "bbws-site-archive/1"


@dataclass(slots=True)
class Post:
    """A post or page; its content may hold the site's own address."""

    title: str
    content: str
    post_type: str = "post"
    is_starter: bool = False


@dataclass(slots=True)
class Site:
    """A row of `wp_blogs` with its options and content. `external_id` is None for the main site."""

    id: int
    external_id: str | None
    domain: str
    title: str
    admin_email: str
    language: str = "en_US"
    timezone: str = "UTC"
    tagline: str = ""
    status: str = "active"
    stylesheet: str = DEFAULT_THEME
    active_plugins: set[str] = field(default_factory=set)
    plugin_settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The site's address (`home`)."""
        return f"https://{self.domain}"

    def publish_first_content(self) -> None:
        """What `wp_install_defaults()` leaves in a new site."""
        welcome = f'Welcome to <a href="{self.url}/">{self.title}</a>.'
        sample = f'An example page of <a href="{self.url}/wp-admin/">your dashboard</a>.'
        self.posts = [
            Post("Hello world!", welcome, is_starter=True),
            Post("Sample Page", sample, "page", is_starter=True),
        ]

    def content_count(self) -> dict[str, int]:
        """How much there is beyond what every new site begins with."""
        own = [post.post_type for post in self.posts if not post.is_starter]
        return {"posts": own.count("post"), "pages": own.count("page")}

    def answer(self) -> dict[str, Any]:
        """The site as `bbws/v1` shows it."""
        return {
            "id": self.id,
            "externalId": self.external_id,
            "domain": self.domain,
            "url": self.url,
            "adminUrl": f"{self.url}/wp-admin/",
            "status": self.status,
            "title": self.title,
            "tagline": self.tagline,
            "language": self.language,
            "timezone": self.timezone,
            "adminEmail": self.admin_email,
            "theme": self.stylesheet,
            "content": self.content_count(),
            "wordpressVersion": WORDPRESS_VERSION,
            "phpVersion": PHP_VERSION,
        }

    def snapshot(self) -> dict[str, Any]:
        """Everything the simulator knows about the site."""
        return {
            **self.answer(),
            "activePlugins": sorted(self.active_plugins),
            "pluginSettings": self.plugin_settings,
            "posts": [asdict(post) for post in self.posts],
        }

    def export(self) -> bytes:
        """The site's archive; equal states give equal bytes."""
        document = {"format": _ARCHIVE_FORMAT, "url": self.url, "content": self._content()}
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    def restore(self, archive: bytes) -> None:
        """Replace options and content with those of an archive of this or another site.

        Raises:
            ValueError: the archive is not one that `export` wrote.
        """
        self._replace(_read_archive(archive))

    def copy_from(self, source: "Site") -> None:
        """Take over another site's options and content under this site's own address."""
        moved = json.dumps(source._content()).replace(source.url, self.url)
        self._replace(json.loads(moved) | {"admin_email": self.admin_email})

    def _content(self) -> dict[str, Any]:
        content = asdict(self) | {"active_plugins": sorted(self.active_plugins)}
        for identity in ("id", "external_id", "domain", "status"):
            del content[identity]
        return content

    def _replace(self, content: dict[str, Any]) -> None:
        content = json.loads(json.dumps(content))
        active_plugins = set(content.pop("active_plugins"))
        posts = [Post(**post) for post in content.pop("posts")]
        self.active_plugins, self.posts = active_plugins, posts
        for option, value in content.items():
            setattr(self, option, value)


def _read_archive(archive: bytes) -> dict[str, Any]:
    document = json.loads(archive)
    if not isinstance(document, dict) or document.get("format") != _ARCHIVE_FORMAT:
        raise ValueError("not a site archive")
    content: dict[str, Any] = document["content"]
    return content


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()
