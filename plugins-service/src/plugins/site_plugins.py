"""A site whose plugins are to be changed: who may, when, and by one request at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from bbws_shared import identifiers
from bbws_shared.attributes import Item
from bbws_shared.auth import Caller
from bbws_shared.errors import (
    IllegalTransition,
    OperationInFlight,
    PluginAlreadyInstalled,
    PluginChangeInFlight,
    PluginNotFound,
    PluginNotInstalled,
    ProdChangedDirectly,
    ServiceError,
    SiteNotFound,
)
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import ConditionFailed, TransactionRefused
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.versions import Version
from bbws_shared.vetting import Candidate, failed_checks, opponents_of, refuse
from plugins.installed_repository import (
    INSTALLED,
    Claim,
    InstalledRepository,
    is_installed_meanwhile,
)
from plugins.models import is_plugin_id
from plugins.repository import CatalogueRepository

CLAIM_SECONDS: Final = 60
"""How long a change may be under way: past any life of the request that began it."""
_REMEMBERED: Final = timedelta(days=1)


@dataclass(frozen=True)
class Target:
    """The site whose plugins are to be changed, and by whom.

    Attributes:
        is_remedy: The change takes a danger away, so PROD does not wait for a promotion.
    """

    tenant_id: str
    site_id: str
    caller: Caller
    correlation_id: str
    is_remedy: bool = False


@dataclass(frozen=True)
class OpenSite:
    """A site and its plugins as they were read, at `at`.

    Attributes:
        plugins: What is installed, or being installed, by plugin id.
        last_claim: The claim on the site's plugins that was made last.
        catalogue: The catalogue's entries of the plugins, and of the one that is asked for.
    """

    target: Target
    site: Site
    plugins: Mapping[str, Item]
    last_claim: Item | None
    catalogue: Mapping[str, Item]
    at: str

    def entry(self, plugin_id: str) -> Item:
        """The catalogue's entry of a plugin. Raises PluginNotFound."""
        if plugin_id not in self.catalogue:
            raise PluginNotFound(plugin_id)
        return self.catalogue[plugin_id]

    def installed(self, plugin_id: str) -> Item:
        """An installed plugin. Raises PluginNotInstalled."""
        item = self.plugins.get(plugin_id)
        if item is None or item["status"] != INSTALLED:
            raise PluginNotInstalled(plugin_id)
        return item

    def recorded(self, plugin_id: str) -> Item:
        """An installed plugin, or one whose installation was cut off. Raises PluginNotInstalled."""
        if plugin_id not in self.plugins:
            raise PluginNotInstalled(plugin_id)
        return self.plugins[plugin_id]

    def is_present(self, plugin_id: str) -> bool:
        """Whether the site has the plugin or is getting it; a claim that ran out is neither."""
        item = self.plugins.get(plugin_id)
        return item is not None and (item["status"] == INSTALLED or item["claimedUntil"] >= self.at)

    @property
    def is_claimed(self) -> bool:
        """Whether another request changes the site's plugins."""
        return self.last_claim is not None and self.last_claim.get("claimedUntil", "") >= self.at


def release_of(entry: Item, version: str | None) -> dict[str, Any]:
    """A release of the catalogue, the latest without `version`. Raises PluginNotFound."""
    wanted = version or entry["latestVersion"]
    for release in entry["releases"]:
        if release["version"] == wanted:
            return dict(release)
    raise PluginNotFound(entry["pluginId"], wanted)


def same_release(entry: Item, version: str) -> dict[str, Any] | None:
    """The release with this version, however it is spelled."""
    for release in entry["releases"]:
        if Version(release["version"]) == Version(version):
            return dict(release)
    return None


def vet_on(opened: OpenSite, entry: Item, release: dict[str, Any]) -> None:
    """Raises the first failed check's error, with all that failed in its details."""
    plugin_id = entry["pluginId"]
    others = {other for other in opened.plugins if opened.is_present(other)} - {plugin_id}
    entries = [opened.catalogue[other] for other in others if other in opened.catalogue]
    opponents = opponents_of(plugin_id, entries)
    refuse(failed_checks(Candidate(entry, release, opened.site, others, opponents)))


