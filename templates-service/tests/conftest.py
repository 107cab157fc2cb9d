from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bbws_local.events import load_document
from bbws_local.testing import ROOT, TENANT, Account, Api, Clock
from bbws_local.wordpress import SimulatorServer
from bbws_shared import keys
from bbws_shared.sites import Site, SiteStatus
from templates.app import Settings, build_app

pytest_plugins = ["bbws_local.fixtures"]

AT = "2026-01-12T14:05:00.000Z"
KEY_SECRET = "bbws/wp/preview-signing-key"
SITE_ID = "site-0190163d-8694-739b-aea5-000000000001"


@dataclass
class Catalogue:
    """The templates in the table."""

    account: Account

    def add(self, template_id: str, **fields: Any) -> dict[str, Any]:
        """Store a template, over the one that has this id."""
        template: dict[str, Any] = {
            "templateId": template_id,
            "name": template_id.title(),
            "description": "A front page, a menu and a contact form.",
            "category": "business",
            "version": "1.4.0",
            "requiresWordPress": "6.1",
            "requiresPhp": "8.0",
            "theme": {
                "stylesheet": "bistro",
                "name": "Bistro",
                "packageUrl": "https://packages.internal/bistro.zip",
                "sha256": "0" * 64,
            },
            "plugins": ["contact-form-7"],
            "status": "PUBLISHED",
            "createdAt": AT,
            "updatedAt": AT,
            **fields,
        }
        pk, sk = keys.template(template_id)
        self.account.put(
            {
                "PK": pk,
                "SK": sk,
                "GSI2PK": keys.templates_by_status(template["status"]),
                "GSI2SK": keys.by_category(template["category"], template_id),
                **template,
            }
        )
        self.account.calls.clear()
        return template

    def add_plugin(self, plugin_id: str, **fields: Any) -> None:
        """Store a plugin of the catalogue that may be installed, unless `fields` say otherwise."""
        pk, sk = keys.plugin(plugin_id)
        release = {
            "version": "1.0.0",
            "requiresWordPress": "6.1",
            "requiresPhp": "8.0",
            "packageUrl": f"https://packages.internal/{plugin_id}.zip",
            "sha256": "0" * 64,
        }
        entry = {
            "PK": pk,
            "SK": sk,
            "pluginId": plugin_id,
            "name": plugin_id.title(),
            "vetting": "APPROVED",
            "latestVersion": "1.0.0",
            "releases": [release],
            "vulnerabilities": [],
            "conflictsWith": [],
        }
        self.account.put(entry | fields)
        self.account.calls.clear()

    def add_installed(self, plugin_id: str, **fields: Any) -> None:
        """Store a plugin as installed on the site."""
        pk, sk = keys.installed_plugin(TENANT, SITE_ID, plugin_id)
        item = {"pluginId": plugin_id, "version": "1.0.0", "isActive": True, "status": "INSTALLED"}
        self.account.put({"PK": pk, "SK": sk, **item, **fields})
        self.account.calls.clear()


@dataclass
class Monotonic:
    """How long the process has lived, in seconds."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Shop:
    """The site that templates are applied to, in the table and in WordPress."""

    account: Account
    wordpress: SimulatorServer
    api: Api
    fields: dict[str, Any] = field(default_factory=dict)

    def store(self, **fields: Any) -> Site:
        """Store the site, over what is there."""
        values: dict[str, Any] = {
            "site_id": SITE_ID,
            "tenant_id": TENANT,
            "site_name": "Shop",
            "subdomain": "shop",
            "environment": "DEV",
            "configuration": {"title": "Shop"},
            "status": SiteStatus.ACTIVE,
            "wordpress_site_id": self.wordpress_id,
            "wordpress_version": "6.8.3",
            "php_version": "8.2.29",
            "created_at": AT,
            "created_by": "me",
            "updated_at": AT,
        }
        site = Site(**values | self.fields | fields)
        self.account.put(site.to_item())
        self.account.calls.clear()
        return site

    def write(self, *post_types: str) -> None:
        """Somebody writes posts and pages."""
        network = self.wordpress.state.networks[TENANT]
        for kind in post_types:
            network.sites[self.wordpress_id].posts.append(_post(kind))

    @property
    def wordpress_id(self) -> int:
        """The site's blog id."""
        (site,) = self.wordpress.state.networks[TENANT].managed_sites()
        return site.id

    def items(self, prefix: str) -> list[dict[str, Any]]:
        """What is stored under sort keys that begin so."""
        return [item for item in self.account.items() if item["SK"].startswith(prefix)]

    def item(self, prefix: str) -> dict[str, Any]:
        """The only item whose sort key begins so."""
        (found,) = self.items(prefix)
        return found


def _post(kind: str) -> Any:
    from bbws_local.wordpress.site import Post

    return Post("Mine", "<p>Written by hand.</p>", kind)


@pytest.fixture
def variables(account: Account) -> dict[str, str]:
    """The function's environment; WordPress is out of reach unless a test starts it."""
    prepared = account.prepare()
    account.client("secretsmanager").create_secret(Name=KEY_SECRET, SecretString="k" * 64)
    account.calls.clear()
    return prepared | {
        "WORDPRESS_BASE_URL": "http://127.0.0.1:9",
        "PREVIEW_BASE_URL": "https://preview.bbws.io/templates",
        "PREVIEW_KEY_SECRET": KEY_SECRET,
    }


@pytest.fixture
def catalogue(account: Account, variables: dict[str, str]) -> Catalogue:
    return Catalogue(account)


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def start(
    account: Account, variables: dict[str, str], clock: Clock, monotonic: Monotonic
) -> Callable[..., Api]:
    """A function's cold start: each one has a catalogue of its own in memory."""

    def begin(**more: str) -> Api:
        settings = Settings.load(variables | more)
        return Api(build_app(settings, account.client, clock, monotonic=monotonic))

    return begin


@pytest.fixture
def api(start: Callable[..., Api]) -> Api:
    return start()


@pytest.fixture
def shop(account: Account, start: Callable[..., Api], wordpress: SimulatorServer) -> Shop:
    """An ACTIVE site with the content that every new site has; its `api` reaches WordPress."""
    from bbws_local.wordpress.site import Site as Blog

    network = wordpress.state.networks[TENANT]
    blog = Blog(network.next_site_id(), SITE_ID, "shop.wpdev.bbws.io", "Shop", "me@shop.example")
    blog.publish_first_content()
    network.sites[blog.id] = blog
    made = Shop(account, wordpress, start(WORDPRESS_BASE_URL=wordpress.url))
    made.store()
    return made


@pytest.fixture
def slow_api(
    account: Account, variables: dict[str, str], clock: Clock, wordpress: SimulatorServer
) -> Callable[[float], Api]:
    """A function that waits so many seconds for WordPress."""
    settings = Settings.load(variables | {"WORDPRESS_BASE_URL": wordpress.url})
    return lambda seconds: Api(
        build_app(settings, account.client, clock, wordpress_seconds=seconds)
    )


@pytest.fixture
def promised() -> Callable[[str, Any], None]:
    """Holds an answer against a schema of the OpenAPI document."""
    document = load_document(ROOT / "openapi" / "site-management.yaml")

    def check(schema: str, content: Any) -> None:
        root = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
        Draft202012Validator(root).validate(content)

    return check
