from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bbws_local.events import load_document
from bbws_local.table import create_table
from bbws_local.testing import ROOT, Account, Api
from bbws_shared import keys
from bbws_shared.config import Settings
from templates.app import build_app

pytest_plugins = ["bbws_local.fixtures"]

AT = "2026-01-12T14:05:00.000Z"


@dataclass
class Catalogue:
    """The templates in the table."""

    account: Account

    def add(self, template_id: str, **fields: Any) -> dict[str, Any]:
        """Store a template, over the one that has this id."""
        template: dict[str, Any] = {
            "templateId": template_id,
            "name": template_id.title(),
            "description": "A front page, a menu and a contact form.",
            "category": "business",
            "version": "1.4.0",
            "requiresWordPress": "6.1",
            "requiresPhp": "8.0",
            "theme": {
                "stylesheet": "bistro",
                "name": "Bistro",
                "packageUrl": "https://packages.internal/bistro.zip",
                "sha256": "0" * 64,
            },
            "plugins": ["contact-form-7"],
            "status": "PUBLISHED",
            "createdAt": AT,
            "updatedAt": AT,
            **fields,
        }
        pk, sk = keys.template(template_id)
        self.account.put(
            {
                "PK": pk,
                "SK": sk,
                "GSI2PK": keys.templates_by_status(template["status"]),
                "GSI2SK": keys.by_category(template["category"], template_id),
                **template,
            }
        )
        self.account.calls.clear()
        return template


@pytest.fixture
def variables(account: Account) -> dict[str, str]:
    """The function's environment; it needs the table and no queues."""
    create_table(account.client("dynamodb"))
    account.calls.clear()
    return {"ENVIRONMENT": "dev", "TABLE_NAME": "sites"}


@pytest.fixture
def catalogue(account: Account, variables: dict[str, str]) -> Catalogue:
    return Catalogue(account)


@pytest.fixture
def start(account: Account, variables: dict[str, str]) -> Callable[[], Api]:
    """A function's cold start: each one has a catalogue of its own in memory."""
    return lambda: Api(build_app(Settings.load(variables), account.client))


@pytest.fixture
def api(start: Callable[[], Api]) -> Api:
    return start()


@pytest.fixture
def promised() -> Callable[[str, Any], None]:
    """Holds an answer against a schema of the OpenAPI document."""
    document = load_document(ROOT / "openapi" / "site-management.yaml")

    def check(schema: str, content: Any) -> None:
        root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
        Draft202012Validator(root).validate(content)

    return check