class SitePlugins:
    """Reads sites and lets one request at a time change the plugins of one."""

    def __init__(
        self, installed: InstalledRepository, catalogue: CatalogueRepository, clock: Clock
    ) -> None:
        self._installed = installed
        self._catalogue = catalogue
        self._clock = clock

    def site(self, tenant_id: str, site_id: str, caller: Caller) -> Site:
        """A site. Raises SiteNotFound, also when its tenant is not one of the caller's."""
        site = None
        if caller.belongs_to(tenant_id) and identifiers.SITE_ID.fullmatch(site_id):
            site = self._installed.site(tenant_id, site_id)
        if site is None:
            raise SiteNotFound(site_id)
        return site

    def open(self, target: Target, plugin_id: str) -> OpenSite:
        """Read all that a change of a plugin depends on.

        Raises:
            SiteNotFound: also for another tenant's site.
            ProdChangedDirectly: for PROD, unless the change is a remedy.
            OperationInFlight: an operation is at work on the site.
            IllegalTransition: the site is not ACTIVE.
        """
        site = self.site(target.tenant_id, target.site_id, target.caller)
        _check_environment(site, target)
        _check(site)
        items, last_claim = self._installed.plugins(target.tenant_id, target.site_id)
        plugins = {item["pluginId"]: item for item in items}
        wanted = {*plugins, plugin_id} if is_plugin_id(plugin_id) else set(plugins)
        catalogue = self._catalogue.plugins(wanted)
        return OpenSite(target, site, plugins, last_claim, catalogue, timestamp(self._clock()))

    def begin(self, opened: OpenSite, plugin_id: str, installing: Item | None = None) -> Claim:
        """Keep all others from changing the site's plugins; `installing` is stored with that.

        Raises:
            ServiceError: what has changed since the site was opened.
        """
        now = self._clock()
        claim = Claim(
            opened.target.tenant_id,
            opened.site.site_id,
            plugin_id,
            str(uuid4()),
            timestamp(now + timedelta(seconds=CLAIM_SECONDS)),
            int((now + _REMEMBERED).timestamp()),
        )
        try:
            self._installed.begin(claim, opened.last_claim, timestamp(now), installing)
        except TransactionRefused as refusal:
            if is_installed_meanwhile(refusal.found):
                raise already_installed(plugin_id) from None
            _check(self.site(claim.tenant_id, claim.site_id, opened.target.caller))
            raise busy() from None
        return claim

    @contextmanager
    def claimed(self, opened: OpenSite, plugin_id: str) -> Iterator[Claim]:
        """A claim for the time of a change; given back, with nothing stored, when that fails.

        Raises:
            ServiceError: also when the site has lost the plugin meanwhile, by its own deletion.
        """
        if opened.is_claimed:
            raise busy()
        claim = self.begin(opened, plugin_id)
        try:
            yield claim
        except ServiceError:
            self._give_back(claim)
            raise
        except TransactionRefused:
            self._give_back(claim)
            raise self.overtaken(opened) from None

    def overtaken(self, opened: OpenSite) -> ServiceError:
        """Why a change could not be stored that WordPress has made: the site has become another."""
        target = opened.target
        try:
            _check(self.site(target.tenant_id, target.site_id, target.caller))
        except ServiceError as reason:
            return reason
        return busy()

    def _give_back(self, claim: Claim) -> None:
        with suppress(ConditionFailed):
            self._installed.release(claim)


def busy() -> PluginChangeInFlight:
    """The refusal while another request changes the site's plugins."""
    return PluginChangeInFlight("Another request is changing the plugins of this site.")


def already_installed(plugin_id: str) -> PluginAlreadyInstalled:
    """The refusal of a second installation."""
    return PluginAlreadyInstalled(
        f"Plugin '{plugin_id}' is installed on this site already, or being installed."
    )


def _check_environment(site: Site, target: Target) -> None:
    if site.environment is Environment.PROD and not target.is_remedy:
        raise ProdChangedDirectly(
            "PROD gets its plugins by promotion; directly they are only updated or deactivated."
        )


def _check(site: Site) -> None:
    if site.active_operation_id is not None:
        raise OperationInFlight(site.site_id, site.active_operation_id)
    if site.status is not SiteStatus.ACTIVE:
        raise IllegalTransition(
            f"Plugins are changed on ACTIVE sites; this one is {site.status}.",
            {"currentStatus": site.status},
        )
