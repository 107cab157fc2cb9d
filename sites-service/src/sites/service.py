"""The use cases of sites and operations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bbws_shared import identifiers, reservations
from bbws_shared.attributes import Item
from bbws_shared.auth import Caller
from bbws_shared.errors import (
    IllegalPromotion,
    OperationInFlight,
    OperationNotFound,
    QuotaExceeded,
    SiteNotFound,
    SubdomainTaken,
)
from bbws_shared.observability import Observability
from bbws_shared.operations import Operation, OperationType
from bbws_shared.pagination import page_token, position_of
from bbws_shared.queues import OperationQueues
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import Page, TransactionRefused
from bbws_shared.timestamps import Clock, timestamp
from sites.models import NewSite, OperationQuery, SiteQuery
from sites.repository import SiteRepository, Slice, new_backup

_ADDRESS: Final = 2
"""Where the address stands among the writes that create a site."""


@dataclass(frozen=True)
class Origin:
    """Where a request comes from, for the records that it makes."""

    caller: Caller
    correlation_id: str
    request_digest: str | None = None


@dataclass(frozen=True)
class Listing[Entity]:
    """One page of a list."""

    items: list[Entity]
    next_token: str | None


class SiteService:
    """Creates, reads and deletes sites; reads operations."""

    def __init__(
        self,
        repository: SiteRepository,
        queues: OperationQueues,
        observability: Observability,
        clock: Clock,
        deletion_grace: timedelta,
    ) -> None:
        self._repository = repository
        self._queues = queues
        self._logger = observability.logger
        self._clock = clock
        self._grace = deletion_grace

    def create(self, tenant_id: str, wanted: NewSite, origin: Origin) -> tuple[Site, str]:
        """Create a site; it is PROVISIONING until its operation has ended.

        Returns:
            The site, and the id of the operation that creates it.

        Raises:
            IllegalPromotion: for PROD, which is reached by promotion.
            SubdomainTaken: when the address belongs to another site.
            QuotaExceeded: when the tenant has as many sites as its tier allows.
        """
        if wanted.environment is Environment.PROD:
            raise IllegalPromotion("A site reaches PROD by promotion only.")
        now = self._clock()
        operation_id = identifiers.new_operation_id(now)
        site = _new_site(tenant_id, wanted, origin, operation_id, now)
        operation = self._operation(OperationType.SITE_CREATION, site, origin, now, operation_id)
        try:
            self._repository.create_site(site, operation)
        except TransactionRefused as refusal:
            return self._already_created(site, refusal.found)
        self._send(operation, now)
        return site, operation_id

    def get(self, tenant_id: str, site_id: str, caller: Caller) -> Site:
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
        part = _slice(query, scope)
        if query.status is not None:
            page = self._repository.sites_by_status(
                tenant_id, query.status, query.environment, part
            )
        elif query.environment is not None:
            page = self._repository.sites_by_environment(tenant_id, query.environment, part)
        else:
            page = self._repository.sites(tenant_id, part)
        return _listing(page, scope, Site.from_item)

    def delete(self, site: Site, origin: Origin, *, skip_grace: bool) -> Site:
        """Begin to delete a site, after a backup; a PROD site is removed when its grace is over.

        A repetition finds the deletion under way and gives it again; with `skip_grace` a site
        that waits for its grace to end is removed at once.

        Raises:
            OperationInFlight: when another operation works on the site.
            IllegalTransition: when the site is deleted already.
        """
        is_waiting = site.active_operation_id is None
        if _is_being_deleted(site) and not (skip_grace and is_waiting):
            return site
        if site.active_operation_id is not None:
            raise OperationInFlight(site.site_id, site.active_operation_id)
        try:
            return self._begin_deletion(site, origin, skip_grace=skip_grace)
        except TransactionRefused:
            # Somebody was faster; what they began decides.
            latest = self.get(site.tenant_id, site.site_id, origin.caller)
            return self.delete(latest, origin, skip_grace=skip_grace)

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
        part = _slice(query, scope)
        if query.site_id is not None:
            page = self._repository.operations_by_site(tenant_id, query.site_id, query.status, part)
        elif query.status is not None:
            page = self._repository.operations_by_status(tenant_id, query.status, part)
        else:
            page = self._repository.operations(tenant_id, part)
        return _listing(page, scope, Operation.from_item)

    def _already_created(self, site: Site, found: list[Item | None]) -> tuple[Site, str]:
        """Why a site could not be created; unless this very request has created it before.

        A function may die between the transaction and its answer; the repetition of the request
        (same caller and Idempotency-Key) then finds the address held by the site it asked for.
        """
        address = found[_ADDRESS]
        if address and site.request_digest and address.get("requestDigest") == site.request_digest:
            existing = self._repository.site(site.tenant_id, address["siteId"])
            if existing is not None:
                return existing, address["operationId"]
        if any(taken is not None for taken in found[_ADDRESS:-1]):
            raise SubdomainTaken(site.subdomain)
        raise QuotaExceeded(*reservations.quota_of(found[-1] or {}))

    def _begin_deletion(self, site: Site, origin: Origin, *, skip_grace: bool) -> Site:
        now = self._clock()
        operation_id = identifiers.new_operation_id(now)
        changes: dict[str, Any] = {
            "active_operation_id": operation_id,
            "deletion_operation_id": operation_id,
        }
        if site.status is SiteStatus.DEPROVISIONING:
            purging = site.changed(timestamp(now), purge_after=None, **changes)
            operation = self._operation(OperationType.SITE_PURGE, site, origin, now, operation_id)
            self._repository.begin(purging, operation)
            self._send(operation, now)
            return purging
        has_content = site.wordpress_site_id is not None
        waits = site.environment is Environment.PROD and has_content and not skip_grace
        deleting = site.transition(
            SiteStatus.DEPROVISIONING,
            timestamp(now),
            status_reason=None,
            backup_id=identifiers.new_backup_id(now) if has_content else site.backup_id,
            purge_after=timestamp(now + self._grace) if waits else None,
            **changes,
        )
        operation = self._operation(OperationType.SITE_DELETION, site, origin, now, operation_id)
        backup = [new_backup(deleting, operation)] if has_content else []
        self._repository.begin(deleting, operation, *backup)
        self._send(operation, now)
        return deleting

    def _operation(
        self, kind: OperationType, site: Site, origin: Origin, now: datetime, operation_id: str
    ) -> Operation:
        return Operation.new(
            kind,
            timestamp(now),
            operation_id=operation_id,
            tenant_id=site.tenant_id,
            site_id=site.site_id,
            correlation_id=origin.correlation_id,
            created_by=origin.caller.name,
        )

    def _send(self, operation: Operation, now: datetime) -> None:
        """Hand the operation on. It is stored, so the reconciler sends it if this fails."""
        try:
            self._queues.send(operation, timestamp(now))
        except (BotoCoreError, ClientError):
            self._logger.exception(
                "operation not sent; the reconciler will", operation_id=operation.operation_id
            )


def _is_being_deleted(site: Site) -> bool:
    return site.status is SiteStatus.DEPROVISIONING and site.active_operation_id in (
        None,
        site.deletion_operation_id,
    )


def _new_site(
    tenant_id: str, wanted: NewSite, origin: Origin, operation_id: str, now: datetime
) -> Site:
    at = timestamp(now)
    configuration = {"title": wanted.site_name, **wanted.configuration.given()}
    return Site(
        site_id=identifiers.new_site_id(now),
        tenant_id=tenant_id,
        site_name=wanted.site_name,
        subdomain=wanted.subdomain,
        environment=wanted.environment,
        configuration=configuration,
        status=SiteStatus.PROVISIONING,
        active_operation_id=operation_id,
        request_digest=origin.request_digest,
        created_at=at,
        created_by=origin.caller.name,
        updated_at=at,
    )


def _slice(query: SiteQuery | OperationQuery, scope: Sequence[str | None]) -> Slice:
    after = position_of(query.next_token, scope) if query.next_token is not None else None
    return Slice(query.limit, after)


def _listing[Entity](
    page: Page, scope: Sequence[str | None], read: Callable[[Item], Entity]
) -> Listing[Entity]:
    token = None
    if page.last_key is not None:
        token = page_token(scope, page.last_key["SK"].split("#", 1)[1])
    return Listing([read(item) for item in page.items], token)
