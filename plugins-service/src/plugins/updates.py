"""Bringing a site's plugin to another version, and back when WordPress cannot run that."""

from typing import Any, Final

from bbws_shared.attributes import Item
from bbws_shared.errors import PluginIncompatible, ServiceError
from bbws_shared.observability import Observability
from bbws_shared.plans import Plan
from bbws_shared.table import ConditionFailed
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.versions import Version
from bbws_shared.vetting import blocked_are_told, known_vulnerabilities
from bbws_shared.wordpress_access import ReachWordPress
from plugins.installation import UNDO_SECONDS, passed_checks
from plugins.installed_repository import InstalledRepository
from plugins.site_plugins import (
    OpenSite,
    SitePlugins,
    busy,
    release_of,
    same_release,
    vet_on,
)
from plugins.wordpress_work import bring_to_release, told_plainly

_PURPOSE: Final = "update the plugin"


class PluginUpdates:
    """Updates plugins. A tenant's WordPress has one copy of a plugin: its sites update together."""

    def __init__(
        self,
        sites: SitePlugins,
        installed: InstalledRepository,
        reach_wordpress: ReachWordPress,
        watched: Observability,
        clock: Clock,
    ) -> None:
        self._sites = sites
        self._installed = installed
        self._reach_wordpress = reach_wordpress
        self._watched = watched
        self._clock = clock

    def check(self, opened: OpenSite, plugin_id: str, version: str | None) -> Plan:
        """What would be done. Raises what `update` would raise before it asks WordPress."""
        release, _ = _checked(opened, plugin_id, version)
        sites = [
            item["siteId"] for item in self._installed.installed_elsewhere(opened.site, plugin_id)
        ]
        effects = {"version": release["version"], "siteIds": sorted({opened.site.site_id, *sites})}
        return Plan("updatePlugin", (), effects, passed_checks())

    def update(self, opened: OpenSite, plugin_id: str, version: str | None) -> Item:
        """Replace a plugin's files by another version's; its configuration and status stay.

        Raises:
            ServiceError: the reason, before anything was changed; or WordPressFailed, whose
                `details.rolledBack` says whether the version before is there again.
        """
        with blocked_are_told(self._watched, opened.site.site_id):
            release, before = _checked(opened, plugin_id, version)
        item = opened.installed(plugin_id)
        if Version(release["version"]) == Version(item["version"]):
            return item
        with self._sites.claimed(opened, plugin_id) as claim:
            self._bring_to(opened, item, release, before)
            news = self._news(opened.entry(plugin_id), release["version"])
            for other in self._installed.installed_elsewhere(opened.site, plugin_id):
                self._update_record(other, news)
            changed = {**item, **news}
            self._installed.change(claim, changed)
        return changed

    def _bring_to(
        self, opened: OpenSite, item: Item, release: dict[str, Any], before: dict[str, Any]
    ) -> None:
        target, plugin_id = opened.target, item["pluginId"]
        try:
            with told_plainly(self._watched, _PURPOSE):
                wordpress = self._reach_wordpress(target.tenant_id, target.correlation_id)
                bring_to_release(
                    wordpress, opened.site, plugin_id, release, is_active=item["isActive"]
                )
        except ServiceError as failure:
            failure.details["version"] = item["version"]
            failure.details["rolledBack"] = self._roll_back(opened, item, before)
            raise

    def _roll_back(self, opened: OpenSite, item: Item, before: dict[str, Any]) -> bool:
        """Whether the version before is there again, with the status that it had."""
        from bbws_shared.wordpress_transport import WordPressError

        target = opened.target
        wordpress = self._reach_wordpress(
            target.tenant_id, target.correlation_id, budget=UNDO_SECONDS
        )
        try:
            bring_to_release(
                wordpress, opened.site, item["pluginId"], before, is_active=item["isActive"]
            )
        except WordPressError:
            self._watched.logger.exception(
                "an update was not rolled back", plugin_id=item["pluginId"]
            )
            return False
        return True

    def _update_record(self, item: Item, news: Item) -> None:
        try:
            self._installed.set_attributes(item, **news)
        except ConditionFailed:
            # It was updated by another request since, or is uninstalled.
            self._watched.logger.info("a plugin's record changed meanwhile", site=item["siteId"])

    def _news(self, entry: Item, version: str) -> Item:
        found = known_vulnerabilities(entry, version)
        return {
            "version": version,
            "vulnerabilityIds": [vulnerability["id"] for vulnerability in found],
            "updatedAt": timestamp(self._clock()),
        }


def _checked(
    opened: OpenSite, plugin_id: str, version: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The release to update to, and the one to come back to."""
    item = opened.installed(plugin_id)
    entry = opened.entry(plugin_id)
    release = release_of(entry, version)
    vet_on(opened, entry, release)
    before = same_release(entry, item["version"])
    if before is None:
        raise PluginIncompatible(
            f"Version {item['version']}, which the site has, is no longer in the catalogue, so that"
            " an update could not be undone. Uninstall the plugin, then install the version you want.",
            {"pluginId": plugin_id, "presentVersion": item["version"]},
        )
    if opened.is_claimed:
        raise busy()
    return release, before
