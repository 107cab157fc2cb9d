"""Every workflow through the HTTP API of the local stack, its effect read from WordPress itself."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from e2e.portal import Json, Portal

from wordpress.changes import do
from wordpress.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
SITES = 20


def test_a_site_lives_from_its_creation_to_its_deletion(portal: Portal, visitor: Visitor) -> None:
    site = portal.active_site("corner-shop")
    path = site["siteId"]
    assert "Site corner-shop" in visitor.look(site).text
    assert portal.get(f"{portal.sites}/{path}/health")["status"] == "HEALTHY"

    do(portal, "PUT", path, {"configuration": {"title": "Fish & Chips", "tagline": "Fresh"}})
    page = visitor.look(site).text
    assert "Fish &amp; Chips" in page or "Fish &#038; Chips" in page

    do(portal, "PUT", f"{path}/status", {"status": "SUSPENDED", "reason": "unpaid"})
    holding = visitor.look(site)
    assert (holding.status_code, "bbws-holding-page" in holding.text) == (503, True)
    assert visitor.look(site, "/wp-login.php").status_code == 200
    do(portal, "PUT", f"{path}/status", {"status": "ACTIVE"})
    assert visitor.look(site).status_code == 200

    deletion = portal.delete(path)
    assert portal.wait_for(deletion["operationId"])["status"] == "COMPLETED"
    assert visitor.look(site).status_code in (302, 404)
    assert portal.site(path)["status"] == "DELETED"


def test_a_template_brings_theme_content_and_plugins_and_a_restore_takes_them_back(
    portal: Portal, visitor: Visitor
) -> None:
    site = portal.active_site("bistro")
    before = visitor.look(site).text
    template = portal.get("/v1.0/templates")["items"][0]
    applied = do(
        portal,
        "POST",
        f"{site['siteId']}/apply-template",
        {"templateId": template["templateId"]},
    )
    page = visitor.look(site).text
    assert "We are open" in page
    installed = portal.get(f"{portal.sites}/{site['siteId']}/plugins")["items"]
    assert {one["pluginId"] for one in installed} == set(template["plugins"])
    again = portal.call(
        "POST",
        f"{portal.sites}/{site['siteId']}/apply-template",
        {"templateId": template["templateId"]},
    )
    assert (again.status_code, again.json()["error"]["code"]) == (409, "TEMP_004")

    do(portal, "POST", f"{site['siteId']}/restore", {"backupId": applied["backupId"]})
    restored = visitor.look(site).text
    assert "We are open" not in restored
    assert "Hello world!" in restored
    assert ("Hello world!" in before) is True
    assert portal.get(f"{portal.sites}/{site['siteId']}/plugins")["items"] == []


def test_a_clone_and_a_promotion_have_the_content_under_their_own_addresses(
    portal: Portal, visitor: Visitor
) -> None:
    site = portal.active_site("going-live")
    do(portal, "PUT", site["siteId"], {"configuration": {"title": "Going Live"}})
    body = {"siteName": "Copy", "subdomain": "going-second"}
    clone = portal.site(do(portal, "POST", f"{site['siteId']}/clone", body)["siteId"])
    target = {"targetEnvironment": "SIT"}
    sit = portal.site(do(portal, "POST", f"{site['siteId']}/promote", target, 200)["siteId"])
    assert sit["url"] == "https://going-live.wpsit.bbws.io"
    # A clone has its own name for a title, a promoted site is the same.
    for copy, title in ((clone, "Copy"), (sit, "Going Live")):
        page = visitor.look(copy)
        assert (page.status_code, title in page.text) == (200, True)
        assert copy["url"] in page.text
        assert site["url"] not in page.text


def test_a_plugin_is_installed_updated_switched_off_and_removed(portal: Portal) -> None:
    site = portal.active_site("plugins")
    plugins = f"{site['siteId']}/plugins"
    wanted = {"pluginId": "yoast-seo", "version": "22.4", "configuration": {"separator": "|"}}
    assert do(portal, "POST", plugins, wanted, 201)["isActive"] is True
    assert do(portal, "PUT", f"{plugins}/yoast-seo/update", {}, 200)["version"] == "22.5"
    off = do(portal, "PUT", f"{plugins}/yoast-seo/status", {"isActive": False}, 200)
    assert (off["isActive"], off["configuration"]) == (False, {"separator": "|"})
    do(portal, "DELETE", f"{plugins}/yoast-seo", status=204)
    refused = portal.call("POST", f"{portal.sites}/{plugins}", {"pluginId": "file-commander"})
    assert refused.json()["error"]["code"] == "PLUG_002"


def test_a_backup_brings_back_what_was_lost(portal: Portal, visitor: Visitor) -> None:
    site = portal.active_site("diary")
    for title in ("Monday", "Tuesday"):
        visitor.write(site, title)
    before = visitor.posts(site)
    assert {"Monday", "Tuesday"} <= set(before)
    backup = do(portal, "POST", f"{site['siteId']}/backups", {})
    visitor.delete_posts(site)
    visitor.write(site, "Written after the backup")
    do(portal, "PUT", site["siteId"], {"configuration": {"title": "Ruined"}})
    assert "Ruined" in visitor.look(site).text

    do(portal, "POST", f"{site['siteId']}/restore", {"backupId": backup["backupId"]})
    assert visitor.posts(site) == before
    assert "Ruined" not in visitor.look(site).text
    assert portal.site(site["siteId"])["configuration"]["title"] != "Ruined"


def test_twenty_sites_at_once_are_all_active_and_none_is_made_twice(
    portal: Portal, visitor: Visitor, tell: Callable[[str], None]
) -> None:
    def make(subdomain: str, began: float) -> tuple[Json, float]:
        created = portal.create(subdomain)
        while portal.operation(created["operationId"])["status"] != "COMPLETED":
            assert time.monotonic() < began + 120
            time.sleep(0.5)
        return portal.site(created["siteId"]), time.monotonic() - began

    def make_all(kind: str) -> list[Json]:
        began = time.monotonic()
        with ThreadPoolExecutor(SITES) as callers:
            made = list(callers.map(lambda n: make(f"{kind}-{n}", began), range(SITES)))
        seconds = [after for _, after in made]
        p50, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
        tell(
            f"{SITES} sites at once, {kind} functions: ACTIVE after p50 {p50:.1f} s, p95 {p95:.1f} s"
        )
        return [site for site, _ in made]

    sites = make_all("cold") + make_all("warm")
    assert {site["status"] for site in sites} == {"ACTIVE"}
    assert all(visitor.look(site).status_code == 200 for site in sites)
    made = [
        s["externalId"] for s in visitor.network() if s["domain"].startswith(("cold-", "warm-"))
    ]
    assert sorted(made) == sorted(site["siteId"] for site in sites)
