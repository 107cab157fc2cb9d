"""Wires sites-service together."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from bbws_shared.api import App
from bbws_shared.audit import AuditTrail
from bbws_shared.config import QueueSettings, WordPressSettings
from bbws_shared.observability import observability
from bbws_shared.queues import OperationQueues
from bbws_shared.table import Table
from bbws_shared.timestamps import Clock
from bbws_shared.wordpress_access import wordpress_access
from sites.repository import SiteRepository
from sites.routes import (
    SERVICE,
    change_routes,
    copy_routes,
    health_routes,
    operation_routes,
    site_routes,
)
from sites.service import SiteService
from sites.work import Work

if TYPE_CHECKING:
    from bbws_shared.idempotency import Idempotency

_WORDPRESS_SECONDS: Final = 5.0
"""A health check makes two calls; whoever asks for it does not wait longer for both."""


class Settings(QueueSettings, WordPressSettings):
    """The environment variables of this function."""

    deletion_grace: float = Field(alias="DELETION_GRACE_SECONDS", default=24 * 3600, ge=0)
    """How long a deleted PROD site can be called back."""


def build_app(settings: Settings, clients: Callable[[str], Any], clock: Clock) -> App:
    """The service as a Lambda handler, made of its settings, AWS clients and a clock."""
    watched = observability(SERVICE, settings.environment)
    table = Table(clients("dynamodb"), settings.table_name)
    work = Work(SiteRepository(table), OperationQueues(clients("sqs"), settings), watched, clock)
    service = SiteService(work, timedelta(seconds=settings.deletion_grace))

    @cache
    def idempotency() -> "Idempotency":
        from bbws_shared.idempotency import Idempotency

        return Idempotency(clients("dynamodb"), settings.table_name)

    app = App(SERVICE, watched, idempotency, AuditTrail(table, clock))
    reach = wordpress_access(
        settings,
        clients,
        watched,
        read_timeout=_WORDPRESS_SECONDS,
        budget=2 * _WORDPRESS_SECONDS,
    )
    site_routes(app, service)
    change_routes(app, service)
    copy_routes(app, service, reach, clock)
    operation_routes(app, service)
    health_routes(app, service, reach, clock)
    return app
