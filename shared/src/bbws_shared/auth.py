"""Who calls and what they may do.

API Gateway has verified the token's signature, issuer, audience and expiry before a function
runs; this module reads its claims and decides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bbws_shared.errors import NotAuthenticated, NotAuthorized, StaffOnly


class Role(StrEnum):
    """Roles, by the names of their Cognito groups."""

    CUSTOMER_SUPER_ADMIN = "CUSTOMER_SUPER_ADMIN"
    CUSTOMER_ADMIN = "CUSTOMER_ADMIN"
    CUSTOMER_USER = "CUSTOMER_USER"
    CUSTOMER_VIEWER = "CUSTOMER_VIEWER"
    SUPER_ADMIN = "super-admin"


class Permission(StrEnum):
    """What a request needs (docs/architecture.md, section 8)."""

    READ = "read"
    WRITE_SITES = "create, update and clone sites"
    ADMINISTER_SITES = "delete, suspend, promote and restore sites"
    APPLY_TEMPLATES = "apply templates"
    INSTALL_PLUGINS = "install plugins"
    ADMINISTER_PLUGINS = "uninstall, configure and update plugins"
    READ_AUDIT = "read the audit trail"
    SKIP_GRACE = "delete a PROD site without its grace period"
    ADMINISTER_CATALOGUE = "change the catalogue"


_VIEWER: Final = frozenset({Permission.READ})
_USER: Final = _VIEWER | {
    Permission.WRITE_SITES,
    Permission.APPLY_TEMPLATES,
    Permission.INSTALL_PLUGINS,
}
_ADMIN: Final = _USER | {
    Permission.ADMINISTER_SITES,
    Permission.ADMINISTER_PLUGINS,
    Permission.READ_AUDIT,
}
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.CUSTOMER_VIEWER: _VIEWER,
    Role.CUSTOMER_USER: _USER,
    Role.CUSTOMER_ADMIN: _ADMIN,
    Role.CUSTOMER_SUPER_ADMIN: _ADMIN,
    Role.SUPER_ADMIN: frozenset(Permission),
}

_LIST_SEPARATORS: Final = re.compile(r"[\s,\[\]\"']+")


@dataclass(frozen=True)
class Caller:
    """The person behind a request.

    Attributes:
        subject: The user's id in Cognito (claim `sub`).
        tenants: The tenants the user belongs to.
        roles: The user's roles; groups that are no roles are left out.
    """

    subject: str
    email: str | None
    tenants: frozenset[str]
    roles: frozenset[Role]

    @property
    def name(self) -> str:
        """How records name the caller."""
        return self.email or self.subject

    @property
    def is_staff(self) -> bool:
        """Whether the caller works for the platform and may see every tenant."""
        return Role.SUPER_ADMIN in self.roles

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles grants `permission`."""
        return any(permission in PERMISSIONS[role] for role in self.roles)

    def require(self, permission: Permission) -> None:
        """Raises NotAuthorized when no role grants `permission`; StaffOnly for what is staff's."""
        if not self.may(permission):
            refusal = NotAuthorized if permission in _ADMIN else StaffOnly
            raise refusal(f"Your role may not {permission}.")

    def belongs_to(self, tenant_id: str) -> bool:
        """Whether the caller may act for this tenant."""
        return self.is_staff or tenant_id in self.tenants

    def require_tenant(self, tenant_id: str) -> None:
        """Raises NotAuthorized when the tenant is not one of the caller's."""
        if not self.belongs_to(tenant_id):
            raise NotAuthorized("This tenant is not one of yours.")


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller of an HTTP API event, payload format 2.0.

    Raises:
        NotAuthenticated: when the event carries no verified claims.
    """
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    subject = claims.get("sub")
    if not subject:
        raise NotAuthenticated("The request carries no valid token.")
    groups = claim_list(claims.get("cognito:groups"))
    return Caller(
        subject=str(subject),
        email=claims.get("email"),
        tenants=frozenset(claim_list(claims.get("custom:tenantIds"))),
        roles=frozenset(role for role in Role if role in groups),
    )


def claim_list(value: object) -> list[str]:
    """A claim that means a list, in any form in which it arrives.

    The JWT authorizer of an HTTP API renders a list as `[a b]`; custom attributes are strings,
    `a,b` or `["a","b"]` as the user pool stores them.
    """
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [str(element) for element in value]
    return [part for part in _LIST_SEPARATORS.split(str(value)) if part]
