"""A site's address and its place in the quota: claimed together, freed together."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bbws_local.testing import OTHER_TENANT, TENANT, Account
from bbws_shared import keys
from bbws_shared.reservations import DEFAULT_TIER, TIER_LIMITS, claim, quota_of, release
from bbws_shared.sites import Environment, Site
from bbws_shared.table import Table, TransactionRefused

type NewSite = Callable[..., Site]


def _counter(account: Account, tenant_id: str = TENANT) -> int:
    pk, sk = keys.quota(tenant_id)
    found = [i["currentSites"] for i in account.items() if (i["PK"], i["SK"]) == (pk, sk)]
    return sum(found)


def _addresses(account: Account, tenant_id: str = TENANT) -> set[tuple[str, str]]:
    items = [item for item in account.items() if item["PK"].startswith("ADDRESS#")]
    return {(item["PK"], item["SK"]) for item in items if item["tenantId"] == tenant_id}


def _give_quota(account: Account, **fields: Any) -> None:
    pk, sk = keys.quota(TENANT)
    account.put({"PK": pk, "SK": sk, **fields})


def test_the_first_claim_takes_the_address_and_opens_the_counter(
    table: Table, account: Account, site: NewSite
) -> None:
    table.transact(claim(site(request_digest="digest"), "op-1"))
    assert table.get(keys.address("shop", "DEV")) == {
        "PK": "ADDRESS#shop",
        "SK": "ENV#DEV",
        "tenantId": TENANT,
        "siteId": "site-1",
        "operationId": "op-1",
        "requestDigest": "digest",
    }
    quota = table.get(keys.quota(TENANT))
    assert quota is not None
    assert quota_of(quota) == (1, TIER_LIMITS[DEFAULT_TIER], DEFAULT_TIER)


def test_without_an_idempotency_key_the_address_remembers_none(
    table: Table, account: Account, site: NewSite
) -> None:
    table.transact(claim(site(), "op-1"))
    address = table.get(keys.address("shop", "DEV"))
    assert address is not None
    assert "requestDigest" not in address


def test_a_taken_address_is_the_first_refusal_and_leaves_the_counter(
    table: Table, account: Account, site: NewSite
) -> None:
    table.transact(claim(site(), "op-1"))
    with pytest.raises(TransactionRefused) as refusal:
        table.transact(claim(site(site_id="site-2"), "op-2"))
    assert refusal.value.found[0]["siteId"] == "site-1"  # type: ignore[index]
    assert refusal.value.found[1:] == [None, None, None]
    assert _counter(account) == 1


@pytest.mark.parametrize("environment", ["SIT", "PROD"])
def test_an_address_belongs_to_its_tenant_in_every_environment(
    table: Table, account: Account, site: NewSite, environment: str
) -> None:
    table.transact(claim(site(), "op-1"))
    elsewhere = {"site_id": "site-2", "environment": Environment(environment)}
    with pytest.raises(TransactionRefused) as refusal:
        table.transact(claim(site(tenant_id=OTHER_TENANT, **elsewhere), "op-2"))
    assert [one for one in refusal.value.found if one is not None] == [
        {"PK": "ADDRESS#shop", "SK": "ENV#DEV", "tenantId": TENANT, "siteId": "site-1",
         "operationId": "op-1"}
    ]  # fmt: skip
    assert _counter(account, OTHER_TENANT) == 0
    table.transact(claim(site(**elsewhere), "op-3"))
    assert _counter(account) == 2


@pytest.mark.parametrize("tier", [None, *TIER_LIMITS])
def test_each_tier_has_its_limit_and_the_quota_is_the_last_refusal(
    table: Table, account: Account, site: NewSite, tier: str | None
) -> None:
    limit = TIER_LIMITS[tier or DEFAULT_TIER]
    given_tier = {"tier": tier} if tier else {}
    _give_quota(account, currentSites=limit - 1, **given_tier)
    table.transact(claim(site(), "op-1"))
    with pytest.raises(TransactionRefused) as refusal:
        table.transact(claim(site(site_id="site-2", subdomain="another"), "op-2"))
    *others, quota = refusal.value.found
    assert others == [None, None, None]
    assert quota is not None
    assert quota_of(quota) == (limit, limit, tier or DEFAULT_TIER)
    assert _counter(account) == limit


def test_a_tier_without_a_counter_counts_from_nothing(
    table: Table, account: Account, site: NewSite
) -> None:
    _give_quota(account, tier="PREMIUM")
    table.transact(claim(site(), "op-1"))
    assert _counter(account) == 1
    assert quota_of({"tier": "PREMIUM"}) == (0, 50, "PREMIUM")
    assert quota_of({}) == (0, 5, "BASIC")


def test_a_release_frees_both_for_anybody(table: Table, account: Account, site: NewSite) -> None:
    table.transact(claim(site(), "op-1"))
    table.transact(release(site()))
    assert _counter(account) == 0
    table.transact(claim(site(tenant_id=OTHER_TENANT, site_id="site-2"), "op-2"))
    assert _addresses(account, OTHER_TENANT) == {("ADDRESS#shop", "ENV#DEV")}


def test_a_second_release_is_refused_and_takes_no_place_from_another_site(
    table: Table, account: Account, site: NewSite
) -> None:
    table.transact(claim(site(), "op-1"))
    table.transact(claim(site(site_id="site-2", subdomain="another"), "op-2"))
    table.transact(release(site()))
    with pytest.raises(TransactionRefused):
        table.transact(release(site()))
    assert _counter(account) == 1


def test_nobody_frees_an_address_that_another_site_holds_by_now(
    table: Table, account: Account, site: NewSite
) -> None:
    table.transact(claim(site(site_id="site-2"), "op-1"))
    with pytest.raises(TransactionRefused):
        table.transact(release(site()))
    assert _addresses(account) == {("ADDRESS#shop", "ENV#DEV")}
    assert _counter(account) == 1


_NAMES = st.sampled_from([f"s{number}" for number in range(8)])
_TENANTS = st.sampled_from([TENANT, OTHER_TENANT])
_WISHES = st.lists(
    st.tuples(st.booleans(), _TENANTS, _NAMES, st.sampled_from(Environment)), max_size=16
)


@given(_WISHES)
@settings(max_examples=7, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_claimed_and_released_the_counter_is_the_number_of_addresses(
    table: Table, account: Account, site: NewSite, wishes: list[Any]
) -> None:
    for item in account.items():
        account.client("dynamodb").delete_item(
            TableName="sites", Key={name: {"S": item[name]} for name in ("PK", "SK")}
        )
    for is_claim, tenant_id, name, environment in wishes:
        wanted = site(
            tenant_id=tenant_id,
            subdomain=name,
            environment=environment,
            site_id=f"site-{tenant_id}-{name}-{environment}",
        )
        try:
            table.transact(claim(wanted, "op") if is_claim else release(wanted))
        except TransactionRefused:
            pass
    owners: dict[str, set[str]] = {}
    for tenant_id in (TENANT, OTHER_TENANT):
        held = _addresses(account, tenant_id)
        assert _counter(account, tenant_id) == len(held) <= TIER_LIMITS[DEFAULT_TIER]
        for name, _ in held:
            owners.setdefault(name, set()).add(tenant_id)
    assert all(len(tenants) == 1 for tenants in owners.values())
