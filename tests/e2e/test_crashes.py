"""Processes killed in the middle of their work: nothing is lost, nothing happens twice.

The cases run at the same time, for each waits until the lease of the killed delivery expires.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest
import requests

from bbws_local.specification import PROCESSOR
from bbws_local.stack import LocalStack
from e2e.portal import TENANT, Backstage, Json, Portal

# What a step asks of WordPress; the fault holds the request before or after its effect.
CREATION_CASES = {
    "create_wordpress_site before its effect": ("latency", "POST", r"/bbws/v1/sites$"),
    "create_wordpress_site after its effect": ("latencyAfter", "POST", r"/bbws/v1/sites$"),
    "configure_site before its effect": ("latency", "PUT", r"/bbws/v1/sites/\d+$"),
    "configure_site after its effect": ("latencyAfter", "PUT", r"/bbws/v1/sites/\d+$"),
    "verify_site": ("latency", "GET", r"/bbws/v1/sites/\d+$"),
}
DELETION_CASES = {
    "back_up_site before its effect": ("latency", "POST", r"/backups$"),
    "back_up_site after its effect": ("latencyAfter", "POST", r"/backups$"),
    "delete_wordpress_site before its effect": ("latency", "DELETE", r"/bbws/v1/sites/\d+$"),
    "delete_wordpress_site after its effect": ("latencyAfter", "DELETE", r"/bbws/v1/sites/\d+$"),
}
HELD_SECONDS = 120


@dataclass(frozen=True)
class Story:
    """What became of one killed operation."""

    operation: Json
    site: Json
    in_wordpress: list[Json]
    effects: Counter[str]
    killed: int


def _kill_during(
    backstage: Backstage, case: tuple[str, str, str], correlation_id: str, begin: Callable[[], Json]
) -> tuple[Json, int]:
    """Hold the step's request, and kill -9 the process that waits for its answer."""
    kind, method, path = case
    fault = backstage.wordpress.add_fault(
        kind,
        correlationId=correlation_id,
        method=method,
        path=path,
        seconds=HELD_SECONDS,
        times=1,
    )
    begun = begin()
    backstage.wordpress.wait_for_fault(fault["id"])
    return begun, backstage.kill_process_of(correlation_id)


def _story(portal: Portal, backstage: Backstage, begun: Json, pid: int) -> Story:
    operation = portal.wait_for(begun["operationId"], seconds=90)
    site = portal.site(begun["siteId"])
    mine = [s for s in backstage.wordpress_sites() if s["externalId"] == site["siteId"]]
    happened = backstage.wordpress.effects(TENANT)
    effects = Counter(e["effect"] for e in happened if e["externalId"] == site["siteId"])
    return Story(operation, site, mine, effects, pid)


@pytest.fixture(scope="module")
def crashed(stack: LocalStack) -> Iterator[dict[str, Story]]:
    """Every case, killed one after the other and recovered together."""
    backstage = Backstage(stack)
    backstage.reset()
    backstage.set_tier("PREMIUM")
    portal = Portal.of(stack)
    doomed = {case: portal.active_site(f"doomed-{n}") for n, case in enumerate(DELETION_CASES)}
    killed: dict[str, tuple[Json, int]] = {}
    for number, (case, fault) in enumerate(CREATION_CASES.items()):
        name = f"killed-{number}"
        create = partial(portal.create, name, X_Correlation_Id=name)
        killed[case] = _kill_during(backstage, fault, name, create)
    for number, (case, fault) in enumerate(DELETION_CASES.items()):
        name = f"killed-deletion-{number}"
        delete = partial(portal.delete, doomed[case]["siteId"], X_Correlation_Id=name)
        killed[case] = _kill_during(backstage, fault, name, delete)
    # The requests whose callers are gone end; what had its effect keeps it.
    backstage.wordpress.clear_faults()
    yield {case: _story(portal, backstage, *begun) for case, begun in killed.items()}
    backstage.reset()


@pytest.mark.parametrize("case", CREATION_CASES)
def test_a_creation_killed_in_any_step_still_becomes_active(
    crashed: dict[str, Story], case: str
) -> None:
    story = crashed[case]
    assert story.killed > 0
    assert story.operation["status"] == "COMPLETED", story.operation
    assert story.site["status"] == "ACTIVE"
    assert len(story.in_wordpress) == 1
    assert story.effects["site_created"] == 1
    assert story.effects["site_updated"] <= 1
    assert set(story.effects) <= {"site_created", "site_updated"}


@pytest.mark.parametrize("case", DELETION_CASES)
def test_a_deletion_killed_in_any_step_still_deletes_with_a_backup(
    crashed: dict[str, Story], case: str
) -> None:
    story = crashed[case]
    assert story.operation["status"] == "COMPLETED", story.operation
    assert story.site["status"] == "DELETED"
    assert story.in_wordpress == []
    assert story.effects["site_deleted"] == 1
    assert story.effects["backup_uploaded"] == 1


def test_a_process_killed_while_it_records_its_step_repeats_nothing(
    portal: Portal, backstage: Backstage
) -> None:
    """The effect has happened, its record has not."""
    backstage.add_fault(
        "dynamodb",
        "TransactWriteItems",
        delaySeconds=HELD_SECONDS,
        times=1,
        match="wordpressSiteId",
    )
    created = portal.create("unrecorded", X_Correlation_Id="unrecorded-1")
    backstage.wait_for_fault("TransactWriteItems")
    backstage.kill_process_of("unrecorded-1")
    assert portal.wait_for(created["operationId"])["status"] == "COMPLETED"
    assert portal.site(created["siteId"])["status"] == "ACTIVE"
    assert len(backstage.effects("site_created")) == 1


def test_an_api_killed_between_transaction_and_message_loses_nothing(
    portal: Portal, backstage: Backstage
) -> None:
    backstage.add_fault("sqs", "SendMessage", delaySeconds=HELD_SECONDS, times=1)
    body = {"siteName": "Half Asked", "subdomain": "half-asked"}
    answer = _killed_request(portal, backstage, body)
    assert answer.status_code == 500
    (site,) = portal.get(portal.sites)["items"]
    assert site["status"] == "PROVISIONING"
    operation = portal.wait_for(site["activeOperationId"])
    assert operation["status"] == "COMPLETED"
    assert portal.site(site["siteId"])["status"] == "ACTIVE"
    assert backstage.log_lines(PROCESSOR, "sent again")
    assert len(backstage.effects("site_created")) == 1


def _killed_request(portal: Portal, backstage: Backstage, body: Json) -> requests.Response:
    with ThreadPoolExecutor(1) as caller:
        promise = caller.submit(portal.call, "POST", portal.sites, body)
        backstage.wait_for_fault("SendMessage")
        backstage.kill_busy("sites-service")
        return promise.result()
