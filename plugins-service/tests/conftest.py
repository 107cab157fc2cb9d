import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from moto import mock_aws

from bbws_local.events import load_document
from bbws_local.table import create_table
from bbws_local.testing import OTHER_TENANT, ROOT, TENANT, Account, Api, Clock, Reply
from bbws_local.wordpress import ControlClient, PluginPackage, SimulatorServer
from bbws_shared import keys
from bbws_shared.observability import observability
from bbws_shared.sites import Site, SiteStatus
from bbws_shared.wordpress import WordPressClient
from bbws_shared.wordpress_transport import CredentialStore, WordPressTransport
from plugins.app import build_app
from plugins.settings import Settings

pytest_plugins = ["bbws_local.fixtures"]

AT = "2026-01-12T14:05:00.000Z"
SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad91"
SITE = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}"


@dataclass
class Catalogue:
    """The plugins in the table; their packages lie at `packages`."""

    account: Account
    packages: str = "https://packages.internal"

    def add(
        self, plugin_id: str = "forms", versions: tuple[str, ...] = ("2.1.0",), **fields: Any
    ) -> dict[str, Any]:
        """Store a plugin, over the one that has this id; the latest version comes first."""
        plugin: dict[str, Any] = {
            "pluginId": plugin_id,
            "name": plugin_id.title(),
            "description": "As many as you like.",
            "author": "Forms Ltd",
            "category": "forms",
            "pricing": "FREE",
            "latestVersion": versions[0],
            "releases": [self._release(plugin_id, version) for version in versions],
            "vetting": "APPROVED",
            "vulnerabilities": [],
            "conflictsWith": [],
            "configurableOptions": ["mailTo", "columns"],
            "createdAt": AT,
            "updatedAt": AT,
            **fields,
        }
        pk, sk = keys.plugin(plugin_id)
        self.account.put(
            {
                "PK": pk,
                "SK": sk,
                "GSI2PK": keys.plugins_by_vetting(plugin["vetting"]),
                "GSI2SK": keys.by_category(plugin["category"], plugin_id),
                **plugin,
            }
        )
        self.account.calls.clear()
        return plugin

    def _release(self, plugin_id: str, version: str) -> dict[str, Any]:
        package = PluginPackage(plugin_id, version, plugin_id.title())
        return {
            "version": version,
            "requiresWordPress": "6.1",
            "requiresPhp": "8.0",
            "releasedAt": AT,
            "packageUrl": self.packages + package.path,
            "sha256": package.sha256,
        }


@dataclass
class World:
    """A catalogue, a site with its WordPress, and callers who install."""

    account: Account
    wordpress: SimulatorServer
    clock: Clock
    settings: Settings
    api: Api = field(init=False)
    catalogue: Catalogue = field(init=False)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue(self.account, self.wordpress.url)
        self.api = self.started()

    def started(self, **more: Any) -> Api:
        """A cold start of the function."""
        return Api(build_app(self.settings, self.account.client, self.clock, **more))

    @cached_property
    def control(self) -> ControlClient:
        return ControlClient(self.wordpress.url)

    def site(self, site_id: str = SITE_ID, subdomain: str = "shop", **fields: Any) -> None:
        """Store a site, which is in WordPress too."""
        names = {"site_id": site_id, "tenant_id": TENANT, "site_name": "Shop"}
        versions = {"wordpress_version": "6.8.1", "php_version": "8.3.6"}
        values: dict[str, Any] = {
            **names,
            **versions,
            "subdomain": subdomain,
            "environment": "DEV",
            "configuration": {},
            "status": "ACTIVE",
            "created_at": AT,
            "created_by": "me",
            "updated_at": AT,
            **fields,
        }
        values["status"] = SiteStatus(values["status"])
        values.setdefault("wordpress_site_id", self._in_wordpress(Site(**values)))
        self.account.put(Site(**values).to_item())
        self.account.calls.clear()

    @cached_property
    def _client(self) -> WordPressClient:
        store = CredentialStore(self.account.client("secretsmanager"))
        watched = observability("test", "dev")
        transport = WordPressTransport(self.wordpress.url, store, watched, read_timeout=5)
        return WordPressClient(transport, TENANT, "test")

    def _in_wordpress(self, site: Site) -> int:
        """A site in WordPress; the same one each time."""
        return self._client.create_site(site.subdomain, site.domain, "Shop", {}).id

    def install(self, body: Any = None, **more: Any) -> Reply:
        """Ask for a plugin on the site."""
        return self.api.post(f"{SITE}/plugins", body or {"pluginId": "forms"}, **more)

    def listed(self) -> list[str]:
        """The plugins that the API shows on the site."""
        return [item["pluginId"] for item in self.api.get(f"{SITE}/plugins").json["items"]]

    def shown(self, plugin_id: str = "forms", site: str = SITE) -> dict[str, Any]:
        """A plugin as the API shows it on a site."""
        items = self.api.get(f"{site}/plugins").json["items"]
        shown: dict[str, Any] = next(item for item in items if item["pluginId"] == plugin_id)
        return shown

    def version_in_wordpress(self, plugin_id: str = "forms") -> str | None:
        """The version whose files the network has."""
        plugins = {p["plugin"]: p["version"] for p in self.control.state(TENANT)["plugins"]}
        return plugins.get(f"{plugin_id}/{plugin_id}")

    def active_in_wordpress(self) -> list[list[str]]:
        """The active plugins of each site, in the order in which the sites were created."""
        return [site["activePlugins"] for site in self.control.state(TENANT)["sites"]]

    def records(self) -> list[dict[str, Any]]:
        """What the table holds of the site's plugins, finished or not."""
        items = self.account.items()
        partition = keys.site_partition(TENANT, SITE_ID)
        return [
            item
            for item in items
            if item["PK"] == partition and item["SK"].startswith(keys.PLUGIN_PREFIX)
        ]

    def record(self, plugin_id: str, site_id: str = SITE_ID, **fields: Any) -> None:
        """Store a plugin as installed."""
        pk, sk = keys.installed_plugin(TENANT, site_id, plugin_id)
        names = {"pluginId": plugin_id, "siteId": site_id, "name": plugin_id.title()}
        item = {
            **names,
            "version": "1.0",
            "isActive": True,
            "installedAt": AT,
            "installedBy": "me",
            "configuration": {},
            "status": "INSTALLED",
            "claimId": "earlier",
            "claimedUntil": AT,
            "GSI1PK": keys.installations(plugin_id),
            "GSI1SK": keys.installation(TENANT, site_id),
        }
        self.account.put({"PK": pk, "SK": sk, **item, **fields})
        self.account.calls.clear()

    def effects(self) -> list[str]:
        """What happened to plugins in WordPress."""
        names = [one["effect"] for one in self.control.effects(TENANT)]
        return [name for name in names if name.startswith(("plugin_", "package_"))]


