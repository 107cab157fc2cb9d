from typing import Any

import pytest

from bbws_local.testing import Account, Api, Clock
from bbws_local.wordpress import SimulatorServer
from sites.app import Settings, build_app

pytest_plugins = ["bbws_local.fixtures"]

SITES = "/v1.0/tenants/tenant-123/sites"


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
