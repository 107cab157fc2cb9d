"""A site through its environments and back from its deletion, on the running stack."""

from typing import Any

import pytest

from bbws_local.specification import STAFF, STAFF_ROLE
from bbws_local.stack import LocalStack
from e2e.portal import TENANT, Backstage, Json, Portal, eventually


def _ask(portal: Portal, method: str, path: str, body: Any = None, status: int = 202) -> Json:
    answer = portal.call(method, f"{portal.sites}/{path}", body)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


def _done(portal: Portal, begun: Json) -> Json:
    operation = portal.wait_for(begun["operationId"])
    assert operation["status"] == "COMPLETED", operation
    return operation


def _in_wordpress(backstage: Backstage, site_id: str) -> Json:
    return next(s for s in backstage.wordpress_sites() if s["externalId"] == site_id)


def _promoted(portal: Portal, site_id: str, target: str) -> Json:
    begun = _ask(portal, "POST", f"{site_id}/promote", {"targetEnvironment": target}, 200)
    _done(portal, begun)
    return portal.site(begun["siteId"])


def test_a_site_goes_from_dev_to_prod_with_its_content(
    portal: Portal, backstage: Backstage
) -> None:
    dev = portal.active_site("going-live")
    _done(
        portal,
        _ask(portal, "PUT", dev["siteId"], {"configuration": {"tagline": "Almost there"}}),
    )
    sit = _promoted(portal, dev["siteId"], "SIT")
    prod = _promoted(portal, sit["siteId"], "PROD")
    assert [s["url"] for s in (dev, sit, prod)] == [
        "https://going-live.wpdev.bbws.io",
        "https://going-live.wpsit.bbws.io",
        "https://going-live.wp.bbws.io",
    ]
    assert _in_wordpress(backstage, prod["siteId"])["tagline"] == "Almost there"

    _done(portal, _ask(portal, "PUT", dev["siteId"], {"configuration": {"tagline": "Better"}}))
    again = _promoted(portal, dev["siteId"], "SIT")
    assert (again["siteId"], again["url"]) == (sit["siteId"], sit["url"])
    assert _in_wordpress(backstage, sit["siteId"])["tagline"] == "Better"
    assert portal.get(f"{portal.sites}/{sit['siteId']}/backups")["count"] == 2


def test_a_clone_is_a_site_of_its_own(portal: Portal, backstage: Backstage) -> None:
    site = portal.active_site("original")
    body = {"siteName": "The Copy", "subdomain": "the-copy"}
    clone = _ask(portal, "POST", f"{site['siteId']}/clone", body)
    _done(portal, clone)
    copied = _in_wordpress(backstage, clone["siteId"])
    assert (copied["title"], copied["domain"]) == ("The Copy", "the-copy.wpdev.bbws.io")
    _done(portal, portal.delete(site["siteId"]))
    assert portal.site(clone["siteId"])["status"] == "ACTIVE"


def test_a_prod_site_comes_back_within_its_grace_and_is_gone_after_it(
    portal: Portal, backstage: Backstage
) -> None:
    dev = portal.active_site("precious")
    prod = _promoted(portal, _promoted(portal, dev["siteId"], "SIT")["siteId"], "PROD")
    before = _in_wordpress(backstage, prod["siteId"])
    deletion = portal.delete(prod["siteId"])
    _done(portal, deletion)
    assert _in_wordpress(backstage, prod["siteId"])["status"] == "suspended"
    back = _ask(portal, "POST", f"{prod['siteId']}/restore", {"backupId": deletion["backupId"]})
    _done(portal, back)
    assert portal.site(prod["siteId"])["status"] == "ACTIVE"
    assert _in_wordpress(backstage, prod["siteId"]) == before

    _done(portal, portal.delete(prod["siteId"]))
    assert portal.site(prod["siteId"])["status"] == "DEPROVISIONING"
    eventually(lambda: portal.site(prod["siteId"])["status"] == "DELETED")
    assert prod["siteId"] not in {s["externalId"] for s in backstage.wordpress_sites()}


