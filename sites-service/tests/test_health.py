"""GET a site's health: asked of WordPress itself; its outage is an answer, not an error."""

from typing import Any

import pytest

from bbws_local.testing import TENANT, Account, Api
from bbws_local.wordpress import ControlClient, SimulatorServer
from bbws_shared.observability import observability
from bbws_shared.sites import Site, SiteStatus
from bbws_shared.wordpress import WordPressClient
from bbws_shared.wordpress_transport import CredentialStore, WordPressTransport

AT = "2026-01-25T08:00:00.000Z"
SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad91"
PATH = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}/health"


@pytest.fixture
def site(account: Account, wordpress: SimulatorServer) -> dict[str, Any]:
    store = CredentialStore(account.client("secretsmanager"))
    watched = observability("test", "dev")
    transport = WordPressTransport(wordpress.url, store, watched, read_timeout=5)
    client = WordPressClient(transport, TENANT, "test")
    created = client.create_site(SITE_ID, "shop.wpdev.bbws.io", "Shop", {})
    values: dict[str, Any] = {
        "site_id": SITE_ID,
        "tenant_id": TENANT,
        "site_name": "Shop",
        "subdomain": "shop",
        "environment": "DEV",
        "configuration": {},
        "created_at": AT,
        "created_by": "me",
        "updated_at": AT,
        "wordpress_site_id": created.id,
    }
    return values


def _store(account: Account, site: dict[str, Any], status: str = "ACTIVE") -> None:
    account.put(Site(**site, status=SiteStatus(status)).to_item())


def _failed(reply: Any) -> list[str]:
    return [check["name"] for check in reply.json["checks"] if check["status"] == "FAIL"]


def test_a_site_that_works_is_healthy(api: Api, account: Account, site: dict[str, Any]) -> None:
    _store(account, site)
    reply = api.get(PATH)
    assert reply.status == 200
    assert reply.json["status"] == "HEALTHY"
    assert _failed(reply) == []
    assert {c["name"] for c in reply.json["checks"]} >= {"wordpress", "database", "objectCache"}
    assert reply.json["responseTimeMs"] >= 0


@pytest.mark.parametrize("kind", ["status", "cut", "wrongTenant"])
def test_an_outage_of_wordpress_is_an_answer(
    api: Api, account: Account, site: dict[str, Any], wordpress: SimulatorServer, kind: str
) -> None:
    _store(account, site)
    ControlClient(wordpress.url).add_fault(kind, **({"status": 500} if kind == "status" else {}))
    reply = api.get(PATH)
    assert (reply.status, reply.json["status"]) == (200, "UNHEALTHY")
    assert _failed(reply) == ["wordpress"]


def test_a_site_that_is_not_active_is_not_healthy(
    api: Api, account: Account, site: dict[str, Any]
) -> None:
    _store(account, site, "SUSPENDED")
    assert _failed(api.get(PATH)) == ["siteStatus"]
    _store(account, {**site, "wordpress_site_id": None}, "FAILED")
    assert _failed(api.get(PATH)) == ["siteStatus", "wordpress"]
