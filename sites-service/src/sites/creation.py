"""Creating a site: the site, its operation, its address and its place in the quota, or nothing."""

from datetime import datetime
from typing import Any, Final

from bbws_shared import identifiers, reservations
from bbws_shared.attributes import Item
from bbws_shared.errors import QuotaExceeded, SubdomainTaken
from bbws_shared.operations import OperationType
from bbws_shared.plans import Plan
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import TransactionRefused
from bbws_shared.timestamps import timestamp
from sites.models import NewSite
from sites.work import Origin, Work, require_not_prod

_ADDRESS: Final = 2
"""Where the address stands among the writes that create a site."""
_QUOTA: Final = _ADDRESS + len(Environment)
"""Where the quota stands: after the address in each environment."""
_STEPS: Final = ("create_wordpress_site", "configure_site", "verify_site")


class SiteCreation:
    """Creates sites."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def check(self, tenant_id: str, wanted: NewSite, origin: Origin) -> Plan:
        """What `create` would refuse now. Raises the same errors."""
        require_not_prod(wanted.environment)
        now = self._work.clock()
        site = new_site(tenant_id, wanted, origin, identifiers.new_operation_id(now), now)
        self.check_claims(site)
        return Plan("createSite", _STEPS, {"url": site.url, "status": SiteStatus.ACTIVE})

    def create(self, tenant_id: str, wanted: NewSite, origin: Origin) -> tuple[Site, str]:
        """Create a site; it is PROVISIONING until its operation has ended.

        Returns:
            The site, and the id of the operation that creates it.

        Raises:
            IllegalPromotion: for PROD, which is reached by promotion.
            SubdomainTaken: when the address belongs to another site.
            QuotaExceeded: when the tenant has as many sites as its tier allows.
        """
        require_not_prod(wanted.environment)
        now = self._work.clock()
        operation_id = identifiers.new_operation_id(now)
        site = new_site(tenant_id, wanted, origin, operation_id, now)
        operation = self._work.operation(
            OperationType.SITE_CREATION, site, origin, now, operation_id
        )
        try:
            self._work.repository.create_site(site, operation)
        except TransactionRefused as refusal:
            return self.already_created(site, refusal.found)
        self._work.send(operation, now)
        return site, operation_id

    def check_claims(self, site: Site) -> None:
        """Raises SubdomainTaken or QuotaExceeded when `site` could not claim what it needs now."""
        found = self._work.repository.claimed(site)
        for item in found:
            is_address = item["PK"].startswith("ADDRESS#")
            is_own = item.get("tenantId") == site.tenant_id
            if is_address and not (is_own and item["SK"] != f"ENV#{site.environment}"):
                raise SubdomainTaken(site.subdomain)
        quota = reservations.quota_of(next((i for i in found if i["SK"] == "QUOTA"), {}))
        if quota[0] >= quota[1]:
            raise QuotaExceeded(*quota)

    def already_created(self, site: Site, found: list[Item | None]) -> tuple[Site, str]:
        """Why a site could not be created; unless this very request has created it before.

        A function may die between the transaction and its answer; the repetition of the request
        (same caller and Idempotency-Key) then finds the address held by the site it asked for.
        """
        created = self.created_by(site.tenant_id, site.request_digest, found[_ADDRESS])
        if created is not None:
            return created
        if any(taken is not None for taken in found[_ADDRESS:_QUOTA]):
            raise SubdomainTaken(site.subdomain)
        raise QuotaExceeded(*reservations.quota_of(found[_QUOTA] or {}))

    def created_by(
        self, tenant_id: str, request_digest: str | None, address: Item | None
    ) -> tuple[Site, str] | None:
        """The site that holds `address`, and its operation, when this request has created it."""
        if address is None or request_digest is None:
            return None
        if address.get("requestDigest") != request_digest:
            return None
        site = self._work.repository.site(tenant_id, address["siteId"])
        return None if site is None else (site, address["operationId"])


def new_site(
    tenant_id: str,
    wanted: NewSite,
    origin: Origin,
    operation_id: str,
    now: datetime,
    **more: Any,
) -> Site:
    """A PROVISIONING site with the operation that will build it."""
    at = timestamp(now)
    configuration = {"title": wanted.site_name, **wanted.configuration.given()}
    values: dict[str, Any] = {
        "site_id": identifiers.new_site_id(now),
        "tenant_id": tenant_id,
        "site_name": wanted.site_name,
        "subdomain": wanted.subdomain,
        "environment": wanted.environment,
        "configuration": configuration,
        "status": SiteStatus.PROVISIONING,
        "active_operation_id": operation_id,
        "request_digest": origin.request_digest,
        "created_at": at,
        "created_by": origin.caller.name,
        "updated_at": at,
    }
    return Site(**values | more)