def test_a_template_is_previewed_and_applied_with_its_plugins(
    portal: Portal, backstage: Backstage
) -> None:
    preview = portal.get("/v1.0/templates/personal-blog/preview")
    assert "signature=" in preview["previewUrl"]
    site = portal.active_site("templated")
    begun = _ask(portal, "POST", f"{site['siteId']}/apply-template", {"templateId": "law-firm"})
    _done(portal, begun)
    applied = portal.site(site["siteId"])
    assert applied["templateId"] == "law-firm"
    assert _in_wordpress(backstage, site["siteId"])["theme"] == "professional"
    plugins = portal.get(f"{portal.sites}/{site['siteId']}/plugins")["items"]
    assert {plugin["pluginId"] for plugin in plugins} == {"contact-form-7", "yoast-seo"}


def test_a_suspended_site_is_suspended_in_wordpress(portal: Portal, backstage: Backstage) -> None:
    site = portal.active_site("unpaid")
    for status, told in (("SUSPENDED", "suspended"), ("ACTIVE", "active")):
        begun = _ask(portal, "PUT", f"{site['siteId']}/status", {"status": status})
        _done(portal, begun)
        assert portal.site(site["siteId"])["status"] == status
        assert _in_wordpress(backstage, site["siteId"])["status"] == told


def test_a_failed_operation_is_tried_again_when_its_cause_is_gone(
    portal: Portal, backstage: Backstage
) -> None:
    backstage.wordpress.add_fault("cut", tenantId=TENANT)
    created = portal.create("second-try")
    assert portal.wait_for(created["operationId"])["status"] == "FAILED"
    backstage.wordpress.clear_faults()
    answer = portal.call("POST", f"/v1.0/operations/{created['operationId']}/retry")
    assert answer.status_code == 202
    assert portal.wait_for(created["operationId"])["status"] == "COMPLETED"
    assert portal.site(created["siteId"])["status"] == "ACTIVE"
    actions = [e["action"] for e in portal.get(f"/v1.0/tenants/{TENANT}/audit")["items"]]
    assert actions == ["retryOperation", "createSite"]


def test_all_sites_are_listed_once_while_others_are_created(
    stack: LocalStack, portal: Portal, backstage: Backstage
) -> None:
    from bbws_shared.attributes import to_attributes
    from bbws_shared.sites import Environment, Site, SiteStatus

    def stored(number: int) -> Site:
        return Site(
            site_id=f"site-0190163d-8694-739b-aea5-{number:012d}",
            tenant_id=TENANT,
            site_name=f"Site {number}",
            subdomain=f"many-{number}",
            environment=Environment.DEV,
            configuration={},
            status=SiteStatus.ACTIVE,
            created_at="2026-01-25T08:00:00.000Z",
            created_by="me",
            updated_at="2026-01-25T08:00:00.000Z",
        )

    wanted = [stored(number) for number in range(250)]
    for site in wanted:
        stack.clients.dynamodb.put_item(TableName="sites", Item=to_attributes(site.to_item()))
    seen: list[str] = []
    path = f"{portal.sites}?limit=100"
    while path:
        page = portal.get(path)
        seen += [site["siteId"] for site in page["items"]]
        path = page["_links"].get("next", {}).get("href", "")
        portal.create(f"meanwhile-{len(seen)}")
    assert [i for i in seen if i < "site-0191"] == [site.site_id for site in wanted]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("accept", ["application/problem+json", "application/json"])
def test_errors_are_told_in_the_form_that_is_asked_for(portal: Portal, accept: str) -> None:
    answer = portal.call("GET", f"{portal.sites}/site-unknown", Accept=accept)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == accept
    body = answer.json()
    assert (body if "problem" in accept else body["error"])["code"] == "SITE_002"


def test_staff_sees_what_was_done_in_a_tenants_name(stack: LocalStack, portal: Portal) -> None:
    portal.create("audited")
    staff = Portal(stack, stack.tokens[STAFF][STAFF_ROLE], TENANT)
    entries = staff.get(f"/v1.0/tenants/{TENANT}/audit")["items"]
    assert [entry["action"] for entry in entries] == ["createSite"]
