"""Wires templates-service together."""

from collections.abc import Callable
from typing import Any

from bbws_shared.api import App
from bbws_shared.config import Settings
from bbws_shared.observability import observability
from bbws_shared.table import Table
from templates.repository import TemplateRepository
from templates.routes import SERVICE, template_routes
from templates.service import TemplateService


def build_app(settings: Settings, clients: Callable[[str], Any]) -> App:
    """The service as a Lambda handler, made of its settings and AWS clients."""
    app = App(SERVICE, observability(SERVICE, settings.environment))
    table = Table(clients("dynamodb"), settings.table_name)
    template_routes(app, TemplateService(TemplateRepository(table)))
    return app
