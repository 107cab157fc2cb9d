"""WordPress fails; the customer learns why, and nothing is held for nothing."""

import json

import pytest

from bbws_local.specification import PROCESSOR
from e2e.portal import TENANT, Backstage, Portal, eventually

DLQ = "bbws-wp-site-operations-dlq-dev"


def test_an_outage_of_wordpress_is_retried_three_times_and_then_explained(
    portal: Portal, backstage: Backstage
) -> None:
    backstage.wordpress.add_fault("cut", tenantId=TENANT)
    created = portal.create("while-down", X_Correlation_Id="outage-1")
    operation = portal.wait_for(created["operationId"])

    assert operation["status"] == "FAILED"
    error = operation["error"]
    assert error["code"] == "WP_001"
    assert error["message"] == "WordPress could not be reached, although we tried several times."
    site = portal.site(created["siteId"])
    assert (site["status"], site["statusReason"]) == ("FAILED", error["message"])
    event = backstage.event(created["operationId"])
    assert event["eventType"] == "site.creation_failed"
    assert event["payload"]["error"]["message"] == error["message"]

    (letter,) = eventually(lambda: backstage.messages(DLQ))
    body = json.loads(letter["Body"])
    assert body["payload"]["operationId"] == created["operationId"]

    def receives() -> list[int]:
        lines = backstage.log_lines(PROCESSOR, "outage-1")
        return [line["receives"] for line in lines if line["message"] == "step failed"]

    eventually(lambda: len(receives()) == 3)
    # The tries may be of different processes, whose log streams come in any order.
    assert sorted(receives()) == [1, 2, 3]
    assert backstage.effects("site_created") == []


def test_a_site_that_failed_can_be_deleted_when_wordpress_is_back(
    portal: Portal, backstage: Backstage
) -> None:
    backstage.wordpress.add_fault("cut", tenantId=TENANT)
    created = portal.create("second-chance")
    assert portal.wait_for(created["operationId"])["status"] == "FAILED"
    backstage.wordpress.clear_faults()
    deletion = portal.delete(created["siteId"])
    assert portal.wait_for(deletion["operationId"])["status"] == "COMPLETED"
    assert portal.active_site("second-chance")["status"] == "ACTIVE"


def test_an_outage_that_ends_in_time_is_not_noticed(portal: Portal, backstage: Backstage) -> None:
    backstage.wordpress.add_fault("timeout", method="POST", path="/sites$", seconds=3, times=1)
    created = portal.create("patient")
    assert portal.wait_for(created["operationId"])["status"] == "COMPLETED"
    assert len(backstage.effects("site_created")) == 1


def test_a_refusal_of_wordpress_fails_at_once_and_frees_address_and_quota(
    portal: Portal, backstage: Backstage
) -> None:
    backstage.wordpress.add_fault(
        "status",
        method="POST",
        path="/sites$",
        status=400,
        code="bbws_invalid_domain",
        message="The domain is not part of this network.",
    )
    created = portal.create("refused")
    operation = portal.wait_for(created["operationId"])
    assert operation["status"] == "FAILED"
    assert "The domain is not part of this network." in operation["error"]["message"]
    assert portal.site(created["siteId"])["status"] == "FAILED"
    posts = [r for r in backstage.wordpress.requests(TENANT) if r["method"] == "POST"]
    assert len(posts) == 1
    assert backstage.messages(DLQ) == []
    assert backstage.item("QUOTA")["currentSites"] == 0
    backstage.wordpress.clear_faults()
    assert portal.active_site("refused")["siteId"] != created["siteId"]


@pytest.mark.parametrize("kind", ["wrongTenant", "noTenant", "misrouted"])
def test_an_answer_of_another_tenants_wordpress_is_never_trusted(
    portal: Portal, backstage: Backstage, kind: str
) -> None:
    backstage.wordpress.add_fault(kind, tenantId=TENANT)
    created = portal.create("misled")
    operation = portal.wait_for(created["operationId"])
    assert operation["status"] == "FAILED"
    assert "did not reach your WordPress" in operation["error"]["message"]
    assert "wordpressSiteId" not in portal.site(created["siteId"])
