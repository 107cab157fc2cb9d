"""Wires plugins-service together."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from bbws_shared.api import App
from bbws_shared.audit import AuditTrail
from bbws_shared.notifications import Notifications
from bbws_shared.observability import observability
from bbws_shared.pagination import PageTokens
from bbws_shared.table import Table
from bbws_shared.timestamps import Clock
from bbws_shared.wordpress_access import wordpress_access
from plugins.admin_routes import admin_routes, advisory_routes
from plugins.administration import PluginAdministration
from plugins.advisories import Advisories
from plugins.change_routes import change_routes
from plugins.changes import PluginChanges
from plugins.installation import PluginInstallation
from plugins.installed_repository import InstalledRepository
from plugins.repository import CatalogueRepository
from plugins.routes import SERVICE, catalogue_routes, site_routes
from plugins.service import PluginService
from plugins.settings import Settings
from plugins.site_plugins import SitePlugins
from plugins.updates import PluginUpdates

if TYPE_CHECKING:
    from bbws_shared.idempotency import Idempotency

_WORDPRESS_SECONDS: Final = 18.0
"""All that a change asks of WordPress; with what takes it back it stays within the function's 29 s."""


def build_app(
    settings: Settings,
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
    catalogue, installed = CatalogueRepository(table), InstalledRepository(table)
    sites = SitePlugins(installed, catalogue, clock)

    @cache
    def idempotency() -> "Idempotency":
        from bbws_shared.idempotency import Idempotency

        return Idempotency(clients("dynamodb"), settings.table_name)

    @cache
    def advisories() -> Advisories:
        topic = Notifications(clients("sns"), settings.notification_topic_arn)
        return Advisories(catalogue, installed, topic, settings.environment, clock)

    app = App(SERVICE, watched, idempotency, AuditTrail(table, clock))
    service = PluginService(catalogue, installed, sites, PageTokens(clock))
    catalogue_routes(app, service)
    site_routes(app, service, PluginInstallation(sites, installed, reach, watched, clock))
    change_routes(
        app,
        sites,
        PluginChanges(sites, installed, reach, watched, clock),
        PluginUpdates(sites, installed, reach, watched, clock),
    )
    admin_routes(app, service, PluginAdministration(catalogue, installed, watched, clock))
    advisory_routes(app, advisories)
    return app
