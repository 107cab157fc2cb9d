"""The access patterns of plugins on sites; each function is one kind of DynamoDB call.

Who changes a site's plugins holds a claim, one for a site. It is read with the plugins and taken on
condition that it is as it was read; so nothing has changed between a check and the claim, and
two plugins that conflict are never installed at the same moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.sites import Site
from bbws_shared.table import Condition, Table, Write, check, delete, put, update

INSTALLED: Final = "INSTALLED"
INSTALLING: Final = "INSTALLING"
_INSTALLED_PLUGIN: Final = 2
"""Where the plugin stands among the writes that begin an installation."""


@dataclass(frozen=True)
class Claim:
    """The right to change the plugins of a site.

    Attributes:
        plugin_id: The plugin that is changed.
        until: When the right ends, if whoever holds it never says so.
        expires_at: When nobody needs to know of it any more, in seconds since 1970.
    """

    tenant_id: str
    site_id: str
    plugin_id: str
    claim_id: str
    until: str
    expires_at: int


class InstalledRepository:
    """Sites and their plugins in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def site(self, tenant_id: str, site_id: str) -> Site | None:
        """A site."""
        item = self._table.get(keys.site(tenant_id, site_id))
        return None if item is None else Site.from_item(item)

    def plugin(self, tenant_id: str, site_id: str, plugin_id: str) -> Item | None:
        """A plugin that is installed, or being installed, on a site."""
        return self._table.get(keys.installed_plugin(tenant_id, site_id, plugin_id))

    def plugins(self, tenant_id: str, site_id: str) -> tuple[list[Item], Item | None]:
        """What is installed, or being installed, on a site; and the claim that was made last."""
        condition = Condition(
            "PK = :site AND begins_with(SK, :plugin)",
            {
                ":site": keys.site_partition(tenant_id, site_id),
                ":plugin": keys.PLUGIN_PREFIX.removesuffix("#"),
            },
        )
        found = list(self._table.query_all(condition))
        claims = [item for item in found if not item["SK"].startswith(keys.PLUGIN_PREFIX)]
        plugins = [item for item in found if item["SK"].startswith(keys.PLUGIN_PREFIX)]
        return plugins, claims[0] if claims else None

    def installations(self, plugin_id: str, tenant_id: str | None = None) -> Iterator[Item]:
        """Where a plugin is installed or being installed (GSI1: a moment behind the table)."""
        expression, values = "GSI1PK = :plugin", {":plugin": keys.installations(plugin_id)}
        if tenant_id is not None:
            expression += " AND begins_with(GSI1SK, :tenant)"
            values[":tenant"] = keys.installation(tenant_id, "")
        return self._table.query_all(Condition(expression, values), index="GSI1")

    def installed_elsewhere(self, site: Site, plugin_id: str) -> list[Item]:
        """A plugin's records of the tenant's other sites, which have the same files (as above)."""
        return [
            item
            for item in self.installations(plugin_id, site.tenant_id)
            if item["siteId"] != site.site_id and item["status"] == INSTALLED
        ]

    def begin(
        self, claim: Claim, last: Item | None, now: str, installing: Item | None = None
    ) -> None:
        """Claim the plugins of an ACTIVE site on which no operation is at work.

        `last` is the claim that was read with the plugins; `installing` is stored with the claim.

        Raises:
            TransactionRefused: `found` follows the order site, claim, plugin.
        """
        pk, sk = keys.plugin_changes(claim.tenant_id, claim.site_id)
        item = {
            "PK": pk,
            "SK": sk,
            "pluginId": claim.plugin_id,
            "claimId": claim.claim_id,
            "claimedUntil": claim.until,
            "expiresAt": claim.expires_at,
        }
        writes = [_site_is_free(claim), put(item, _free(last, now))]
        if installing is not None:
            item = {**_keyed(claim.tenant_id, installing), **_of(claim), "status": INSTALLING}
            writes.append(put(item, _not_installed(now)))
        self._table.transact(writes)

    def complete_installation(self, claim: Claim, item: Item) -> None:
        """The plugin is installed. Raises TransactionRefused when the claim was lost."""
        stored = {**_keyed(claim.tenant_id, item), "status": INSTALLED}
        self._table.transact([_release(claim), put(stored, _held(claim))])

    def abandon_installation(self, claim: Claim) -> None:
        """The plugin could not be installed. Raises TransactionRefused when the claim was lost."""
        self._table.transact([_release(claim), delete(_key(claim), _held(claim))])

    def change(self, claim: Claim, item: Item) -> None:
        """Store an installed plugin anew.

        Raises:
            TransactionRefused: when the claim was lost, or the site has lost the plugin meanwhile.
        """
        there = Condition("attribute_exists(PK)")
        self._table.transact([_release(claim), put(_keyed(claim.tenant_id, item), there)])

    def remove(self, claim: Claim) -> None:
        """The plugin is uninstalled. Raises TransactionRefused when the claim was lost."""
        self._table.transact([_release(claim), delete(_key(claim))])

    def release(self, claim: Claim) -> None:
        """Give the claim back, with nothing changed. Raises ConditionFailed when it was lost."""
        self._table.write(_release(claim))

    def set_attributes(self, installed: Item, **values: Any) -> None:
        """Set attributes of an installed plugin.

        Raises:
            ConditionFailed: when its version has changed since it was read, or it is gone.
        """
        names = {f"#{name}": name for name in values}
        assignments = ", ".join(f"#{name} = :{name}" for name in values)
        given = {f":{name}": value for name, value in values.items()}
        as_read = Condition(
            "#status = :installed AND #version = :read",
            {":installed": INSTALLED, ":read": installed["version"], **given},
            {"#status": "status", "#version": "version", **names},
        )
        key = keys.Key(installed["PK"], installed["SK"])
        self._table.write(update(key, f"SET {assignments}", as_read))


