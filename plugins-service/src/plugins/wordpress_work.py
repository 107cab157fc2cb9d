"""What plugins-service asks of WordPress, and how WordPress's failures are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from bbws_shared.errors import WordPressFailed, WordPressTimedOut
from bbws_shared.observability import Observability
from bbws_shared.sites import Site
from bbws_shared.versions import Version

if TYPE_CHECKING:
    from bbws_shared.wordpress import WordPressClient, WordPressPlugin
    from bbws_shared.wordpress_transport import WordPressError

_UNREACHED: Final = frozenset({401, 421})
"""WordPress does not take our password, or another tenant's container answered."""


@contextmanager
def told_plainly(watched: Observability, purpose: str) -> Iterator[None]:
    """Turns WordPress's failures into ours.

    Args:
        watched: Where they are logged.
        purpose: What is asked of WordPress, as it stands after "to" or "did not".

    Raises:
        WordPressFailed: WordPress refused, or gave no usable answer.
        WordPressTimedOut: it did not answer in time.
    """
    from bbws_shared.wordpress_transport import WordPressError

    try:
        yield
    except WordPressError as failure:
        watched.logger.warning("WordPress failed", purpose=purpose, failure=str(failure))
        raise failure_of(failure, purpose) from failure


def failure_of(failure: "WordPressError", purpose: str) -> WordPressFailed:
    """How a failure of WordPress is told to a caller."""
    from bbws_shared.wordpress_transport import WordPressRefused, WordPressUnavailable

    if isinstance(failure, WordPressUnavailable):
        kind = WordPressTimedOut if failure.timed_out else WordPressFailed
        return kind(f"WordPress did not {purpose}.")
    if not isinstance(failure, WordPressRefused) or failure.status in _UNREACHED:
        # Its words are about our credentials, or name another tenant.
        return WordPressFailed("The request did not reach the site's WordPress.")
    return WordPressFailed(
        f"WordPress refused to {purpose}.",
        {"wordpressCode": failure.code, "wordpressMessage": failure.message},
    )


def present_plugin(
    wordpress: "WordPressClient", site: Site, plugin_id: str
) -> "WordPressPlugin | None":
    """A plugin of the network, which all its sites share, with its status on this site."""
    return next(
        (plugin for plugin in wordpress.plugins(site.domain) if plugin.slug == plugin_id), None
    )


def bring_to_release(
    wordpress: "WordPressClient",
    site: Site,
    plugin_id: str,
    release: dict[str, Any],
    *,
    is_active: bool,
) -> None:
    """Give the network a release of a plugin, in place of the one it has, and the site its status.

    Safe to repeat from wherever it was cut off. A release is only activated on the site after its
    files are there, so that core tries them (`plugin_sandbox_scrape`) before visitors meet them.
    """
    present = present_plugin(wordpress, site, plugin_id)
    replaces = present.version if present is not None else None
    if replaces is None or Version(replaces) != Version(release["version"]):
        if present is not None and present.status == "active":
            wordpress.set_plugin_status(plugin_id, site.domain, is_active=False)
        package = (release["packageUrl"], release["sha256"])
        wordpress.vet_plugin(plugin_id, release["version"], *package, replaces=replaces)
        wordpress.replace_plugin(plugin_id, site.domain)
    wordpress.set_plugin_status(plugin_id, site.domain, is_active=is_active)
