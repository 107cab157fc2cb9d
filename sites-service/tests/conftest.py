from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.testing import TENANT, Account, Api, Clock
from bbws_local.wordpress import SimulatorServer
from bbws_shared.operations import Operation
from bbws_shared.sites import Site, SiteStatus
from sites.app import Settings, build_app

pytest_plugins = ["bbws_local.fixtures"]

SITES = f"/v1.0/tenants/{TENANT}/sites"
AT = "2026-01-25T08:00:00.000Z"


@pytest.fixture
def settings(variables: dict[str, str], wordpress: SimulatorServer) -> Settings:
    return Settings.load({**variables, "WORDPRESS_BASE_URL": wordpress.url})


@pytest.fixture
def api(account: Account, settings: Settings, clock: Clock) -> Api:
    account.calls.clear()
    return Api(build_app(settings, account.client, clock))


@pytest.fixture
def new_site() -> dict[str, Any]:
    return {"siteName": "Corner Shop", "subdomain": "corner-shop"}


@pytest.fixture
def stored(account: Account) -> Callable[..., Site]:
    """Stores a site with its address and its place in the quota, as a finished creation leaves it."""

    def store(number: int = 1, **fields: Any) -> Site:
        values: dict[str, Any] = {
            "site_id": f"site-0190163d-8694-739b-aea5-{number:012d}",
            "tenant_id": TENANT,
            "site_name": "Shop",
            "subdomain": "shop",
            "environment": "DEV",
            "configuration": {"title": "Shop"},
            "status": SiteStatus.ACTIVE,
            "wordpress_site_id": number + 1,
            "created_at": AT,
            "created_by": "me",
            "updated_at": AT,
        }
        site = Site(**values | fields)
        account.put(site.to_item())
        address = {"tenantId": site.tenant_id, "siteId": site.site_id, "operationId": "op-before"}
        account.put({"PK": f"ADDRESS#{site.subdomain}", "SK": f"ENV#{site.environment}", **address})
        count = sum(i["SK"].startswith("SITE#") for i in account.items())
        quota = {"PK": f"TENANT#{TENANT}", "SK": "QUOTA", "tier": "STANDARD"}
        account.put({**quota, "currentSites": count})
        account.calls.clear()
        return site

    return store


@pytest.fixture
def item(account: Account) -> Callable[[str], dict[str, Any]]:
    """The only item whose sort key begins so."""

    def find(prefix: str) -> dict[str, Any]:
        (found,) = [i for i in account.items() if i["SK"].startswith(prefix)]
        return found

    return find


@pytest.fixture
def operation(account: Account) -> Callable[[str], Operation]:
    """An operation as it is stored."""

    def find(operation_id: str) -> Operation:
        (found,) = [i for i in account.items() if i["SK"] == f"OP#{operation_id}"]
        return Operation.from_item(found)

    return find
