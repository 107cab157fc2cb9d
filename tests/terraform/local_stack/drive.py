"""Everything that the API can be asked for and the processor has to do, once, on a running stack."""

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import requests
from e2e.changes import CHANGES
from e2e.conftest import ROOT
from e2e.ground import Ground
from e2e.portal import TENANT, Backstage, Portal, eventually

from bbws_local.events import load_document
from bbws_local.iam.gatekeeper import Use
from bbws_local.schedule import scheduled_event
from bbws_local.specification import PROCESSOR, SERVICES, STAFF, STAFF_ROLE
from bbws_local.stack import LocalStack

_CUSTOMER: Final = "CUSTOMER_ADMIN"
_LISTS: Final = ("listSites", "listOperations")
_LONG_AGO: Final = "2026-01-25T08:00:00.000Z"


def drive_everything(stack: LocalStack) -> None:
    """Every operation of the document; each way an operation is delayed, resent and given up."""
    _begin_anew(stack)
    with Ground.prepared(Backstage(stack)) as ground:
        for name, prepare in CHANGES.items():
            answer = prepare(ground).sent(ground, Idempotency_Key=f"drive-{name}")
            assert answer.ok, f"{name}: {answer.text}"
            ground.settle()
        _read_everything(ground)
        _ask_before_replacing(ground)
        _warn_of_what_is_installed(ground)
        _send_what_was_not_sent(ground)
    # Nobody waits for what comes again in a minute.
    _fail_for_a_while(ground)


def _begin_anew(stack: LocalStack) -> None:
    """Processes that are warm would not ask again for what they remember, secrets among it."""
    backstage = Backstage(stack)
    for service in SERVICES:
        backstage.stop(service)
        backstage.start(service)
    requests.delete(f"{stack.aws_endpoint_url}/_local/uses", timeout=10).raise_for_status()


def _read_everything(ground: Ground) -> None:
    """Every GET, by staff and by a customer, of what is there."""
    ids = _ids(ground)
    for owner, role in ((STAFF, STAFF_ROLE), (TENANT, _CUSTOMER)):
        caller = Portal(ground.portal.stack, ground.portal.stack.tokens[owner][role], TENANT)
        for path in _readings(ids):
            answer = caller.call("GET", path)
            assert answer.ok, f"{role} GET {path}: {answer.text}"


def _ids(ground: Ground) -> dict[str, str]:
    portal = ground.portal
    site = ground.site
    return {
        "tenantId": TENANT,
        "siteId": site.rpartition("/")[2],
        "operationId": portal.get(f"/v1.0/tenants/{TENANT}/operations")["items"][0]["operationId"],
        "templateId": "portfolio",
        "pluginId": ground.installed().rpartition("/")[2],
    }


def _readings(ids: dict[str, str]) -> Iterator[str]:
    """The paths of all GETs of the document, and each list with each of its filters."""
    paths = load_document(ROOT / "openapi" / "site-management.yaml")["paths"]
    for template, methods in paths.items():
        operation = methods.get("get")
        if not operation or not operation.get("security"):
            continue
        path = template
        for name, value in ids.items():
            path = path.replace(f"{{{name}}}", quote(value))
        yield path
        if operation["operationId"] in _LISTS:
            yield from (f"{path}?{query}" for query in _filters(operation["operationId"], ids))


def _filters(operation: str, ids: dict[str, str]) -> tuple[str, ...]:
    if operation == "listSites":
        return ("status=ACTIVE", "environment=DEV")
    return ("status=COMPLETED", f"siteId={ids['siteId']}")


def _ask_before_replacing(ground: Ground) -> None:
    """Without a confirmation WordPress is asked whether a template would replace anything."""
    body = {"templateId": "portfolio"}
    answer = ground.portal.call("POST", f"{ground.site}/apply-template", body)
    assert answer.json()["error"]["code"] == "TEMP_004", answer.text


def _warn_of_what_is_installed(ground: Ground) -> None:
    """An advisory about a plugin that a site has is told as an event."""
    old = ground.another_old_plugin()
    ground.installed(**old)
    versions = {"from_version": "*", "from_inclusive": True, "to_inclusive": True}
    affected = {"* -": {**versions, "to_version": old["version"]}}
    software = {"type": "plugin", "slug": old["pluginId"], "affected_versions": affected}
    advisory = {"id": "drive", "title": "Leaks everything", "software": [software]}
    answer = ground.do("POST", "/v1.0/admin/vulnerabilities", {"drive": advisory})
    assert answer["affectedInstallations"], answer


def _send_what_was_not_sent(ground: Ground) -> None:
    """SQS takes no messages while three operations begin; later the reconciler sends them."""
    backstage = ground.backstage
    doomed = ground.fresh_site()
    backstage.add_fault("sqs", "SendMessage", status=500)
    _begin_one_in_each_queue(ground, ground.site, doomed)
    backstage.clear_faults()
    for item in backstage.items():
        if item["SK"].startswith("OP#") and item["status"] == "PENDING":
            ground.put({**item, "waitingSince": _LONG_AGO, "GSI4SK": _LONG_AGO})
    stack = ground.portal.stack
    stack.clients.lambda_.invoke(
        FunctionName=backstage.function(PROCESSOR),
        Payload=json.dumps(scheduled_event(stack.specification.schedule)).encode(),
    )
    ground.settle()


def _fail_for_a_while(ground: Ground) -> None:
    """WordPress is out of reach for an operation of each queue: each is to come again later."""
    backstage = ground.backstage
    changed, doomed = ground.fresh_site(), ground.fresh_site()
    backstage.wordpress.add_fault("cut", tenantId=TENANT)
    _begin_one_in_each_queue(ground, changed, doomed)
    queues = len(backstage.stack.specification.queues)
    put_off = "sqs:ChangeMessageVisibility"
    eventually(lambda: sum(u.action == put_off for u in uses_of(backstage.stack)) >= queues)
    backstage.wordpress.clear_faults()


def _begin_one_in_each_queue(ground: Ground, changed: str, doomed: str) -> None:
    """A creation, an update and a deletion, none of which is waited for."""
    body = {"siteName": "Later", "subdomain": ground.name()}
    for method, path, content in (
        ("POST", ground.portal.sites, body),
        ("PUT", f"{changed}/status", {"status": "SUSPENDED"}),
        ("DELETE", doomed, None),
    ):
        answer = ground.portal.call(method, path, content)
        assert answer.status_code == 202, f"{method} {path}: {answer.text}"


def uses_of(stack: LocalStack) -> set[Use]:
    """What the functions of a stack have used so far."""
    answer = requests.get(f"{stack.aws_endpoint_url}/_local/uses", timeout=10)
    return {Use(**use) for use in answer.json()}