def is_installed_meanwhile(found: list[Item | None]) -> bool:
    """Whether `begin` was refused because the site has the plugin, or is getting it."""
    return len(found) > _INSTALLED_PLUGIN and found[_INSTALLED_PLUGIN] is not None


def _site_is_free(claim: Claim) -> Write:
    free = Condition(
        "#status = :active AND attribute_not_exists(activeOperationId)",
        {":active": "ACTIVE"},
        {"#status": "status"},
    )
    return check(keys.site(claim.tenant_id, claim.site_id), free)


def _free(last: Item | None, now: str) -> Condition:
    if last is None:
        return Condition("attribute_not_exists(PK)")
    return Condition(
        "attribute_not_exists(PK) OR (claimId = :last"
        " AND (attribute_not_exists(claimedUntil) OR claimedUntil < :now))",
        {":last": last["claimId"], ":now": now},
    )


def _not_installed(now: str) -> Condition:
    return Condition(
        "attribute_not_exists(PK) OR (#status = :installing AND claimedUntil < :now)",
        {":installing": INSTALLING, ":now": now},
        {"#status": "status"},
    )


def _held(claim: Claim) -> Condition:
    return Condition("claimId = :claim", {":claim": claim.claim_id})


def _of(claim: Claim) -> Item:
    return {"claimId": claim.claim_id, "claimedUntil": claim.until}


def _release(claim: Claim) -> Write:
    """The claim's id stays, so that whoever read an earlier one knows of this one."""
    key = keys.plugin_changes(claim.tenant_id, claim.site_id)
    return update(key, "REMOVE claimedUntil", _held(claim))


def _key(claim: Claim) -> keys.Key:
    return keys.installed_plugin(claim.tenant_id, claim.site_id, claim.plugin_id)


def _keyed(tenant_id: str, item: Item) -> Item:
    pk, sk = keys.installed_plugin(tenant_id, item["siteId"], item["pluginId"])
    return {
        "PK": pk,
        "SK": sk,
        "GSI1PK": keys.installations(item["pluginId"]),
        "GSI1SK": keys.installation(tenant_id, item["siteId"]),
        **item,
    }
