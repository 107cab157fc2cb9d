"""What a workflow is: a named list of idempotent steps, and what its end means for the site."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bbws_shared.events import EventType
from bbws_shared.observability import Metric
from bbws_shared.operations import Operation, OperationType
from bbws_shared.sites import Site
from bbws_shared.table import Table, Write
from bbws_shared.wordpress import WordPressClient
from processor.backups import BackupStorage
from processor.failures import Failure


@dataclass(frozen=True)
class Work:
    """What a step has at hand. `at` is the present moment's timestamp."""

    site: Site
    operation: Operation
    wordpress: WordPressClient
    backups: BackupStorage
    table: Table
    at: str


@dataclass(frozen=True)
class Done:
    """A step has come to its end.

    Attributes:
        site: What it changes in the site.
        facts: What it found out, for later steps.
        writes: What else is stored in the same transaction.
    """

    site: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)


@dataclass(frozen=True)
class Continue:
    """A step has come some way and is to be called again; `percent` is of this step."""

    facts: dict[str, Any]
    percent: int


@dataclass(frozen=True)
class Step:
    """One step. Running it twice has the effect of running it once.

    Attributes:
        message: What a customer reads while it runs.
        progress: Percent of the whole operation when it is done.
    """

    name: str
    message: str
    progress: int
    run: Callable[[Work], Done | Continue]


@dataclass(frozen=True)
class Ending:
    """What the end of an operation means: stored in one transaction, then told.

    Attributes:
        site: The site's next version.
        event: The event to publish, with `facts` in its payload.
        measures: Metrics and their values.
        writes: What else is stored with it.
    """

    site: Site
    event: EventType
    message: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    measures: list[tuple[Metric, float]] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)


@dataclass(frozen=True)
class Workflow:
    """How one kind of operation is carried out."""

    kind: OperationType
    steps: tuple[Step, ...]
    succeed: Callable[[Site, Operation, str], Ending]
    fail: Callable[[Site, Operation, str, Failure], Ending]

    @property
    def step_names(self) -> list[str]:
        """The steps' names in their order."""
        return [step.name for step in self.steps]

    def step(self, name: str) -> Step:
        """The step of this name."""
        return next(step for step in self.steps if step.name == name)

    def progress_before(self, name: str) -> int:
        """Percent of the whole operation when the step `name` begins."""
        index = self.step_names.index(name)
        return self.steps[index - 1].progress if index else 0
