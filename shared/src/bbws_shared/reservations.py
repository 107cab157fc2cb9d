"""What a site takes from others when it is created: its address and a place in the quota.

A site holds both or neither (`Site.holds_address`); they are claimed in the transaction that
creates the site and released in the one that ends it, so that the counter is always the number
of sites that hold a place.
"""

from collections.abc import Mapping
from typing import Any, Final

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.sites import Environment, Site
from bbws_shared.table import NOT_EXISTS, Condition, Write, check, delete, put, update

TIER_LIMITS: Final[Mapping[str, int]] = {"BASIC": 5, "STANDARD": 20, "PREMIUM": 50}
DEFAULT_TIER: Final = "BASIC"

_LIMIT_PER_TIER: Final = " OR ".join(
    f"(tier = :{tier} AND currentSites < :max{tier})" for tier in TIER_LIMITS
)


def claim(site: Site, operation_id: str) -> list[Write]:
    """The writes that claim a new site's address and quota: address first, quota last."""
    return [_claim_address(site, operation_id), *_reserve_subdomain(site), _claim_place(site)]


def release(site: Site) -> list[Write]:
    """The writes that free the address and quota of a site that holds them."""
    mine = Condition("siteId = :site", {":site": site.site_id})
    one = Condition("currentSites > :zero", {":zero": 0, ":one": 1})
    return [
        delete(keys.address(site.subdomain, site.environment), mine),
        update(keys.quota(site.tenant_id), "SET currentSites = currentSites - :one", one),
    ]


def quota_of(found: Item) -> tuple[int, int, str]:
    """Current sites, maximum and tier, as a quota item says."""
    tier = found.get("tier", DEFAULT_TIER)
    return found.get("currentSites", 0), TIER_LIMITS[tier], tier


def _claim_address(site: Site, operation_id: str) -> Write:
    pk, sk = keys.address(site.subdomain, site.environment)
    item: dict[str, Any] = {
        "PK": pk,
        "SK": sk,
        "tenantId": site.tenant_id,
        "siteId": site.site_id,
        "operationId": operation_id,
    }
    if site.request_digest is not None:
        item["requestDigest"] = site.request_digest
    return put(item, NOT_EXISTS)


def _reserve_subdomain(site: Site) -> list[Write]:
    """The name in the other environments belongs to this tenant or to nobody.

    So a site can always be promoted under its own name.
    """
    own = Condition("attribute_not_exists(PK) OR tenantId = :tenant", {":tenant": site.tenant_id})
    others = [e for e in Environment if e is not site.environment]
    return [check(keys.address(site.subdomain, other), own) for other in others]


def _claim_place(site: Site) -> Write:
    values: dict[str, Any] = {":none": 0, ":one": 1, ":default": DEFAULT_TIER}
    for tier, limit in TIER_LIMITS.items():
        values |= {f":{tier}": tier, f":max{tier}": limit}
    condition = Condition(
        "attribute_not_exists(currentSites)"
        f" OR (attribute_not_exists(tier) AND currentSites < :max{DEFAULT_TIER})"
        f" OR {_LIMIT_PER_TIER}",
        values,
    )
    expression = (
        "SET currentSites = if_not_exists(currentSites, :none) + :one,"
        " tier = if_not_exists(tier, :default)"
    )
    return update(keys.quota(site.tenant_id), expression, condition)
