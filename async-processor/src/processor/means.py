"""What the engine and the reconciler work with."""

from dataclasses import dataclass
from functools import cached_property

from bbws_shared.notifications import Notifications
from bbws_shared.observability import Observability
from bbws_shared.queues import OperationQueues
from bbws_shared.table import Table
from bbws_shared.timestamps import Clock, timestamp
from bbws_shared.wordpress_access import ReachWordPress
from processor.backups import BackupStorage
from processor.repository import WorkRepository


@dataclass(frozen=True)
class Limits:
    """What the engine holds to.

    Attributes:
        retry_backoff: Seconds until the next delivery, after the first, second, … failure.
        step_seconds: How long one call of a step may take; with less time left none is begun.
    """

    retry_backoff: tuple[float, ...]
    step_seconds: float

    @property
    def max_receives(self) -> int:
        """The receive on which a transient failure becomes final (the queues' redrive policy)."""
        return len(self.retry_backoff)


@dataclass(frozen=True)
class Means:
    """Everything outside of the processor that it uses, and the environment it runs in."""

    table: Table
    queues: OperationQueues
    notifications: Notifications
    backups: BackupStorage
    reach_wordpress: ReachWordPress
    observability: Observability
    limits: Limits
    environment: str
    clock: Clock

    @cached_property
    def repository(self) -> WorkRepository:
        """Operations and their sites."""
        return WorkRepository(self.table)

    def now(self) -> str:
        """The present moment's timestamp."""
        return timestamp(self.clock())
