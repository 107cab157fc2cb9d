"""Installing a plugin: vetted, claimed, installed by WordPress, recorded; or no trace of it."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from bbws_shared.attributes import Item
from bbws_shared.errors import InvalidRequest, PluginVersionConflicts, ServiceError
from bbws_shared.observability import Metric, Observability
from bbws_shared.plans import Check, Plan
from bbws_shared.sites import Site
from bbws_shared.table import TransactionRefused
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.versions import Version
from bbws_shared.vetting import CHECKS, blocked_are_told
from bbws_shared.wordpress_access import ReachWordPress
from plugins.installed_repository import InstalledRepository
from plugins.models import Installation
from plugins.site_plugins import (
    OpenSite,
    SitePlugins,
    Target,
    already_installed,
    busy,
    release_of,
    vet_on,
)
from plugins.wordpress_work import present_plugin, told_plainly

if TYPE_CHECKING:
    from bbws_shared.wordpress import WordPressClient, WordPressPlugin

UNDO_SECONDS: Final = 8.0
"""How long what WordPress is asked to take back may take, after the work itself."""


class PluginInstallation:
    """Installs plugins on sites."""

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

    def check(self, target: Target, wanted: Installation) -> Plan:
        """What would be done. Raises what `install` would raise before it asks WordPress."""
        opened = self._sites.open(target, wanted.plugin_id)
        release = _checked(opened, wanted)
        self._check_present(opened, wanted.plugin_id, release["version"])
        effects = {
            "pluginId": wanted.plugin_id,
            "version": release["version"],
            "isActive": wanted.activate,
            "configuration": wanted.configuration,
        }
        return Plan("installPlugin", (), effects, passed_checks())

    def install(self, target: Target, wanted: Installation) -> tuple[Item, Item]:
        """Install a vetted plugin on a site, and activate and configure it if asked to.

        Returns the installed plugin and the catalogue's entry of it.

        Raises:
            ServiceError: the reason, before anything was changed; or WordPressFailed, after which
                the site does not have the plugin and the same request can be sent again.
        """
        opened = self._sites.open(target, wanted.plugin_id)
        with blocked_are_told(self._watched, target.site_id):
            release = _checked(opened, wanted)
        entry = opened.entry(wanted.plugin_id)
        item = self._item(opened, entry, release, wanted)
        claim = self._sites.begin(opened, wanted.plugin_id, item)
        try:
            self._install(opened, release, wanted)
        except ServiceError:
            with suppress(TransactionRefused):
                self._installed.abandon_installation(claim)
            raise
        try:
            self._installed.complete_installation(claim, item)
        except TransactionRefused:
            raise self._sites.overtaken(opened) from None
        self._watched.count(Metric.PLUGIN_INSTALLED)
        return item, entry

    def _check_present(self, opened: OpenSite, plugin_id: str, version: str) -> None:
        """Raises what `_replaced` would, by the records: a plan does not ask WordPress."""
        for item in self._installed.installed_elsewhere(opened.site, plugin_id):
            if Version(item["version"]) != Version(version):
                raise PluginVersionConflicts(plugin_id, version, item["version"])

    def _item(
        self, opened: OpenSite, entry: Item, release: dict[str, Any], wanted: Installation
    ) -> Item:
        return {
            "pluginId": wanted.plugin_id,
            "siteId": opened.site.site_id,
            "name": entry["name"],
            "version": release["version"],
            "isActive": wanted.activate,
            "installedAt": timestamp(self._clock()),
            "installedBy": opened.target.caller.name,
            "configuration": wanted.configuration,
        }

    def _install(self, opened: OpenSite, release: dict[str, Any], wanted: Installation) -> None:
        site, target = opened.site, opened.target
        with told_plainly(self._watched, "install the plugin"):
            wordpress = self._reach_wordpress(target.tenant_id, target.correlation_id)
            present = present_plugin(wordpress, site, wanted.plugin_id)
            replaced = self._replaced(opened, present, release["version"])
        try:
            with told_plainly(self._watched, "install the plugin"):
                _install_in_wordpress(wordpress, site, release, wanted, replaced)
        except ServiceError:
            self._take_back(opened, wanted.plugin_id, present)
            raise

    def _replaced(
        self, opened: OpenSite, present: "WordPressPlugin | None", version: str
    ) -> str | None:
        """The version that the network loses; only files that no site uses make way.

        A network has one copy of a plugin for all its sites: with another version there, a site
        would get what nobody vetted for it.
        """
        if present is None or Version(present.version) == Version(version):
            return None
        if is_used_elsewhere(self._installed, opened.site, present.slug):
            raise PluginVersionConflicts(present.slug, version, present.version)
        return present.version

    def _take_back(
        self, opened: OpenSite, plugin_id: str, before: "WordPressPlugin | None"
    ) -> None:
        """Leave WordPress as it was before, as far as it lets us.

        What stays there is not recorded; the next installation finds it and goes on from it.
        """
        from bbws_shared.wordpress_transport import WordPressError

        site, target = opened.site, opened.target
        wordpress = self._reach_wordpress(
            target.tenant_id, target.correlation_id, budget=UNDO_SECONDS
        )
        try:
            if present_plugin(wordpress, site, plugin_id) is None:
                return
            if before is None or before.status == "inactive":
                wordpress.set_plugin_status(plugin_id, site.domain, is_active=False)
            if before is None and not is_used_elsewhere(self._installed, site, plugin_id):
                wordpress.delete_plugin(plugin_id, site.domain)
        except WordPressError as failure:
            self._watched.logger.warning(
                "an installation was not taken back", plugin_id=plugin_id, failure=str(failure)
            )


def is_used_elsewhere(installed: InstalledRepository, site: Site, plugin_id: str) -> bool:
    """Whether another site of the tenant has the plugin (GSI1: a moment behind the table)."""
    found = installed.installations(plugin_id, site.tenant_id)
    return any(item["siteId"] != site.site_id for item in found)


def check_options(entry: Item, configuration: dict[str, Any]) -> None:
    """Raises InvalidRequest for options that the catalogue does not declare."""
    unknown = sorted(set(configuration) - set(entry.get("configurableOptions", [])))
    if unknown:
        raise InvalidRequest.fields(
            [{"field": f"configuration.{n}", "message": "is not a known option"} for n in unknown]
        )


def passed_checks() -> tuple[Check, ...]:
    """The checks of vetting, all of them passed."""
    return tuple(Check(name, passed=True) for name in CHECKS)


def _checked(opened: OpenSite, wanted: Installation) -> dict[str, Any]:
    """The release that is to be installed, after all checks."""
    entry = opened.entry(wanted.plugin_id)
    release = release_of(entry, wanted.version)
    check_options(entry, wanted.configuration)
    if opened.is_present(wanted.plugin_id):
        raise already_installed(wanted.plugin_id)
    vet_on(opened, entry, release)
    if opened.is_claimed:
        raise busy()
    return release


def _install_in_wordpress(
    wordpress: "WordPressClient",
    site: Site,
    release: dict[str, Any],
    wanted: Installation,
    replaced: str | None,
) -> None:
    slug = wanted.plugin_id
    wordpress.vet_plugin(
        slug, release["version"], release["packageUrl"], release["sha256"], replaces=replaced
    )
    if replaced is not None:
        wordpress.replace_plugin(slug, site.domain)
    wordpress.install_plugin(slug, site.domain, activate=wanted.activate)
    if wanted.configuration:
        wordpress.configure_plugin(site.wordpress_id, slug, wanted.configuration)
