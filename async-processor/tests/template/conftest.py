"""A template with its packages, and a site that gets it."""

from dataclasses import dataclass
from typing import Any

import pytest

from bbws_local.testing import TENANT
from bbws_local.wordpress import ContentPackage, PluginPackage, ThemePackage
from bbws_shared import keys
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site

PLUGINS = ["contact-form-7", "yoast-seo"]


@dataclass
class Bistro:
    """The template `bistro`, its plugins in the catalogue, and the site that gets it."""

    world: Any
    site: Site

    def publish(self, template_id: str = "bistro", **fields: Any) -> None:
        """Store a template's entry, over the one that is there."""
        pk, sk = keys.template(template_id)
        entry = {"PK": pk, "SK": sk, "templateId": template_id, "status": "PUBLISHED"}
        self.world.account.put(entry | fields)

    def offer(self, plugin_id: str, *versions: str, **fields: Any) -> None:
        """Store a plugin's entry with these releases, the first one the latest."""
        pk, sk = keys.plugin(plugin_id)
        releases = [self._release(plugin_id, version) for version in versions or ("1.0.0",)]
        entry = {
            "PK": pk,
            "SK": sk,
            "pluginId": plugin_id,
            "name": plugin_id.title(),
            "vetting": "APPROVED",
            "latestVersion": releases[0]["version"],
            "releases": releases,
        }
        self.world.account.put(entry | fields)

    def apply(self, **inputs: Any) -> Operation:
        """An application as templates-service stores it."""
        site = self.world.site(self.site.site_id)
        given = {
            "templateId": "bistro",
            "templateVersion": "1.4.0",
            "backupId": self.world.plan_backup(site),
            "theme": {
                "stylesheet": "bistro",
                "name": "Bistro",
                "version": "1.0.0",
                **self._package(ThemePackage("bistro", "1.0.0", "Bistro")),
            },
            "content": self._package(ContentPackage("bistro", "1.4.0", "Bistro", "A menu.")),
            "plugins": PLUGINS,
        }
        given = {name: value for name, value in (given | inputs).items() if value is not None}
        operation: Operation = self.world.begin(OperationType.TEMPLATE_APPLICATION, site, **given)
        return operation

    def install(self, plugin_id: str, **fields: Any) -> None:
        """Record a plugin as plugins-service does."""
        pk, sk = keys.installed_plugin(TENANT, self.site.site_id, plugin_id)
        item = {"pluginId": plugin_id, "version": "1.0.0", "isActive": True, "status": "INSTALLED"}
        self.world.account.put({"PK": pk, "SK": sk, **item, **fields})

    def installed(self) -> dict[str, dict[str, Any]]:
        """What is recorded as installed, by plugin id."""
        partition = keys.site_partition(TENANT, self.site.site_id)
        return {
            item["pluginId"]: item
            for item in self.world.account.items()
            if item["PK"] == partition and item["SK"].startswith("PLUGIN#")
        }

    def wordpress(self) -> dict[str, Any]:
        """The site as it is in WordPress."""
        sites = self.world.control.state(TENANT)["sites"]
        found: dict[str, Any] = next(s for s in sites if s["externalId"] == self.site.site_id)
        return found

    def uses(self, template_id: str = "bistro") -> int | None:
        """How many sites use a template, by its entry."""
        used_by: int | None = self.world.item(f"TEMPLATE#{template_id}").get("usedBy")
        return used_by

    def _release(self, plugin_id: str, version: str) -> dict[str, Any]:
        package = self._package(PluginPackage(plugin_id, version, plugin_id))
        return {"version": version, "requiresWordPress": "6.1", "requiresPhp": "8.0", **package}

    def _package(self, package: Any) -> dict[str, str]:
        url = self.world.wordpress.url + package.path
        return {"packageUrl": url, "sha256": package.sha256}


@pytest.fixture
def bistro(world: Any) -> Bistro:
    made = Bistro(world, world.active())
    made.publish()
    for plugin_id in PLUGINS:
        made.offer(plugin_id)
    world.account.calls.clear()
    return made
