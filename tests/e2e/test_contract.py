"""The code serves exactly the routes of the OpenAPI document, which is the only list of them."""

import re
from collections.abc import Callable

import pytest

from bbws_local.events import load_routes
from bbws_local.testing import Account
from bbws_shared.api import App
from bbws_shared.timestamps import utc_now
from e2e.conftest import ROOT

VARIABLES = {
    "ENVIRONMENT": "dev",
    "TABLE_NAME": "sites",
    "CREATION_QUEUE_URL": "https://queue.example/creation",
    "UPDATE_QUEUE_URL": "https://queue.example/update",
    "DELETION_QUEUE_URL": "https://queue.example/deletion",
    "WORDPRESS_BASE_URL": "https://wordpress.example",
    "NOTIFICATION_TOPIC_ARN": "arn:aws:sns:af-south-1:123456789012:notifications",
    "PREVIEW_BASE_URL": "https://preview.example",
    "PREVIEW_KEY_SECRET": "preview-key",
}


def _sites(account: Account) -> App:
    from sites.app import Settings as SitesSettings
    from sites.app import build_app

    return build_app(SitesSettings.load(VARIABLES), account.client, utc_now)


def _templates(account: Account) -> App:
    from templates.app import Settings as TemplatesSettings
    from templates.app import build_app

    return build_app(TemplatesSettings.load(VARIABLES), account.client, utc_now)


def _plugins(account: Account) -> App:
    from plugins.app import build_app
    from plugins.settings import Settings as PluginsSettings

    return build_app(PluginsSettings.load(VARIABLES), account.client, utc_now)


APPS = {"sites-service": _sites, "templates-service": _templates, "plugins-service": _plugins}


def _camel(path: str) -> str:
    """`{site_id}` of the code is `{siteId}` of the document."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), path)


@pytest.mark.parametrize("service", APPS)
def test_code_and_document_have_the_same_routes(
    monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    build: Callable[[Account], App] = APPS[service]
    served = {(method, _camel(path)) for method, path in build(Account()).routes}
    documented = {
        (route.method, route.path_template)
        for route in load_routes(ROOT / "openapi" / "site-management.yaml")
        if route.service == service and route.method != "ANY"
    }
    assert served == documented
