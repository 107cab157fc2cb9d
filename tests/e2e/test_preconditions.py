"""Nobody overwrites what somebody else has changed since: `If-Match`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bbws_local.events import load_document
from bbws_local.stack import LocalStack
from e2e.changes import CHANGES, documented
from e2e.conftest import ROOT
from e2e.ground import PLUGIN, TEMPLATE, Ground
from e2e.portal import Backstage

IF_MATCH = {"$ref": "#/components/parameters/IfMatch"}
CONDITIONAL = [name for name, content in documented().items() if IF_MATCH in content["parameters"]]
REMOVALS = ("delete", "uninstall")


@pytest.fixture(scope="module")
def ground(stack: LocalStack) -> Iterator[Ground]:
    with Ground.prepared(Backstage(stack)) as prepared:
        yield prepared


def test_every_put_and_delete_takes_if_match() -> None:
    paths = load_document(ROOT / "openapi" / "site-management.yaml")["paths"]
    wanted = {
        methods[method]["operationId"]
        for methods in paths.values()
        for method in ("put", "delete")
        if method in methods
    }
    assert set(CONDITIONAL) == wanted


@pytest.mark.parametrize("operation", CONDITIONAL)
def test_an_old_version_is_not_changed(ground: Ground, operation: str) -> None:
    change = CHANGES[operation](ground)
    old = ground.etag(change.resource)
    _change_meanwhile(ground, change.resource)
    before = ground.now()

    refusal = change.sent(ground, If_Match=old)
    assert (refusal.status_code, refusal.json()["error"]["code"]) == (412, "REQ_002")
    ground.settle()
    assert ground.now().marks == before.marks

    answer = change.sent(ground, If_Match=ground.etag(change.resource))
    assert answer.ok, answer.text
    ground.settle()


@pytest.mark.parametrize("operation", [o for o in CONDITIONAL if not o.startswith(REMOVALS)])
def test_of_two_changes_at_once_one_wins(ground: Ground, operation: str) -> None:
    change = CHANGES[operation](ground)
    seen = ground.etag(change.resource)
    with ThreadPoolExecutor(2) as callers:
        both = [callers.submit(change.sent, ground, If_Match=seen) for _ in range(2)]
    won, lost = sorted((each.result() for each in both), key=lambda answer: answer.status_code)
    assert won.ok, won.text
    assert lost.status_code in (409, 412), lost.text
    ground.settle()


def _change_meanwhile(ground: Ground, resource: str) -> None:
    name = ground.name()
    admin = resource.replace("/v1.0/", "/v1.0/admin/")
    if resource.startswith("/v1.0/templates/"):
        ground.do("PUT", admin, {**TEMPLATE, "name": name})
    elif resource.startswith("/v1.0/plugins/"):
        ground.do("PUT", admin, {**PLUGIN, "name": name})
    elif "/plugins/" in resource:
        ground.do("PUT", f"{resource}/config", {"configuration": {}})
    else:
        ground.do("PUT", resource, {"siteName": name})
