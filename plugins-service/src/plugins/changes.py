"""Changes of a plugin that a site has: configured, activated, deactivated, uninstalled."""

from typing import TYPE_CHECKING, Any

from bbws_shared.attributes import Item
from bbws_shared.observability import Observability
from bbws_shared.plans import Plan
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.vetting import blocked_are_told
from bbws_shared.wordpress_access import ReachWordPress
from plugins.installation import check_options, is_used_elsewhere, passed_checks
from plugins.installed_repository import InstalledRepository
from plugins.site_plugins import OpenSite, SitePlugins, busy, same_release, vet_on
from plugins.wordpress_work import present_plugin, told_plainly

if TYPE_CHECKING:
    from bbws_shared.wordpress import WordPressClient


class PluginChanges:
    """Each change is checked, then planned or made.

    A change that WordPress does not complete leaves the record as it was; the same request
    can be sent again, and goes on from wherever WordPress has got to.
    """

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

    def check_configuration(
        self, opened: OpenSite, plugin_id: str, options: dict[str, Any]
    ) -> Plan:
        """Raises InvalidRequest for options that the catalogue does not declare."""
        opened.installed(plugin_id)
        check_options(opened.entry(plugin_id), options)
        _check_free(opened)
        return Plan("configurePlugin", (), {"configuration": options})

    def configure(self, opened: OpenSite, plugin_id: str, options: dict[str, Any]) -> Item:
        """Make `options` the plugin's configuration; others go back to what they are by default.

        Raises:
            ServiceError: the reason, before anything was changed; or WordPressFailed.
        """
        self.check_configuration(opened, plugin_id, options)
        item = opened.installed(plugin_id)
        settings = {**dict.fromkeys(item["configuration"]), **options}
        with self._sites.claimed(opened, plugin_id) as claim:
            with told_plainly(self._watched, "configure the plugin"):
                if settings:
                    wordpress = self._wordpress(opened)
                    wordpress.configure_plugin(opened.site.wordpress_id, plugin_id, settings)
            changed = {**item, "configuration": options, "updatedAt": self._now()}
            self._installed.change(claim, changed)
        return changed

    def check_status(self, opened: OpenSite, plugin_id: str, *, is_active: bool) -> Plan:
        """Raises the failed check's error; what is to run on a site is vetted as it is now."""
        item = opened.installed(plugin_id)
        if is_active:
            entry = opened.entry(plugin_id)
            release = same_release(entry, item["version"]) or {"version": item["version"]}
            vet_on(opened, entry, release)
        _check_free(opened)
        checks = passed_checks() if is_active else ()
        return Plan("setPluginStatus", (), {"isActive": is_active}, checks)

    def set_status(self, opened: OpenSite, plugin_id: str, *, is_active: bool) -> Item:
        """Activate or deactivate a plugin.

        Raises:
            ServiceError: the reason, before anything was changed; or WordPressFailed.
        """
        with blocked_are_told(self._watched, opened.site.site_id):
            self.check_status(opened, plugin_id, is_active=is_active)
        item = opened.installed(plugin_id)
        purpose = "activate the plugin" if is_active else "deactivate the plugin"
        with self._sites.claimed(opened, plugin_id) as claim:
            with told_plainly(self._watched, purpose):
                wordpress = self._wordpress(opened)
                wordpress.set_plugin_status(plugin_id, opened.site.domain, is_active=is_active)
            changed = {**item, "isActive": is_active, "updatedAt": self._now()}
            self._installed.change(claim, changed)
        return changed

    def check_uninstallation(self, opened: OpenSite, plugin_id: str) -> Plan:
        """Raises PluginNotInstalled, or PluginChangeInFlight."""
        opened.recorded(plugin_id)
        _check_free(opened)
        removed = not is_used_elsewhere(self._installed, opened.site, plugin_id)
        return Plan("uninstallPlugin", (), {"pluginId": plugin_id, "filesRemoved": removed})

    def uninstall(self, opened: OpenSite, plugin_id: str) -> None:
        """Deactivate a plugin; its files go when no other site of the tenant has it.

        Raises:
            ServiceError: the reason, before anything was changed; or WordPressFailed.
        """
        opened.recorded(plugin_id)
        _check_free(opened)
        site = opened.site
        with self._sites.claimed(opened, plugin_id) as claim:
            with told_plainly(self._watched, "uninstall the plugin"):
                wordpress = self._wordpress(opened)
                if present_plugin(wordpress, site, plugin_id) is not None:
                    wordpress.set_plugin_status(plugin_id, site.domain, is_active=False)
                    if not is_used_elsewhere(self._installed, site, plugin_id):
                        wordpress.delete_plugin(plugin_id, site.domain)
            self._installed.remove(claim)

    def _wordpress(self, opened: OpenSite) -> "WordPressClient":
        return self._reach_wordpress(opened.target.tenant_id, opened.target.correlation_id)

    def _now(self) -> str:
        return timestamp(self._clock())


def _check_free(opened: OpenSite) -> None:
    if opened.is_claimed:
        raise busy()
