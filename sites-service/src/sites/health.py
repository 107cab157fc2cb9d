"""How a site is: asked of WordPress itself, at the moment of the request."""

import time
from typing import Any, Final

from bbws_shared.sites import Site, SiteStatus
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.wordpress import WordPressClient, WordPressHealth
from bbws_shared.wordpress_transport import WordPressError

_COMPONENTS: Final = ("database", "filesystem", "cron", "object_cache")
_VITAL: Final = frozenset({"database", "filesystem"})
Check = dict[str, str]


def site_health(site: Site, wordpress: WordPressClient, clock: Clock) -> dict[str, Any]:
    """The health of a site; a WordPress that cannot be reached is UNHEALTHY, not an error."""
    began = time.perf_counter()
    checks = [_status(site), *_wordpress(site, wordpress)]
    elapsed = (time.perf_counter() - began) * 1000
    return {
        "siteId": site.site_id,
        "status": _overall(checks),
        "lastChecked": timestamp(clock()),
        "responseTimeMs": round(elapsed),
        "checks": checks,
    }


def _status(site: Site) -> Check:
    if site.status is SiteStatus.ACTIVE:
        return {"name": "siteStatus", "status": "PASS"}
    return {"name": "siteStatus", "status": "FAIL", "message": f"The site is {site.status}."}


def _wordpress(site: Site, wordpress: WordPressClient) -> list[Check]:
    if site.wordpress_site_id is None:
        return [{"name": "wordpress", "status": "FAIL", "message": "Not set up in WordPress."}]
    try:
        wordpress.get_site(site.wordpress_site_id)
        health = wordpress.health()
    except WordPressError:
        return [{"name": "wordpress", "status": "FAIL", "message": "WordPress does not answer."}]
    return [{"name": "wordpress", "status": "PASS"}, *_components(health)]


def _components(health: WordPressHealth) -> list[Check]:
    checks = []
    for component in _COMPONENTS:
        said = getattr(health, component)
        name = WordPressHealth.model_fields[component].alias or component
        if said == "ok":
            checks.append({"name": name, "status": "PASS"})
        else:
            checks.append({"name": name, "status": "FAIL", "message": said})
    return checks


def _overall(checks: list[Check]) -> str:
    failed = {check["name"] for check in checks if check["status"] == "FAIL"}
    if failed & ({"siteStatus", "wordpress"} | _VITAL):
        return "UNHEALTHY"
    return "DEGRADED" if failed else "HEALTHY"
