"""The use cases of plugins."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from bbws_shared import identifiers
from bbws_shared.attributes import Item
from bbws_shared.auth import Caller
from bbws_shared.catalogue import catalogue_page
from bbws_shared.errors import (
    IllegalTransition,
    InvalidRequest,
    OperationInFlight,
    PluginAlreadyInstalled,
    PluginConflicts,
    PluginNotFound,
    ServiceError,
    SiteNotFound,
    WordPressFailed,
    WordPressTimedOut,
)
from bbws_shared.observability import Metric, Observability
from bbws_shared.pagination import page_token, position_of
from bbws_shared.sites import Site, SiteStatus
from bbws_shared.table import ConditionFailed
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.versions import Version
from bbws_shared.vetting import SECURITY_ERRORS, Candidate, vet
from bbws_shared.wordpress_access import ReachWordPress
from plugins.models import Installation, InstalledPluginQuery, PluginQuery, is_plugin_id
from plugins.repository import INSTALLED, PluginRepository

if TYPE_CHECKING:
    from bbws_shared.wordpress import WordPressClient
    from bbws_shared.wordpress_transport import WordPressRefused

CLAIM_SECONDS: Final = 60
"""How long an installation may be under way: past any life of the request that began it."""
_UNREACHED: Final = frozenset({401, 421})
"""WordPress does not take our password, or another tenant's container answered."""


@dataclass(frozen=True)
class Target:
    """Where a plugin is to be installed, by whom."""

    tenant_id: str
    site_id: str
    caller: Caller
    correlation_id: str


class PluginService:
    """Reads the plugin marketplace and installs plugins on sites."""

    def __init__(
        self,
        repository: PluginRepository,
        reach_wordpress: ReachWordPress,
        observability: Observability,
        clock: Clock,
    ) -> None:
        self._repository = repository
        self._reach_wordpress = reach_wordpress
        self._observability = observability
        self._clock = clock

    def plugins(self, query: PluginQuery) -> tuple[list[Item], str | None]:
        """A page of the approved plugins, and the next page's token."""
        entries = [plugin for plugin in self._repository.approved() if _matches(plugin, query)]
        scope = ["plugins", query.category, query.pricing, query.search]
        return catalogue_page(entries, query.limit, query.next_token, scope)

    def plugin(self, plugin_id: str) -> Item:
        """A plugin of the catalogue, blocklisted or not. Raises PluginNotFound."""
        plugin = self._repository.plugin(plugin_id) if is_plugin_id(plugin_id) else None
        if plugin is None:
            raise PluginNotFound(plugin_id)
        return plugin

    def installed(
        self, tenant_id: str, site_id: str, caller: Caller, query: InstalledPluginQuery
    ) -> tuple[list[Item], str | None]:
        """A page of a site's plugins, and the next page's token. Raises SiteNotFound."""
        self._site(tenant_id, site_id, caller)
        scope = ["installed", tenant_id, site_id]
        after = position_of(query.next_token, scope) if query.next_token is not None else ""
        rest = [
            item
            for item in self._repository.installed(tenant_id, site_id)
            if item["status"] == INSTALLED and item["pluginId"] > after
        ]
        page = rest[: query.limit]
        is_last = len(rest) <= query.limit
        return page, None if is_last else page_token(scope, page[-1]["pluginId"])

    def install(self, target: Target, wanted: Installation) -> Item:
        """Install a vetted plugin on a site, and activate and configure it if asked to.

        Raises:
            ServiceError: the reason, before anything was changed; or WordPressFailed, after which
                the same request can be sent again.
        """
        site = self._installable_site(target)
        plugin = self.plugin(wanted.plugin_id)
        release = _release(plugin, wanted.version)
        _check_options(plugin, wanted.configuration)
        try:
            vet(Candidate(plugin, release, site, self._present(target)))
        except SECURITY_ERRORS:
            self._observability.count(Metric.PLUGIN_SECURITY_BLOCKED)
            raise
        item = self._claim(target, plugin, release, wanted)
        try:
            self._install(target, site, release, wanted)
        except ServiceError:
            self._repository.abandon(target.tenant_id, item)
            raise
        self._repository.complete(target.tenant_id, item)
        self._observability.count(Metric.PLUGIN_INSTALLED)
        return item

    def _site(self, tenant_id: str, site_id: str, caller: Caller) -> Site:
        site = None
        if caller.belongs_to(tenant_id) and identifiers.SITE_ID.fullmatch(site_id):
            site = self._repository.site(tenant_id, site_id)
        if site is None:
            raise SiteNotFound(site_id)
        return site

    def _installable_site(self, target: Target) -> Site:
        site = self._site(target.tenant_id, target.site_id, target.caller)
        if site.active_operation_id is not None:
            raise OperationInFlight(site.site_id, site.active_operation_id)
        if site.status is not SiteStatus.ACTIVE:
            raise IllegalTransition(
                f"Plugins are installed on ACTIVE sites; this one is {site.status}.",
                {"currentStatus": site.status},
            )
        return site

    def _present(self, target: Target) -> list[str]:
        """The plugins that the site has or is getting; a claim that ran out is neither."""
        now = timestamp(self._clock())
        return [
            item["pluginId"]
            for item in self._repository.installed(target.tenant_id, target.site_id)
            if item["status"] == INSTALLED or item["claimedUntil"] >= now
        ]

    def _claim(
        self, target: Target, plugin: Item, release: dict[str, Any], wanted: Installation
    ) -> Item:
        now = self._clock()
        item: Item = {
            "pluginId": plugin["pluginId"],
            "siteId": target.site_id,
            "name": plugin["name"],
            "version": release["version"],
            "isActive": wanted.activate,
            "installedAt": timestamp(now),
            "installedBy": target.caller.name,
            "configuration": wanted.configuration,
            "claimId": str(uuid4()),
            "claimedUntil": timestamp(now + timedelta(seconds=CLAIM_SECONDS)),
        }
        try:
            self._repository.claim(target.tenant_id, item, timestamp(now))
        except ConditionFailed:
            raise PluginAlreadyInstalled(
                f"Plugin '{plugin['pluginId']}' is installed on this site already."
            ) from None
        return item

    def _install(
        self, target: Target, site: Site, release: dict[str, Any], wanted: Installation
    ) -> None:
        from bbws_shared.wordpress_transport import WordPressRefused, WordPressUnavailable

        wordpress = self._reach_wordpress(target.tenant_id, target.correlation_id)
        try:
            _install_in_wordpress(wordpress, site, release, wanted)
        except WordPressRefused as refusal:
            self._observability.logger.warning("WordPress refused", refusal=str(refusal))
            raise _failure_of(refusal) from refusal
        except WordPressUnavailable as outage:
            self._observability.logger.warning("WordPress failed", outage=str(outage))
            kind = WordPressTimedOut if outage.timed_out else WordPressFailed
            raise kind("WordPress did not complete the installation.") from outage


