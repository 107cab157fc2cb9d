"""Beginning an operation on a site: stored with the change it belongs to, then sent to its queue."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bbws_shared import identifiers
from bbws_shared.auth import Caller
from bbws_shared.errors import (
    IllegalTransition,
    OperationInFlight,
    PreconditionFailed,
    ProdChangedDirectly,
)
from bbws_shared.observability import Observability
from bbws_shared.operations import Operation, OperationType
from bbws_shared.queues import OperationQueues
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.table import TransactionRefused, Write
from bbws_shared.timestamps import Clock, timestamp
from sites.repository import SiteRepository


@dataclass(frozen=True)
class Origin:
    """Where a request comes from, for the records that it makes."""

    caller: Caller
    correlation_id: str
    request_digest: str | None = None


class Work:
    """Stores operations and sends them to their queues."""

    def __init__(
        self,
        repository: SiteRepository,
        queues: OperationQueues,
        observability: Observability,
        clock: Clock,
    ) -> None:
        self.repository = repository
        self._queues = queues
        self._logger = observability.logger
        self.clock = clock

    def operation(
        self,
        kind: OperationType,
        site: Site,
        origin: Origin,
        now: datetime,
        operation_id: str,
        inputs: Mapping[str, Any] | None = None,
    ) -> Operation:
        """A new operation on `site`, not stored yet."""
        return Operation.new(
            kind,
            timestamp(now),
            operation_id=operation_id,
            tenant_id=site.tenant_id,
            site_id=site.site_id,
            correlation_id=origin.correlation_id,
            created_by=origin.caller.name,
            inputs=dict(inputs or {}),
        )

    def begin(
        self,
        kind: OperationType,
        site: Site,
        origin: Origin,
        inputs: Mapping[str, Any],
        writes: Callable[[Operation], Sequence[Write]] = lambda _: (),
    ) -> tuple[Site, Operation]:
        """Begin an operation on a site that is there; its `writes` are stored with it, or nothing.

        Raises:
            OperationInFlight: when another operation was faster.
            PreconditionFailed: when the site was changed in this moment.
        """
        now = self.clock()
        operation_id = identifiers.new_operation_id(now)
        busy = site.changed(timestamp(now), active_operation_id=operation_id)
        operation = self.operation(kind, site, origin, now, operation_id, inputs)
        try:
            self.repository.begin(busy, operation, *writes(operation))
        except TransactionRefused:
            self.refuse_changed(site)
        self.send(operation, now)
        return busy, operation

    def refuse_changed(self, site: Site) -> None:
        """Say why a site could not be changed that was free when it was read.

        Raises:
            OperationInFlight: when another operation works on it by now.
            PreconditionFailed: when it has been changed.
        """
        latest = self.repository.site(site.tenant_id, site.site_id)
        if latest is not None and latest.active_operation_id is not None:
            raise OperationInFlight(site.site_id, latest.active_operation_id)
        raise PreconditionFailed(
            "The site was changed at the same moment; read it and ask again.",
            {"siteId": site.site_id},
        )

    def send(self, operation: Operation, now: datetime) -> None:
        """Hand the operation on. It is stored, so the reconciler sends it if this fails."""
        try:
            self._queues.send(operation, timestamp(now))
        except (BotoCoreError, ClientError):
            self._logger.exception(
                "operation not sent; the reconciler will", operation_id=operation.operation_id
            )


def require_free(site: Site) -> None:
    """Raises OperationInFlight while an operation works on the site."""
    if site.active_operation_id is not None:
        raise OperationInFlight(site.site_id, site.active_operation_id)


def require_status(site: Site, *statuses: SiteStatus) -> None:
    """Raises IllegalTransition when the site is in none of these states."""
    if site.status not in statuses:
        wanted = " or ".join(statuses)
        raise IllegalTransition(
            f"This needs a site that is {wanted}; this one is {site.status}.",
            {"currentStatus": site.status},
        )


def require_not_prod(environment: Environment) -> None:
    """Raises ProdChangedDirectly for PROD, which is changed by promotion only."""
    if environment is Environment.PROD:
        raise ProdChangedDirectly
