"""A site from the first request to its end, as its owner and the platform team see it."""

from functools import partial

import pytest

from bbws_local.specification import PROCESSOR
from e2e.portal import TENANT, Backstage, Portal, eventually

STEPS = ["create_wordpress_site", "configure_site", "verify_site"]


def test_a_site_created_over_http_becomes_active_in_wordpress(
    portal: Portal, backstage: Backstage
) -> None:
    body = {"siteName": "Corner Shop", "subdomain": "corner-shop"}
    answer = portal.call("POST", portal.sites, body, X_Correlation_Id="journey-1")
    assert answer.status_code == 202
    created = answer.json()
    assert created["status"] == "PROVISIONING"
    assert answer.headers["Location"] == f"/v1.0/operations/{created['operationId']}"

    operation = portal.wait_for(created["operationId"])
    assert operation["status"] == "COMPLETED"
    assert operation["progress"] == 100
    assert [step["name"] for step in operation["steps"]] == STEPS
    assert {step["status"] for step in operation["steps"]} == {"COMPLETED"}

    site = portal.site(created["siteId"])
    assert site["status"] == "ACTIVE"
    assert "activeOperationId" not in site
    (in_wordpress,) = backstage.wordpress_sites()
    assert in_wordpress["externalId"] == created["siteId"]
    assert in_wordpress["id"] == site["wordpressSiteId"]

    event = backstage.event(created["operationId"])
    assert event["eventType"] == "site.created"
    assert event["payload"]["siteId"] == created["siteId"]
    assert event["environment"] == "dev"
    _one_correlation_id(backstage, "journey-1", event)


def _one_correlation_id(backstage: Backstage, correlation_id: str, event: dict[str, str]) -> None:
    """The same id in the API's log, the processor's log, the event and WordPress's requests."""
    for service in ("sites-service", PROCESSOR):
        lines = eventually(partial(backstage.log_lines, service, correlation_id))
        assert {line["correlation_id"] for line in lines} == {correlation_id}
    assert event["correlationId"] == correlation_id
    requests = backstage.wordpress.requests(TENANT)
    assert {request["correlationId"] for request in requests} == {correlation_id}


def test_the_metrics_of_the_runbook_are_in_cloudwatch(portal: Portal, backstage: Backstage) -> None:
    before = sum(point["Sum"] for point in backstage.metric("SiteCreated"))
    portal.active_site("measured")
    (created,) = eventually(
        lambda: [p for p in backstage.metric("SiteCreated") if p["Sum"] > before]
    )
    assert created["Sum"] == before + 1
    (duration,) = backstage.metric("SiteCreationDuration")
    assert 0 < duration["Average"] < 60
    assert duration["SampleCount"] == created["Sum"]
    assert eventually(lambda: backstage.metric("WordPressAPILatency"))
    assert eventually(lambda: backstage.metric("DLQMessages"))


def test_a_deletion_backs_the_site_up_and_frees_its_address(
    portal: Portal, backstage: Backstage
) -> None:
    site = portal.active_site("short-lived")
    backstage.events()
    deletion = portal.delete(site["siteId"])
    assert deletion["status"] == "DEPROVISIONING"
    assert portal.wait_for(deletion["operationId"])["status"] == "COMPLETED"
    assert portal.site(site["siteId"])["status"] == "DELETED"
    assert portal.get(portal.sites)["items"] == []
    assert backstage.wordpress_sites() == []
    assert backstage.event(deletion["operationId"])["eventType"] == "site.deleted"
    bucket = backstage.stack.specification.bucket_name
    listing = backstage.stack.clients.s3.list_objects_v2(Bucket=bucket)
    assert any(deletion["backupId"] in entry["Key"] for entry in listing["Contents"])
    assert backstage.item("QUOTA")["currentSites"] == 0
    assert portal.active_site("short-lived")["siteId"] != site["siteId"]


def test_a_plugin_is_installed_and_a_blocklisted_one_is_not(
    portal: Portal, backstage: Backstage
) -> None:
    site = portal.active_site("with-plugins")
    plugins = f"{portal.sites}/{site['siteId']}/plugins"
    answer = portal.call("POST", plugins, {"pluginId": "yoast-seo"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["version"] == "22.5"
    (installed,) = portal.get(plugins)["items"]
    assert installed["pluginId"] == "yoast-seo"
    assert backstage.effects("plugin_installed")
    refused = portal.call("POST", plugins, {"pluginId": "file-commander"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "PLUG_002")
    vulnerable = portal.call("POST", plugins, {"pluginId": "contact-form-7", "version": "5.8.4"})
    assert (vulnerable.status_code, vulnerable.json()["error"]["code"]) == (422, "PLUG_003")


def test_the_catalogue_has_ten_templates_and_the_vetted_plugins(portal: Portal) -> None:
    assert portal.get("/v1.0/templates")["count"] == 10
    plugins = portal.get("/v1.0/plugins?limit=100")["items"]
    assert len(plugins) == 26
    assert {plugin["vetting"] for plugin in plugins} == {"APPROVED"}
    assert portal.get("/v1.0/plugins/file-commander")["vetting"] == "BLOCKLISTED"


@pytest.mark.parametrize("path", ["/v1.0/health"])
def test_whether_the_api_lives_is_asked_without_a_token(portal: Portal, path: str) -> None:
    nobody = Portal(portal.stack, "")
    assert nobody.get(path)["status"] == "OK"


def test_a_sites_health_is_asked_of_wordpress(portal: Portal, backstage: Backstage) -> None:
    site = portal.active_site("healthy")
    path = f"{portal.sites}/{site['siteId']}/health"
    assert portal.get(path)["status"] == "HEALTHY"
    backstage.wordpress.add_fault("cut", tenantId=TENANT)
    assert portal.get(path)["status"] == "UNHEALTHY"


def test_a_repeated_request_gets_the_first_answer(portal: Portal, backstage: Backstage) -> None:
    body = {"siteName": "Once", "subdomain": "once"}
    first, second = (
        portal.call("POST", portal.sites, body, Idempotency_Key="order-1") for _ in range(2)
    )
    assert (second.status_code, second.text) == (202, first.text)
    assert second.headers["Idempotent-Replayed"] == "true"
    portal.wait_for(first.json()["operationId"])
    assert len(backstage.wordpress_sites()) == 1
