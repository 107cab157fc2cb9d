"""What the simulated networks hold, and the effects that really happened to them."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from . import errors
from .jobs import Jobs
from .plugins import Plugin, VettedPackage, shipped_plugins
from .site import DEFAULT_THEME, NETWORK_ADMIN_EMAIL, Site
from .tenants import Tenant

_SHIPPED_THEMES = (DEFAULT_THEME, "twentytwentyfour", "twentytwentythree")
_MAIN_SITE_ID = 1


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of state that happened once, at `at` (RFC 3339, UTC)."""

    effect: str
    at: str
    correlation_id: str | None
    external_id: str | None = None
    site_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The effect as the control route shows it: detail's keys stand beside the others."""
        return {
            "effect": self.effect,
            "at": self.at,
            "correlationId": self.correlation_id,
            "externalId": self.external_id,
            "siteId": self.site_id,
            **self.detail,
        }


class Network:
    """One tenant's Multisite. Hold `lock` around whatever reads and then writes.

    The lock does for the simulator what `GET_LOCK` does for the plugin; `change` appends to `effects`.
    """

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.lock = threading.RLock()
        main = Site(_MAIN_SITE_ID, None, tenant.network_host, tenant.tenant_id, NETWORK_ADMIN_EMAIL)
        self.sites: dict[int, Site] = {main.id: main}
        self.plugins: dict[str, Plugin] = shipped_plugins()
        self.network_active: set[str] = set()
        self.themes: dict[str, str | None] = dict.fromkeys(_SHIPPED_THEMES)
        self.packages: dict[str, VettedPackage] = {}
        self.jobs = Jobs()
        self.effects: list[Effect] = []
        # MySQL's auto_increment: a deleted site's id does not come back.
        self._last_id = main.id

    def change(
        self, effect: str, correlation_id: str | None, site: Site | None = None, **detail: object
    ) -> None:
        """Append an effect that has just happened."""
        self.effects.append(
            Effect(
                effect,
                datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                correlation_id,
                site.external_id if site else None,
                site.id if site else None,
                dict(detail),
            )
        )

    def managed_sites(self) -> list[Site]:
        """The sites made through `bbws/v1`, oldest first; the main site is not one of them."""
        return [site for site in self.sites.values() if site.external_id is not None]

    def managed_site(self, site_id: int) -> Site:
        """The managed site with this id.

        Raises:
            RestError: 404 `bbws_site_not_found`.
        """
        site = self.sites.get(site_id)
        if site is None or site.external_id is None:
            raise errors.site_not_found()
        return site

    def site_at(self, host: str) -> Site | None:
        """The site that answers for a host name (lower case, without port)."""
        return next((site for site in self.sites.values() if site.domain == host), None)

    def site_for(self, external_id: str) -> Site | None:
        """The managed site with this external id."""
        sites = self.managed_sites()
        return next((site for site in sites if site.external_id == external_id), None)

    def next_site_id(self) -> int:
        """A site id that was never used."""
        self._last_id += 1
        return self._last_id

    def snapshot(self) -> dict[str, Any]:
        """Everything about the network, for tests and people."""
        with self.lock:
            return {
                "tenantId": self.tenant.tenant_id,
                "networkHost": self.tenant.network_host,
                "sites": [site.snapshot() for site in self.managed_sites()],
                "plugins": [plugin.as_json() for plugin in self.plugins.values()],
                "networkActivePlugins": sorted(self.network_active),
                "themes": sorted(self.themes),
                "packages": [package.as_json() for package in self.packages.values()],
                **self.jobs.snapshot(),
                "effects": [effect.as_json() for effect in self.effects],
            }


class SimulatorState:
    """All tenants' networks."""

    def __init__(self, tenants: Iterable[Tenant]) -> None:
        self._tenants = tuple(tenants)
        self.networks: dict[str, Network] = {}
        self.reset()

    def reset(self) -> None:
        """Give every tenant a network as it is on the container's first start."""
        self.networks = {tenant.tenant_id: Network(tenant) for tenant in self._tenants}

    def effects(self, tenant_id: str, effect: str | None = None) -> list[Effect]:
        """The effects on a tenant's network, oldest first, or those of one kind.

        Raises:
            KeyError: no such tenant.
        """
        network = self.networks[tenant_id]
        with network.lock:
            return [one for one in network.effects if effect in (None, one.effect)]
