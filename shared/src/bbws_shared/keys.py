"""Every key pattern of the table `sites`, and nothing else (docs/architecture.md, section 3)."""

import zlib
from typing import Final, NamedTuple


class Key(NamedTuple):
    """The primary key of an item."""

    pk: str
    sk: str


SITE_PREFIX: Final = "SITE#"
OPERATION_PREFIX: Final = "OP#"
PLUGIN_PREFIX: Final = "PLUGIN#"
BACKUP_PREFIX: Final = "BACKUP#"
AUDIT_PREFIX: Final = "AUDIT#"
IN_FLIGHT_SHARDS: Final = 4
"""GSI4's partitions. One takes 1,000 writes a second (DynamoDB docs, "Partition key design")."""


def tenant(tenant_id: str) -> str:
    """The partition that holds everything of a tenant."""
    return f"TENANT#{tenant_id}"


def site(tenant_id: str, site_id: str) -> Key:
    """A site."""
    return Key(tenant(tenant_id), f"{SITE_PREFIX}{site_id}")


def quota(tenant_id: str) -> Key:
    """The counter of a tenant's sites."""
    return Key(tenant(tenant_id), "QUOTA")


def operation(tenant_id: str, operation_id: str) -> Key:
    """An operation."""
    return Key(tenant(tenant_id), f"{OPERATION_PREFIX}{operation_id}")


def address(subdomain: str, environment: str) -> Key:
    """The claim on a site's address, one for each environment."""
    return Key(f"ADDRESS#{subdomain}", f"ENV#{environment}")


def site_partition(tenant_id: str, site_id: str) -> str:
    """The partition of what belongs to one site: installed plugins and backups."""
    return f"TENANT#{tenant_id}#SITE#{site_id}"


def installed_plugin(tenant_id: str, site_id: str, plugin_id: str) -> Key:
    """A plugin installed on a site."""
    return Key(site_partition(tenant_id, site_id), f"{PLUGIN_PREFIX}{plugin_id}")


def plugin_changes(tenant_id: str, site_id: str) -> Key:
    """Who changes the plugins of a site at present. It is read with them: both begin with `PLUGIN`."""
    return Key(site_partition(tenant_id, site_id), "PLUGIN-CHANGES")


def installations(plugin_id: str) -> str:
    """GSI1: everywhere a plugin is installed; sort key: `installation`."""
    return f"INSTALLED#{plugin_id}"


def installation(tenant_id: str, site_id: str) -> str:
    """The sort key of an installed plugin within its GSI1 partition."""
    return f"{tenant_id}#{site_id}"


def tenant_of_installation(sort_key: str) -> str:
    """The tenant in an `installation`."""
    return sort_key.partition("#")[0]


def backup(tenant_id: str, site_id: str, backup_id: str) -> Key:
    """A backup of a site."""
    return Key(site_partition(tenant_id, site_id), f"{BACKUP_PREFIX}{backup_id}")


def backed_up_plugin(tenant_id: str, site_id: str, backup_id: str, plugin_id: str) -> Key:
    """The record of an installed plugin as it was when its site was backed up."""
    partition = site_partition(tenant_id, site_id)
    return Key(partition, f"{backed_up_plugins(backup_id)}{plugin_id}")


def backed_up_plugins(backup_id: str) -> str:
    """What the sort keys of a backup's plugins begin with."""
    return f"SNAPSHOT#{backup_id}#{PLUGIN_PREFIX}"


def audit_entry(tenant_id: str, audit_id: str) -> Key:
    """An entry of a tenant's audit trail."""
    return Key(tenant(tenant_id), f"{AUDIT_PREFIX}{audit_id}")


def template(template_id: str) -> Key:
    """A template of the catalogue."""
    return Key("TEMPLATE", f"TEMPLATE#{template_id}")


def plugin(plugin_id: str) -> Key:
    """A plugin of the catalogue."""
    return Key("PLUGIN", f"{PLUGIN_PREFIX}{plugin_id}")


def idempotency(digest: str) -> Key:
    """A stored first answer."""
    return Key(f"IDEMPOTENCY#{digest}", "IDEMPOTENCY")


def by_id(entity_id: str) -> str:
    """GSI1: a site or an operation by its id alone."""
    prefix = SITE_PREFIX if entity_id.startswith("site-") else OPERATION_PREFIX
    return f"{prefix}{entity_id}"


def sites_by_status(tenant_id: str, status: str) -> str:
    """GSI2: a tenant's sites of one status; sort key: the site id."""
    return f"TENANT#{tenant_id}#SITE#{status}"


def operations_by_status(tenant_id: str, status: str) -> str:
    """GSI2: a tenant's operations of one status; sort key: the operation id."""
    return f"TENANT#{tenant_id}#OP#{status}"


def sites_by_environment(tenant_id: str, environment: str) -> str:
    """GSI3: a tenant's sites of one environment; sort key: the site id."""
    return f"TENANT#{tenant_id}#SITE#{environment}"


def operations_by_site(site_id: str) -> str:
    """GSI3: a site's operations; sort key: the operation id."""
    return f"SITE#{site_id}#OP"


def templates_by_status(status: str) -> str:
    """GSI2: templates of one status; sort key: `by_category`."""
    return f"TEMPLATE#{status}"


def plugins_by_vetting(vetting: str) -> str:
    """GSI2: plugins of one vetting result; sort key: `by_category`."""
    return f"PLUGIN#{vetting}"


def by_category(category: str, entity_id: str) -> str:
    """The sort key of a catalogue entry within its GSI2 partition."""
    return f"{category}#{entity_id}"


def in_flight_shards() -> list[str]:
    """GSI4: all partitions of what still needs somebody's attention."""
    return [f"INFLIGHT#{shard}" for shard in range(IN_FLIGHT_SHARDS)]


def in_flight(entity_id: str) -> str:
    """GSI4: the partition in which this id is found; sort key: when it is due."""
    return f"INFLIGHT#{zlib.crc32(entity_id.encode()) % IN_FLIGHT_SHARDS}"