@pytest.fixture(scope="session")
def shared_account() -> Account:
    return Account()  # making its clients takes longer than most tests


@pytest.fixture
def account(credentials: None, shared_account: Account) -> Iterator[Account]:
    """An empty account."""
    with mock_aws():
        shared_account.calls.clear()
        yield shared_account


@pytest.fixture
def variables(account: Account) -> dict[str, str]:
    """The function's environment; it needs the table, the topic and no queues."""
    create_table(account.client("dynamodb"))
    topic = account.client("sns").create_topic(Name="bbws-wp-notifications-dev")["TopicArn"]
    account.calls.clear()
    return {"ENVIRONMENT": "dev", "TABLE_NAME": "sites", "NOTIFICATION_TOPIC_ARN": topic}


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorServer]:
    with mock_aws():
        tenants = Account().grant_wordpress(TENANT, OTHER_TENANT)
    with SimulatorServer(tenants) as server:
        yield server


@pytest.fixture
def wordpress(account: Account, simulator: SimulatorServer) -> SimulatorServer:
    account.grant_wordpress(TENANT, OTHER_TENANT)
    ControlClient(simulator.url).reset()
    return simulator


@pytest.fixture
def start(account: Account, variables: dict[str, str], clock: Clock) -> Callable[[], Api]:
    """A cold start of a function that never calls WordPress: nobody listens at the address."""
    settings = Settings.load({**variables, "WORDPRESS_BASE_URL": "http://127.0.0.1:9"})
    return lambda: Api(build_app(settings, account.client, clock))


@pytest.fixture
def api(start: Callable[[], Api]) -> Api:
    return start()


@pytest.fixture
def catalogue(account: Account, variables: dict[str, str]) -> Catalogue:
    return Catalogue(account)


@pytest.fixture
def world(
    account: Account, variables: dict[str, str], wordpress: SimulatorServer, clock: Clock
) -> World:
    settings = Settings.load({**variables, "WORDPRESS_BASE_URL": wordpress.url})
    world = World(account, wordpress, clock, settings)
    world.site()
    world.catalogue.add()
    return world


@pytest.fixture
def promised() -> Callable[[str, Any], None]:
    """Holds an answer against a schema of the OpenAPI document."""
    document = load_document(ROOT / "openapi" / "site-management.yaml")

    def check(schema: str, content: Any) -> None:
        root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
        Draft202012Validator(root).validate(content)

    return check


@pytest.fixture
def counted(capsys: pytest.CaptureFixture[str]) -> Callable[[str], float]:
    """Adds up a metric as CloudWatch would, from what was written since the last look."""

    def total(metric: str) -> float:
        lines = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        return sum(sum(json.loads(line).get(metric, [])) for line in lines)

    return total