def _failure_of(refusal: "WordPressRefused") -> WordPressFailed:
    if refusal.status in _UNREACHED:
        # Its words are about our credentials, or name another tenant.
        return WordPressFailed("The request did not reach the site's WordPress.")
    return WordPressFailed(
        "WordPress refused to install the plugin.",
        {"wordpressCode": refusal.code, "wordpressMessage": refusal.message},
    )


def _install_in_wordpress(
    wordpress: "WordPressClient", site: Site, release: dict[str, Any], wanted: Installation
) -> None:
    slug, version = wanted.plugin_id, release["version"]
    # A network has one copy of a plugin for all its sites; with another version there, a site would
    # get what nobody vetted for it.
    for present in wordpress.plugins(site.domain):
        if present.slug == slug and Version(present.version) != Version(version):
            raise PluginConflicts(
                f"Your WordPress has version {present.version} of plugin '{slug}' already.",
                {"pluginId": slug, "version": version, "presentVersion": present.version},
            )
    wordpress.vet_plugin(slug, version, release["packageUrl"], release["sha256"])
    wordpress.install_plugin(slug, site.domain, activate=wanted.activate)
    if wanted.configuration:
        wordpress.configure_plugin(site.wordpress_id, slug, wanted.configuration)


def _matches(plugin: Item, query: PluginQuery) -> bool:
    if query.category not in (None, plugin["category"]):
        return False
    if query.pricing not in (None, plugin["pricing"]):
        return False
    text = f"{plugin['pluginId']} {plugin['name']} {plugin['description']}".casefold()
    return query.search is None or query.search.casefold() in text


def _release(plugin: Item, version: str | None) -> dict[str, Any]:
    wanted = version or plugin["latestVersion"]
    for release in plugin["releases"]:
        if release["version"] == wanted:
            return dict(release)
    raise PluginNotFound(plugin["pluginId"], wanted)


def _check_options(plugin: Item, configuration: dict[str, Any]) -> None:
    """Only options that the catalogue declares can be set."""
    unknown = sorted(set(configuration) - set(plugin.get("configurableOptions", [])))
    if unknown:
        raise InvalidRequest.fields(
            [{"field": f"configuration.{n}", "message": "is not a known option"} for n in unknown]
        )
