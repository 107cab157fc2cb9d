"""Reading sites, operations, backups and the audit trail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bbws_shared import identifiers
from bbws_shared.attributes import Item
from bbws_shared.auth import Caller
from bbws_shared.errors import OperationNotFound, SiteNotFound
from bbws_shared.operations import Operation
from bbws_shared.pagination import PageTokens, Scope
from bbws_shared.sites import Site
from bbws_shared.table import Page
from sites.models import OperationQuery, PageQuery, SiteQuery
from sites.repository import SiteRepository, Slice


@dataclass(frozen=True)
class Listing[Entity]:
    """One page of a list."""

    items: list[Entity]
    next_token: str | None


class Reading:
    """What callers can see."""

    def __init__(self, repository: SiteRepository, tokens: PageTokens) -> None:
        self._repository = repository
        self._tokens = tokens

    def site(self, tenant_id: str, site_id: str, caller: Caller) -> Site:
        """A site. Raises SiteNotFound, also when its tenant is not one of the caller's."""
        site = None
        if caller.belongs_to(tenant_id) and identifiers.SITE_ID.fullmatch(site_id):
            site = self._repository.site(tenant_id, site_id)
        if site is None:
            raise SiteNotFound(site_id)
        return site

    def sites(self, tenant_id: str, query: SiteQuery) -> Listing[Site]:
        """A page of the tenant's sites; deleted ones only when asked for by status."""
        scope = ["sites", tenant_id, query.status, query.environment]
        part = self._slice(query, scope)
        if query.status is not None:
            page = self._repository.sites_by_status(
                tenant_id, query.status, query.environment, part
            )
        elif query.environment is not None:
            page = self._repository.sites_by_environment(tenant_id, query.environment, part)
        else:
            page = self._repository.sites(tenant_id, part)
        return self._listing(page, scope, Site.from_item)

    def operation(self, operation_id: str, caller: Caller) -> Operation:
        """An operation. Raises OperationNotFound, also when it belongs to another tenant."""
        operation = None
        if identifiers.OPERATION_ID.fullmatch(operation_id):
            operation = (
                self._repository.operation_of_anybody(operation_id)
                if caller.is_staff
                else self._repository.operation_of(sorted(caller.tenants), operation_id)
            )
        if operation is None:
            raise OperationNotFound(operation_id)
        return operation

    def operations(self, tenant_id: str, query: OperationQuery) -> Listing[Operation]:
        """A page of the tenant's operations, newest first."""
        scope = ["operations", tenant_id, query.status, query.site_id]
        part = self._slice(query, scope)
        if query.site_id is not None:
            page = self._repository.operations_by_site(tenant_id, query.site_id, query.status, part)
        elif query.status is not None:
            page = self._repository.operations_by_status(tenant_id, query.status, part)
        else:
            page = self._repository.operations(tenant_id, part)
        return self._listing(page, scope, Operation.from_item)

    def backups(self, site: Site, query: PageQuery) -> Listing[dict[str, Any]]:
        """A page of a site's backups, newest first."""
        scope = ["backups", site.tenant_id, site.site_id]
        return self._listing(self._repository.backups(site, self._slice(query, scope)), scope, dict)

    def audit_entries(self, tenant_id: str, query: PageQuery) -> Listing[dict[str, Any]]:
        """A page of the tenant's audit trail, newest first."""
        scope = ["audit", tenant_id]
        return self._listing(
            self._repository.audit_entries(tenant_id, self._slice(query, scope)), scope, dict
        )

    def _slice(self, query: PageQuery, scope: Scope) -> Slice:
        token = query.next_token
        return Slice(query.limit, None if token is None else self._tokens.position(token, scope))

    def _listing[Entity](
        self, page: Page, scope: Scope, read: Callable[[Item], Entity]
    ) -> Listing[Entity]:
        token = None
        if page.last_key is not None:
            token = self._tokens.make(scope, page.last_key["SK"].split("#", 1)[1])
        return Listing([read(item) for item in page.items], token)
