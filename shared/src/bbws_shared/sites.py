"""A customer's WordPress site: its states, the legal ways between them, and its stored form."""

from enum import StrEnum
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.errors import IllegalTransition


class Environment(StrEnum):
    """Where a site lives; not the account it is managed from."""

    DEV = "DEV"
    SIT = "SIT"
    PROD = "PROD"


SITE_DOMAINS: Final = {
    Environment.DEV: "wpdev.bbws.io",
    Environment.SIT: "wpsit.bbws.io",
    Environment.PROD: "wp.bbws.io",
}


class SiteStatus(StrEnum):
    """The states of a site (docs/architecture.md, section 4)."""

    PROVISIONING = "PROVISIONING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    FAILED = "FAILED"
    DEPROVISIONING = "DEPROVISIONING"
    DELETED = "DELETED"


SITE_TRANSITIONS: Final[dict[SiteStatus, frozenset[SiteStatus]]] = {
    SiteStatus.PROVISIONING: frozenset({SiteStatus.ACTIVE, SiteStatus.FAILED}),
    SiteStatus.ACTIVE: frozenset({SiteStatus.SUSPENDED, SiteStatus.DEPROVISIONING}),
    SiteStatus.SUSPENDED: frozenset({SiteStatus.ACTIVE, SiteStatus.DEPROVISIONING}),
    # Retrying begins the provisioning, or the deletion, once more.
    SiteStatus.FAILED: frozenset({SiteStatus.PROVISIONING, SiteStatus.DEPROVISIONING}),
    SiteStatus.DEPROVISIONING: frozenset(
        # SUSPENDED: a deletion called off before it began leaves the site as it was.
        {SiteStatus.DELETED, SiteStatus.ACTIVE, SiteStatus.SUSPENDED, SiteStatus.FAILED}
    ),
    SiteStatus.DELETED: frozenset(),
}

TOMBSTONE_SECONDS: Final = 90 * 24 * 3600
"""How long a deleted site can still be read, with its last backup's id."""


class Site(BaseModel):
    """A site. Immutable: each change gives the next version of it.

    Attributes:
        version: Counts the changes; every stored change is conditional on the one before.
        active_operation_id: The operation that changes the site at present; at most one.
        deletion_operation_id: The operation that began to delete the site.
        holds_address: Whether the site's address and its place in the quota are its own.
        template_id: The template that was applied to it last.
        purge_after: When a PROD site that is being deleted is really removed.
        request_digest: The Idempotency-Key (hashed) of the request that created the site.
    """

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid"
    )

    site_id: str
    tenant_id: str
    site_name: str
    subdomain: str
    environment: Environment
    configuration: dict[str, str]
    status: SiteStatus
    status_reason: str | None = None
    holds_address: bool = True
    wordpress_site_id: int | None = None
    admin_url: str | None = None
    wordpress_version: str | None = None
    php_version: str | None = None
    active_operation_id: str | None = None
    deletion_operation_id: str | None = None
    backup_id: str | None = None
    template_id: str | None = None
    template_version: str | None = None
    purge_after: str | None = None
    request_digest: str | None = None
    created_at: str
    created_by: str
    updated_at: str
    version: int = 1
    expires_at: int | None = None

    @property
    def domain(self) -> str:
        """The host name of the site, for example `shop.wpdev.bbws.io`."""
        return f"{self.subdomain}.{SITE_DOMAINS[self.environment]}"

    @property
    def url(self) -> str:
        """The public address of the site."""
        return f"https://{self.domain}"

    @property
    def wordpress_id(self) -> int:
        """The site's blog id in WordPress. Raises ValueError while it has none."""
        if self.wordpress_site_id is None:
            raise ValueError(f"{self.site_id} is not in WordPress yet")
        return self.wordpress_site_id

    @property
    def etag(self) -> str:
        """The entity tag of this version (RFC 9110, section 8.8.3)."""
        return f'"{self.version}"'

    @property
    def _awaits_purge(self) -> bool:
        """Whether nothing but the end of its grace is waited for."""
        return (
            self.status is SiteStatus.DEPROVISIONING
            and self.purge_after is not None
            and self.active_operation_id is None
        )

    def changed(self, at: str, **changes: Any) -> Self:
        """The next version of this site, with `changes` to anything but its status."""
        if "status" in changes:
            raise ValueError("the status changes by transition only")
        return self._next(at, changes)

    def transition(self, to: SiteStatus, at: str, **changes: Any) -> Self:
        """The next version of this site, with the status `to` and `changes`.

        Raises:
            IllegalTransition: when no arrow leads from the present status to `to`.
        """
        if to not in SITE_TRANSITIONS[self.status]:
            raise IllegalTransition(
                f"A site that is {self.status} cannot become {to}.",
                {"currentStatus": self.status, "requestedStatus": to},
            )
        return self._next(at, {**changes, "status": to})

    def _next(self, at: str, changes: dict[str, Any]) -> Self:
        return self.model_copy(update={**changes, "version": self.version + 1, "updated_at": at})

    def to_item(self) -> Item:
        """The stored form, with the keys of every index it stands in."""
        pk, sk = keys.site(self.tenant_id, self.site_id)
        item = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        item |= {
            "PK": pk,
            "SK": sk,
            "GSI1PK": keys.by_id(self.site_id),
            "GSI1SK": self.tenant_id,
            "GSI2PK": keys.sites_by_status(self.tenant_id, self.status),
            "GSI2SK": self.site_id,
            "GSI3PK": keys.sites_by_environment(self.tenant_id, self.environment),
            "GSI3SK": self.site_id,
        }
        if self._awaits_purge:
            item |= {"GSI4PK": keys.in_flight(self.site_id), "GSI4SK": self.purge_after}
        return item

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """The site of a stored item; attributes that are no fields, such as keys, are left out."""
        # Measured: validation in pydantic's core takes a third of the time of model_construct.
        return cls.model_validate({name: item[name] for name in item.keys() & _STORED})


_STORED: Final = frozenset(map(to_camel, Site.model_fields))
