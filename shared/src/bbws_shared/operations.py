"""Operation: a durable unit of asynchronous work, with its states, steps, lease and progress.

Everything here is pure: each method gives the next version of the operation or refuses. Whoever
stores it does so on condition of the version before (`bbws_shared.records`), so of two that
change an operation at once, one finds out.
"""

from collections.abc import Container, Mapping
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from bbws_shared import keys
from bbws_shared.attributes import Item
from bbws_shared.errors import OperationNotChangeable
from bbws_shared.operation_states import (
    IN_FLIGHT,
    OPERATION_TIMEOUT_SECONDS,
    OPERATION_TRANSITIONS,
    OUTDATED_SOON,
    OperationStatus,
    OperationType,
)
from bbws_shared.timestamps import seconds_between

__all__ = ["LeaseTaken", "Operation", "OperationEnded", "OperationStatus", "OperationType"]


class LeaseTaken(Exception):
    """Another delivery is at work on this operation."""


class OperationEnded(Exception):
    """Nothing is left to do: the operation has ended."""


class Operation(BaseModel):
    """An operation. Immutable: each change gives the next version of it.

    Attributes:
        inputs: What the workflow was asked to do, beyond its site.
        facts: What the steps found out and later steps need (ids, cursors).
        steps: `{name, status, startedAt, completedAt}` in the workflow's order.
        lease_owner: The delivery that is at work on it.
        lease_expires_at: Until when nobody else may be; past any life of that delivery.
        waiting_since: From when the reconciler counts how long it has waited (GSI4's sort key).
        progressed_at: When it last moved on, or was created.
        attempts: How often it was begun by a customer: once, and once more with each retry.
        pending_event: The event that its end is to publish, until it has been published.
    """

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid"
    )

    operation_id: str
    operation_type: OperationType
    tenant_id: str
    site_id: str
    status: OperationStatus = OperationStatus.PENDING
    progress: int = 0
    message: str = "Waiting to begin"
    steps: list[dict[str, str]] = []
    inputs: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    error: dict[str, str] | None = None
    correlation_id: str
    lease_owner: str | None = None
    lease_expires_at: str | None = None
    waiting_since: str
    progressed_at: str
    resends: int = 0
    attempts: int = 1
    pending_event: dict[str, Any] | None = None
    created_at: str
    created_by: str
    started_at: str | None = None
    completed_at: str | None = None
    updated_at: str
    version: int = 1

    @classmethod
    def new(cls, operation_type: OperationType, at: str, **fields: Any) -> Self:
        """A PENDING operation created at the timestamp `at`."""
        return cls(
            operation_type=operation_type,
            created_at=at,
            updated_at=at,
            waiting_since=at,
            progressed_at=at,
            **fields,
        )

    @property
    def etag(self) -> str:
        """The entity tag of this version."""
        return f'"{self.version}"'

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will be done, unless it is retried."""
        return self.status not in IN_FLIGHT

    @property
    def attempt_id(self) -> str:
        """An id of this attempt, for what a retry must not go on with; the first has the operation's."""
        return self.operation_id if self.attempts == 1 else f"{self.operation_id}-{self.attempts}"

    @property
    def is_outdated_soon(self) -> bool:
        """Whether what it has done so far is of no use once the site has moved on."""
        is_refresh = bool(self.inputs.get("isRefresh"))
        return is_refresh or self.operation_type in OUTDATED_SOON

    def leased(self, owner: str, at: str, until: str, step_names: list[str]) -> Self:
        """Take the lease for `owner` until the timestamp `until`.

        Raises:
            OperationEnded: when there is nothing left to do.
            LeaseTaken: when another delivery holds a lease that has not expired.
        """
        if self.has_ended:
            raise OperationEnded(self.operation_id)
        if self.lease_owner not in (None, owner) and at < (self.lease_expires_at or ""):
            raise LeaseTaken(self.operation_id)
        changes: dict[str, Any] = {
            "lease_owner": owner,
            "lease_expires_at": until,
            "waiting_since": until,
            "started_at": self.started_at or at,
            "steps": self._merged(step_names),
        }
        if self.status is OperationStatus.PENDING:
            return self._transition(OperationStatus.IN_PROGRESS, at, **changes)
        return self._next(at, changes)

    def unleased(self, at: str, waiting_since: str) -> Self:
        """Give the lease back; the next delivery is expected at `waiting_since`."""
        return self._next(
            at, {"lease_owner": None, "lease_expires_at": None, "waiting_since": waiting_since}
        )

    def next_step(self) -> str | None:
        """The first step that has not been done."""
        return next((s["name"] for s in self.steps if s["status"] != "COMPLETED"), None)

    @property
    def may_have_acted(self) -> bool:
        """Whether a step was begun, be it before a retry, and has not come to its end."""
        return any("startedAt" in s and s["status"] != "COMPLETED" for s in self.steps)

    def step_begun(self, name: str, message: str, at: str) -> Self:
        """`name` is being done; `message` tells a customer so."""
        begun = {"status": "IN_PROGRESS", "startedAt": at}
        return self._next(at, {"steps": self._steps(name, begun, keep=True), "message": message})

    def step_continued(self, progress: int, facts: dict[str, Any], at: str) -> Self:
        """A step of several calls has come so far; `facts` say where it goes on."""
        return self._next(at, self._progress(progress, facts, at))

    def step_done(self, name: str, progress: int, facts: dict[str, Any], at: str) -> Self:
        """`name` is done and never done again."""
        done = {"status": "COMPLETED", "completedAt": at}
        return self._next(
            at, {"steps": self._steps(name, done), **self._progress(progress, facts, at)}
        )

    def completed(self, message: str, at: str, event: dict[str, Any]) -> Self:
        """Everything is done; `event` remains to be published."""
        return self._end(OperationStatus.COMPLETED, message, at, event, progress=100, error=None)

    def failed(self, error: dict[str, str], at: str, event: dict[str, Any]) -> Self:
        """It ended without success; `error` is `{code, message, suggestion}`."""
        failed = {"status": "FAILED", "completedAt": at}
        name = next((s["name"] for s in self.steps if s["status"] == "IN_PROGRESS"), None)
        steps = self._steps(name, failed) if name else self.steps
        return self._end(
            OperationStatus.FAILED, error["message"], at, event, error=error, steps=steps
        )

    def event_published(self, at: str) -> Self:
        """The event of its end has been published."""
        return self._next(at, {"pending_event": None})

    def cancelled(self, at: str) -> Self:
        """It will not begin. Raises OperationNotChangeable when it has begun, before a retry too."""
        if self.started_at is not None and not self.has_ended:
            # What it did is not known to whoever calls it off, and may have been half of a change.
            raise OperationNotChangeable(
                "An operation that has begun cannot be cancelled.",
                {"currentStatus": self.status, "requestedStatus": OperationStatus.CANCELLED},
            )
        return self._transition(OperationStatus.CANCELLED, at, completed_at=at, message="Cancelled")

    def retried(self, at: str) -> Self:
        """It begins again at the step that failed.

        Raises:
            OperationNotChangeable: when it has not FAILED, or so long ago that what it has done is
                not to be relied on, or when its failure has not been told yet.
        """
        steps = [s if s["status"] == "COMPLETED" else _untouched(s) for s in self.steps]
        again = self._transition(
            OperationStatus.PENDING, at, steps=steps, error=None, completed_at=None,
            message="Waiting to begin again", waiting_since=at, progressed_at=at, resends=0,
            attempts=self.attempts + 1,
        )  # fmt: skip
        if self.pending_event is not None:
            # The event of the next end would take its place, and nobody would hear of this one.
            raise OperationNotChangeable(
                "The event of its failure is still to be published; try again in a minute."
            )
        failed_at = self.completed_at or at
        if self.is_outdated_soon and seconds_between(failed_at, at) > OPERATION_TIMEOUT_SECONDS:
            raise OperationNotChangeable(
                "This failed too long ago to go on from where it stopped; ask for it anew.",
                {"failedAt": failed_at, "retryableSeconds": int(OPERATION_TIMEOUT_SECONDS)},
            )
        return again

    def from_anew(self, kept: Container[str], inputs: Mapping[str, Any]) -> Self:
        """This attempt with its steps to be done again, but those `kept`, and with these `inputs`."""
        steps = [
            _new(s["name"]) if s["status"] == "COMPLETED" and s["name"] not in kept else s
            for s in self.steps
        ]
        changes = {"steps": steps, "facts": {}, "inputs": {**self.inputs, **inputs}}
        return self.model_copy(update=changes)

    def resent(self, at: str, waiting_since: str) -> Self:
        """The reconciler has sent it to its queue once more."""
        return self._next(at, {"resends": self.resends + 1, "waiting_since": waiting_since})

    def _steps(
        self, name: str, changes: dict[str, str], *, keep: bool = False
    ) -> list[dict[str, str]]:
        """The steps with `changes` in `name`; `keep` lets what it already says win for times."""
        steps = []
        for step in self.steps:
            if step["name"] == name:
                kept = {k: v for k, v in step.items() if keep and k == "startedAt"}
                steps.append({**step, **changes, **kept})
            else:
                steps.append(step)
        return steps

    def _merged(self, step_names: list[str]) -> list[dict[str, str]]:
        """The workflow's steps with what is recorded of them; a release may have changed them."""
        known = {step["name"]: step for step in self.steps}
        return [known.get(name, _new(name)) for name in step_names]

    def _progress(self, progress: int, facts: dict[str, Any], at: str) -> dict[str, Any]:
        return {
            "progress": max(self.progress, progress),
            "facts": {**self.facts, **facts},
            "progressed_at": at,
        }

    def _end(
        self, status: OperationStatus, message: str, at: str, event: dict[str, Any], **more: Any
    ) -> Self:
        return self._transition(
            status, at, message=message, completed_at=at, pending_event=event,
            lease_owner=None, lease_expires_at=None, waiting_since=at, **more,
        )  # fmt: skip

    def _transition(self, to: OperationStatus, at: str, **changes: Any) -> Self:
        if to not in OPERATION_TRANSITIONS[self.status]:
            raise OperationNotChangeable(
                f"An operation that is {self.status} cannot become {to}.",
                {"currentStatus": self.status, "requestedStatus": to},
            )
        return self._next(at, {**changes, "status": to})

    def _next(self, at: str, changes: dict[str, Any]) -> Self:
        return self.model_copy(update={**changes, "version": self.version + 1, "updated_at": at})

    def to_item(self) -> Item:
        """The stored form, with the keys of every index it stands in."""
        pk, sk = keys.operation(self.tenant_id, self.operation_id)
        item = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        item |= {
            "PK": pk,
            "SK": sk,
            "GSI1PK": keys.by_id(self.operation_id),
            "GSI1SK": self.tenant_id,
            "GSI2PK": keys.operations_by_status(self.tenant_id, self.status),
            "GSI2SK": self.operation_id,
            "GSI3PK": keys.operations_by_site(self.site_id),
            "GSI3SK": self.operation_id,
        }
        if not self.has_ended or self.pending_event is not None:
            item |= {"GSI4PK": keys.in_flight(self.operation_id), "GSI4SK": self.waiting_since}
        return item

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """The operation of a stored item; attributes that are no fields are left out."""
        return cls.model_validate({name: item[name] for name in item.keys() & _STORED})


def _new(name: str) -> dict[str, str]:
    return {"name": name, "status": "PENDING"}


def _untouched(step: dict[str, str]) -> dict[str, str]:
    """The step as it waits to be done; that it was begun before stays known."""
    return {**_new(step["name"]), **{k: v for k, v in step.items() if k == "startedAt"}}


_STORED: Final = frozenset(map(to_camel, Operation.model_fields))
