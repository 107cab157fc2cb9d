"""Who may do what: every operation of the document, every role (of a foreign tenant: test_access)."""

from typing import Any, Final

import pytest

from bbws_local.events import load_document
from bbws_local.specification import STAFF, STAFF_ROLE, TENANT_ROLES
from bbws_local.stack import LocalStack
from e2e.conftest import ROOT
from e2e.portal import TENANT, Backstage, Json, Portal

EVERYBODY: Final = {*TENANT_ROLES, STAFF_ROLE}
USERS: Final = EVERYBODY - {"CUSTOMER_VIEWER"}
ADMINS: Final = USERS - {"CUSTOMER_USER"}
STAFF_ONLY: Final = {STAFF_ROLE}
RULES: Final = {
    "createSite": USERS,
    "listSites": EVERYBODY,
    "getSite": EVERYBODY,
    "updateSite": USERS,
    "deleteSite": ADMINS,
    "setSiteStatus": ADMINS,
    "cloneSite": USERS,
    "promoteSite": ADMINS,
    "createBackup": ADMINS,
    "listBackups": EVERYBODY,
    "restoreSite": ADMINS,
    "getSiteHealth": EVERYBODY,
    "getOperation": EVERYBODY,
    "listOperations": EVERYBODY,
    "cancelOperation": ADMINS,
    "retryOperation": ADMINS,
    "listAuditEntries": ADMINS,
    "listTemplates": EVERYBODY,
    "getTemplate": EVERYBODY,
    "previewTemplate": EVERYBODY,
    "applyTemplate": USERS,
    "createTemplate": STAFF_ONLY,
    "updateTemplate": STAFF_ONLY,
    "deleteTemplate": STAFF_ONLY,
    "publishTemplate": STAFF_ONLY,
    "archiveTemplate": STAFF_ONLY,
    "listPlugins": EVERYBODY,
    "getPlugin": EVERYBODY,
    "listInstalledPlugins": EVERYBODY,
    "getInstalledPlugin": EVERYBODY,
    "installPlugin": USERS,
    "uninstallPlugin": ADMINS,
    "configurePlugin": ADMINS,
    "setPluginStatus": ADMINS,
    "updatePlugin": ADMINS,
    "createCataloguePlugin": STAFF_ONLY,
    "updateCataloguePlugin": STAFF_ONLY,
    "deleteCataloguePlugin": STAFF_ONLY,
    "setPluginBlocklisting": STAFF_ONLY,
    "importVulnerabilities": STAFF_ONLY,
}
"""A new operation without a rule fails here."""
METHODS: Final = ("get", "put", "post", "delete")
OPERATIONS: Final = [
    (operation.get("operationId", f"{method} {path}"), method.upper(), path)
    for path, methods in load_document(ROOT / "openapi" / "site-management.yaml")["paths"].items()
    for method, operation in methods.items()
    if method in METHODS and operation.get("security")
]


def _path(template: str) -> str:
    return (
        template.replace("{tenantId}", TENANT)
        .replace("{siteId}", "site-0190163d-8694-739b-aea5-966c26f8ad91")
        .replace("{operationId}", "op-0190163d-8694-739b-aea5-966c26f8ad91")
        .replace("{templateId}", "no-such-template")
        .replace("{pluginId}", "no-such-plugin")
    )


@pytest.mark.parametrize(("operation", "method", "template"), OPERATIONS)
def test_a_role_may_what_the_rules_say_and_nothing_else(
    stack: LocalStack, backstage: Backstage, operation: str, method: str, template: str
) -> None:
    allowed = RULES[operation]
    for role in EVERYBODY:
        owner = STAFF if role == STAFF_ROLE else TENANT
        answer = _call(Portal(stack, stack.tokens[owner][role], TENANT), method, template)
        is_refused = answer.status_code == 403
        assert is_refused == (role not in allowed), (role, answer.text)
        if is_refused:
            assert answer.json()["error"]["code"] == "AUTH_002"


def _call(portal: Portal, method: str, template: str) -> Any:
    # Permission comes before the body, so an empty one is enough to see who is let in.
    body: Json | None = {} if method in ("POST", "PUT") else None
    return portal.call(method, _path(template), body)
