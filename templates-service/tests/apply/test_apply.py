"""POST …/apply-template: one transaction for site, operation and backup; then one message."""

import json
from typing import Any

import pytest

from bbws_local.testing import TENANT, Account, Reply, claims
from bbws_shared.operations import Operation
from bbws_shared.sites import Site

SITE_ID = "site-0190163d-8694-739b-aea5-000000000001"
SITE = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}"
APPLY = f"{SITE}/apply-template"
WANTED = {"templateId": "bistro"}
STEPS = ["back_up_site", "install_theme", "import_content", "install_plugins", "verify_site"]
CONTENT = {"packageUrl": "https://packages.internal/bistro.json", "sha256": "b" * 64}


def _apply(shop: Any, body: Any = None, **more: Any) -> Reply:
    reply: Reply = shop.api.post(more.pop("path", APPLY), body or WANTED, **more)
    return reply


def _nothing_began(shop: Any, variables: dict[str, str]) -> bool:
    queue = shop.account.messages(variables["UPDATE_QUEUE_URL"])
    return not (shop.items("OP#") or shop.items("BACKUP#") or queue)


def test_an_application_is_an_operation_on_the_site_with_a_backup(
    shop: Any, bistro: Any, account: Account, variables: dict[str, str]
) -> None:
    reply = _apply(shop, caller=claims("CUSTOMER_USER"))
    assert reply.status == 202
    body = reply.json
    assert body.keys() == {
        "siteId", "templateId", "backupId", "operationId", "status", "_links"
    }  # fmt: skip
    assert (body["siteId"], body["templateId"], body["status"]) == (SITE_ID, "bistro", "PENDING")
    assert reply.headers["location"] == f"/v1.0/operations/{body['operationId']}"
    assert body["_links"] == {
        "site": {"href": SITE},
        "operation": {"href": reply.headers["location"]},
        "template": {"href": "/v1.0/templates/bistro"},
    }
    operation = Operation.from_item(shop.item("OP#"))
    assert operation.operation_id == body["operationId"]
    assert operation.operation_type == "TEMPLATE_APPLICATION"
    assert operation.created_by == claims("CUSTOMER_USER")["email"]
    assert operation.inputs == {
        "templateId": "bistro",
        "templateVersion": bistro["version"],
        "backupId": body["backupId"],
        "theme": bistro["theme"],
        "content": CONTENT,
        "plugins": ["contact-form-7"],
    }
    site = Site.from_item(shop.item("SITE#"))
    assert (site.active_operation_id, site.version) == (operation.operation_id, 2)
    backup = shop.item("BACKUP#")
    assert (backup["backupId"], backup["status"]) == (body["backupId"], "PENDING")
    (message,) = account.messages(variables["UPDATE_QUEUE_URL"])
    assert json.loads(message["Body"])["payload"]["operationId"] == operation.operation_id


def test_it_takes_one_transaction_and_one_message(shop: Any, bistro: Any, account: Account) -> None:
    _apply(shop, {**WANTED, "confirmReplacement": True})
    assert account.calls == [
        "dynamodb.GetItem",  # the site
        "dynamodb.GetItem",  # the template
        "dynamodb.Query",  # what is installed
        "dynamodb.BatchGetItem",  # the plugins, as they are now
        "dynamodb.TransactWriteItems",
        "sqs.SendMessage",
        "dynamodb.PutItem",  # the audit trail
    ]


def test_a_template_without_content_and_plugins_is_a_theme(
    shop: Any, catalogue: Any, account: Account
) -> None:
    catalogue.add("bistro", plugins=[])
    assert _apply(shop).status == 202
    assert "content" not in Operation.from_item(shop.item("OP#")).inputs


def test_a_plan_says_what_would_be_done(
    shop: Any, bistro: Any, account: Account, variables: dict[str, str]
) -> None:
    before = account.items()
    reply = _apply(shop, path=f"{APPLY}?validateOnly=true", headers={"Idempotency-Key": "k"})
    assert reply.status == 200
    assert reply.json == {
        "validateOnly": True,
        "plan": {
            "action": "applyTemplate",
            "steps": STEPS,
            "effects": {
                "templateId": "bistro",
                "templateVersion": bistro["version"],
                "theme": "bistro",
                "plugins": [{"pluginId": "contact-form-7", "version": "1.0.0"}],
            },
        },
        "checks": [
            {"name": name, "status": "PASS"}
            for name in ("compatibility", "plugin:contact-form-7", "content")
        ],
    }
    assert account.items() == before
    assert _nothing_began(shop, variables)


def test_a_plugin_that_security_blocks_is_measured(
    shop: Any, catalogue: Any, bistro: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue.add_plugin("contact-form-7", vetting="BLOCKLISTED")
    capsys.readouterr()
    _apply(shop)
    assert "PluginSecurityBlocked" in capsys.readouterr().out
    _apply(shop, path=f"{APPLY}?validateOnly=true")
    assert "PluginSecurityBlocked" not in capsys.readouterr().out


def test_it_is_in_the_tenants_audit_trail(shop: Any, bistro: Any) -> None:
    _apply(shop)
    _apply(shop)
    entries = [(e["tenantId"], e["action"], e["status"]) for e in shop.items("AUDIT#")]
    assert sorted(entries) == [(TENANT, "applyTemplate", 202), (TENANT, "applyTemplate", 409)]
