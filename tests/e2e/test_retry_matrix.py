"""Each workflow fails at each of its steps and is tried again, with whatever comes of that.

A step fails before its effect in WordPress, or after it and its answer is lost; the retry then
succeeds, is refused by WordPress, or is to be called off. In all of it nothing that exists in
WordPress loses its record, its address or its place, no backup is lost, nothing is deleted before
its time, and some request of the customer leads on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from bbws_local.testing import STAFF, TENANT
from bbws_shared import keys
from e2e.inprocess import GRACE_SECONDS, RECEIVES, SITES, Json, Services

pytest_plugins = ["bbws_local.fixtures"]


@dataclass(frozen=True)
class Begun:
    """An operation that has begun: on which site, and from which one."""

    operation_id: str
    site_id: str
    source_id: str


def _begun(services: Services, method: str, path: str, body: Json | None, source: str) -> Begun:
    reply = services.api.call(method, path, body)
    assert reply.status in (200, 202), reply.text
    found = services.found(reply)
    return Begun(found["operationId"], found.get("siteId", source), source)


def _create(services: Services) -> Begun:
    body = {"siteName": "Corner Shop", "subdomain": "corner-shop"}
    return _begun(services, "POST", SITES, body, "")


def _clone(services: Services) -> Begun:
    source = services.active()
    body = {"siteName": "Second", "subdomain": "second-shop"}
    return _begun(services, "POST", f"{SITES}/{source}/clone", body, source)


def _promote(services: Services) -> Begun:
    source = services.active()
    body = {"targetEnvironment": "SIT"}
    return _begun(services, "POST", f"{SITES}/{source}/promote", body, source)


def _refresh(services: Services) -> Begun:
    source = services.active()
    services.promoted(source, "SIT")
    body = {"targetEnvironment": "SIT"}
    return _begun(services, "POST", f"{SITES}/{source}/promote", body, source)


def _update(services: Services) -> Begun:
    site = services.active()
    return _begun(services, "PUT", f"{SITES}/{site}", {"configuration": {"tagline": "x"}}, site)


def _suspend(services: Services) -> Begun:
    site = services.active()
    return _begun(services, "PUT", f"{SITES}/{site}/status", {"status": "SUSPENDED"}, site)


def _back_up(services: Services) -> Begun:
    site = services.active()
    return _begun(services, "POST", f"{SITES}/{site}/backups", None, site)


def _restore(services: Services) -> Begun:
    site = services.active()
    body = {"backupId": services.ask("POST", f"{SITES}/{site}/backups")["backupId"]}
    return _begun(services, "POST", f"{SITES}/{site}/restore", body, site)


def _delete(services: Services) -> Begun:
    site = services.active()
    services.ask("POST", f"{SITES}/{site}/backups")
    return _begun(services, "DELETE", f"{SITES}/{site}", None, site)


def _prod(services: Services) -> str:
    return services.promoted(services.promoted(services.active(), "SIT"), "PROD")


def _retire(services: Services) -> Begun:
    site = _prod(services)
    return _begun(services, "DELETE", f"{SITES}/{site}", None, site)


def _call_back(services: Services) -> Begun:
    site = _prod(services)
    body = {"backupId": services.ask("DELETE", f"{SITES}/{site}")["backupId"]}
    return _begun(services, "POST", f"{SITES}/{site}/restore", body, site)


def _purge(services: Services) -> Begun:
    site = _prod(services)
    services.ask("DELETE", f"{SITES}/{site}")
    services.clock.advance(GRACE_SECONDS + 61)
    services.tick()
    return Begun(services.site(site)["activeOperationId"], site, site)


_CREATE = ("create_wordpress_site", "POST", "/bbws/v1/sites$")
_CONFIGURE = ("PUT", r"/bbws/v1/sites/\d+$")
_VERIFY = ("verify_site", "GET", r"/bbws/v1/sites/\d+$")
_COPY = (
    ("copy_content", "POST", "/copies$"),
    ("configure_copy", *_CONFIGURE),
    _VERIFY,
)
_BACK_UP_SOURCE = ("back_up_source", "POST", "/sites/{source}/backups$")
_BACK_UP = ("back_up_site", "POST", "/sites/{site}/backups$")
_RESTORE = (
    ("restore_content", "POST", "/restores$"),
    ("restore_records", "GET", "/wp/v2/plugins"),
    _VERIFY,
)
_OPEN = ("open_site", "PUT", "/status$")
_REMOVE = ("delete_wordpress_site", "DELETE", r"/bbws/v1/sites/\d+$")

type Begin = Callable[[Services], Begun]

WORKFLOWS: dict[str, tuple[Begin, tuple[tuple[str, str, str], ...]]] = {
    "creation": (_create, (_CREATE, ("configure_site", *_CONFIGURE), _VERIFY)),
    "clone": (_clone, (_CREATE, *_COPY)),
    "promotion": (_promote, (_BACK_UP_SOURCE, _CREATE, *_COPY)),
    "refresh": (_refresh, (_BACK_UP_SOURCE, _BACK_UP, *_COPY)),
    "update": (_update, (("update_wordpress_site", *_CONFIGURE),)),
    "status": (_suspend, (("set_wordpress_status", "PUT", "/status$"),)),
    "backup": (_back_up, (_BACK_UP,)),
    "restore": (_restore, _RESTORE),
    "restore in the grace": (_call_back, (*_RESTORE, _OPEN)),
    "deletion": (_delete, (_BACK_UP, _REMOVE)),
    "deletion with a grace": (_retire, (_BACK_UP, ("suspend_site", "PUT", "/status$"))),
    "purge": (_purge, (_REMOVE,)),
}
FAULTS: dict[str, Json] = {
    "before": {"kind": "status", "status": 500},
    "after": {"kind": "cutAfter"},
}


OUTCOMES = ("succeeds", "is refused", "is cancelled")


def _cases() -> Iterator[tuple[str, str, str, str]]:
    for name, (_, steps) in WORKFLOWS.items():
        for step, method, _path in steps:
            for moment in FAULTS:
                # A question has no effect that could be lost.
                if moment == "before" or method != "GET":
                    yield from ((name, step, moment, outcome) for outcome in OUTCOMES)


@pytest.mark.parametrize(("workflow", "step", "moment", "outcome"), list(_cases()))
def test_whatever_fails_and_is_tried_again_loses_nothing_and_leads_on(
    services: Services, workflow: str, step: str, moment: str, outcome: str
) -> None:
    begin, steps = WORKFLOWS[workflow]
    begun = begin(services)
    _fail_at(services, begun, next(s for s in steps if s[0] == step), moment)
    failed = services.operation(begun.operation_id)
    assert [s["name"] for s in failed["steps"] if s["status"] == "FAILED"] == [step]
    services.check()
    deleted = services.control.effects(TENANT, "site_deleted")

    assert services.control_operation(begun.operation_id, "retry").status == 202
    if outcome == "is cancelled":
        reply = services.control_operation(begun.operation_id, "cancel")
        assert (reply.status, reply.code) == (409, "OP_002")
        services.check()
    if outcome == "is refused":
        services.control.add_fault("status", status=403, code="rest_forbidden")
        services.work()
        services.control.clear_faults()
        assert services.operation(begun.operation_id)["status"] == "FAILED"
        services.check()
        if moment == "before":
            assert services.control_operation(begun.operation_id, "retry").status == 202
    if outcome != "is refused" or moment == "before":
        services.work()
        assert services.operation(begun.operation_id)["status"] == "COMPLETED"
        services.check()
    if workflow == "deletion with a grace":
        assert services.control.effects(TENANT, "site_deleted") == deleted
    _remove_everything(services)


def _fail_at(services: Services, begun: Begun, step: tuple[str, str, str], moment: str) -> None:
    """Every delivery of the operation fails at this step, and then the fault is gone."""
    _, method, path = step
    ids = {"site": begun.site_id, "source": begun.source_id}
    for name, site_id in ids.items():
        if f"{{{name}}}" in path:
            number = services.site(site_id)["wordpressSiteId"]
            path = path.replace(f"{{{name}}}", str(number))
    services.control.add_fault(**FAULTS[moment], method=method, path=path)
    services.work(*RECEIVES)
    services.control.clear_faults()
    assert services.operation(begun.operation_id)["status"] == "FAILED"


def _remove_everything(services: Services) -> None:
    """Whatever has become of them, the sites can be deleted, and then nothing is held."""
    for item in services.account.items():
        is_site = item["PK"] == keys.tenant(TENANT) and item["SK"].startswith(keys.SITE_PREFIX)
        if is_site and services.site(item["siteId"])["status"] != "DELETED":
            services.ask("DELETE", f"{SITES}/{item['siteId']}?force=true", caller=STAFF)
            assert services.site(item["siteId"])["status"] == "DELETED"
    services.check()
    assert services.in_wordpress() == set()
    (quota,) = [item for item in services.account.items() if item["SK"] == "QUOTA"]
    assert quota["currentSites"] == 0
