"""Wires templates-service together."""

import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from bbws_shared.api import App
from bbws_shared.audit import AuditTrail
from bbws_shared.config import QueueSettings, WordPressSettings
from bbws_shared.observability import observability
from bbws_shared.pagination import PageTokens
from bbws_shared.queues import OperationQueues
from bbws_shared.table import Table
from bbws_shared.timestamps import Clock
from bbws_shared.wordpress_access import wordpress_access
from templates.administration import TemplateAdministration
from templates.application import TemplateApplication
from templates.preview import PreviewLinks
from templates.repository import TemplateRepository
from templates.routes import (
    SERVICE,
    administration_routes,
    application_routes,
    publication_routes,
    template_routes,
)
from templates.service import TemplateService

if TYPE_CHECKING:
    from bbws_shared.idempotency import Idempotency

_WORDPRESS_SECONDS: Final = 5.0
"""Before a template is applied WordPress is asked once, what the site holds."""


class Settings(QueueSettings, WordPressSettings):
    """The environment variables of this function."""

    preview_base_url: str = Field(alias="PREVIEW_BASE_URL", pattern=r"^https?://\S+[^/\s]$")
    """Where the demo sites are."""
    preview_key_secret: str = Field(alias="PREVIEW_KEY_SECRET", min_length=1)
    """The secret that holds the key with which links to them are signed."""


def build_app(
    settings: Settings,
    clients: Callable[[str], Any],
    clock: Clock,
    *,
    monotonic: Callable[[], float] = time.monotonic,
    wordpress_seconds: float = _WORDPRESS_SECONDS,
) -> App:
    """The service as a Lambda handler, made of its settings, AWS clients and clocks.

    `wordpress_seconds` is how long WordPress may take to answer.
    """
    watched = observability(SERVICE, settings.environment)
    table = Table(clients("dynamodb"), settings.table_name)
    repository = TemplateRepository(table)
    service = TemplateService(repository, PageTokens(clock))
    reach = wordpress_access(
        settings, clients, watched, read_timeout=wordpress_seconds, budget=2 * wordpress_seconds
    )
    queues = OperationQueues(clients("sqs"), settings)
    links = PreviewLinks(
        lambda: clients("secretsmanager"),
        settings.preview_key_secret,
        settings.preview_base_url,
        clock,
        monotonic,
    )

    @cache
    def idempotency() -> "Idempotency":
        from bbws_shared.idempotency import Idempotency

        return Idempotency(clients("dynamodb"), settings.table_name)

    app = App(SERVICE, watched, idempotency, AuditTrail(table, clock))
    template_routes(app, service, links)
    application_routes(app, service, TemplateApplication(repository, queues, reach, watched, clock))
    administration = TemplateAdministration(repository, clock)
    administration_routes(app, administration)
    publication_routes(app, administration)
    return app
