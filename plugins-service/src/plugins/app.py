"""Wires plugins-service together."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from bbws_shared.api import App
from bbws_shared.config import WordPressSettings
from bbws_shared.observability import observability
from bbws_shared.table import Table
from bbws_shared.timestamps import Clock
from bbws_shared.wordpress_access import wordpress_access
from plugins.repository import PluginRepository
from plugins.routes import SERVICE, catalogue_routes, site_routes
from plugins.service import PluginService

if TYPE_CHECKING:
    from bbws_shared.idempotency import Idempotency

_WORDPRESS_SECONDS: Final = 20.0
"""An installation asks WordPress up to six times; all of it stays within the function's 29 seconds."""


def build_app(
    settings: WordPressSettings,
    clients: Callable[[str], Any],
    clock: Clock,
    *,
    wordpress_seconds: float = _WORDPRESS_SECONDS,
) -> App:
    """The service as a Lambda handler, made of its settings, AWS clients and a clock.

    `wordpress_seconds` is how long all that is asked of WordPress for one request may take.
    """
    watched = observability(SERVICE, settings.environment)
    reach = wordpress_access(
        settings, clients, watched, read_timeout=wordpress_seconds, budget=wordpress_seconds
    )
    table = Table(clients("dynamodb"), settings.table_name)
    service = PluginService(PluginRepository(table), reach, watched, clock)

    @cache
    def idempotency() -> "Idempotency":
        from bbws_shared.idempotency import Idempotency

        return Idempotency(clients("dynamodb"), settings.table_name)

    app = App(SERVICE, watched, idempotency)
    catalogue_routes(app, service)
    site_routes(app, service)
    return app
