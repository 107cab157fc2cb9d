"""The life of an operation, whatever is done to it in whatever order."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bbws_shared.errors import OperationNotChangeable
from bbws_shared.operation_states import OPERATION_TIMEOUT_SECONDS, OPERATION_TRANSITIONS
from bbws_shared.operations import (
    LeaseTaken,
    Operation,
    OperationEnded,
    OperationStatus,
    OperationType,
)
from bbws_shared.timestamps import later

_START = "2026-01-25T08:00:00.000Z"
_STEPS = ["first", "second", "third"]
_REFUSALS = (LeaseTaken, OperationEnded, OperationNotChangeable)
_ERROR = {"code": "WP_001", "message": "no", "suggestion": "again"}


def _operation() -> Operation:
    return Operation.new(
        OperationType.SITE_CREATION,
        _START,
        operation_id="op-1",
        tenant_id="tenant-123",
        site_id="site-1",
        correlation_id="correlation",
        created_by="me",
    )


class OperationLife(RuleBasedStateMachine):
    """Deliveries, crashes, retries and cancellations at any moment."""

    @initialize()
    def begin(self) -> None:
        self.operation = _operation()
        self.at = _START
        self.history = [self.operation]

    def _try(self, change: object) -> None:
        try:
            changed = change()  # type: ignore[operator]
        except _REFUSALS:
            return
        assert changed.version == self.operation.version + 1
        self.operation = changed
        self.history.append(changed)

    @rule(seconds=st.integers(min_value=0, max_value=90))
    def time_passes(self, seconds: int) -> None:
        self.at = later(self.at, seconds)

    @rule(owner=st.sampled_from(["a", "b"]))
    def deliver(self, owner: str) -> None:
        held = self.operation
        until = later(self.at, 60)
        self._try(lambda: held.leased(owner, self.at, until, _STEPS))
        if held.lease_owner not in (None, owner) and self.at < (held.lease_expires_at or ""):
            assert self.operation is held

    @rule()
    def do_a_step(self) -> None:
        name = self.operation.next_step()
        if self.operation.status is OperationStatus.IN_PROGRESS and name is not None:
            progress = (_STEPS.index(name) + 1) * 30
            self._try(lambda: self.operation.step_begun(name, "working", self.at))
            self._try(lambda: self.operation.step_done(name, progress, {name: 1}, self.at))

    @rule()
    def complete(self) -> None:
        self._try(lambda: self.operation.completed("done", self.at, {"eventType": "done"}))

    @rule()
    def fail(self) -> None:
        self._try(lambda: self.operation.failed(_ERROR, self.at, {"eventType": "failed"}))

    @rule()
    def cancel(self) -> None:
        self._try(lambda: self.operation.cancelled(self.at))

    @rule()
    def retry(self) -> None:
        self._try(lambda: self.operation.retried(self.at))

    @rule()
    def publish(self) -> None:
        self._try(lambda: self.operation.event_published(self.at))

    @invariant()
    def only_arrows_are_taken(self) -> None:
        for before, after in zip(self.history, self.history[1:], strict=False):
            if before.status is not after.status:
                assert after.status in OPERATION_TRANSITIONS[before.status]

    @invariant()
    def what_is_done_stays_done(self) -> None:
        for before, after in zip(self.history, self.history[1:], strict=False):
            done = {s["name"] for s in before.steps if s["status"] == "COMPLETED"}
            assert done <= {s["name"] for s in after.steps if s["status"] == "COMPLETED"}
            assert after.progress >= before.progress

    @invariant()
    def it_is_watched_until_nothing_is_left_to_do(self) -> None:
        is_watched = "GSI4PK" in self.operation.to_item()
        has_work = not self.operation.has_ended or self.operation.pending_event is not None
        assert is_watched == has_work

    @invariant()
    def it_is_stored_as_it_is(self) -> None:
        assert Operation.from_item(self.operation.to_item()) == self.operation


TestOperationLife = OperationLife.TestCase
TestOperationLife.settings = settings(max_examples=60)


def test_a_second_delivery_finds_the_lease_taken() -> None:
    leased = _operation().leased("a", _START, later(_START, 60), _STEPS)
    with pytest.raises(LeaseTaken):
        leased.leased("b", later(_START, 59), later(_START, 120), _STEPS)
    taken_over = leased.leased("b", later(_START, 60), later(_START, 120), _STEPS)
    assert taken_over.lease_owner == "b"


def test_a_release_may_change_the_steps_of_an_operation_under_way() -> None:
    leased = _operation().leased("a", _START, _START, ["old", "first"])
    done = leased.step_done("first", 50, {}, _START)
    renewed = done.leased("b", later(_START, 1), later(_START, 60), _STEPS)
    assert [step["name"] for step in renewed.steps] == _STEPS
    assert renewed.next_step() == "second"


def test_a_resumed_step_keeps_its_first_beginning() -> None:
    leased = _operation().leased("a", _START, _START, _STEPS)
    begun = leased.step_begun("first", "working", _START)
    assert not leased.may_have_acted
    assert begun.may_have_acted
    assert not begun.step_done("first", 30, {}, _START).may_have_acted
    again = begun.step_begun("first", "working", later(_START, 100))
    assert again.steps[0] == {"name": "first", "status": "IN_PROGRESS", "startedAt": _START}


def test_a_failure_names_the_step_and_a_retry_begins_there() -> None:
    leased = _operation().leased("a", _START, _START, _STEPS)
    done = leased.step_done("first", 30, {}, _START).step_begun("second", "working", _START)
    failed = done.failed(_ERROR, _START, {}).event_published(_START)
    assert [step["status"] for step in failed.steps] == ["COMPLETED", "FAILED", "PENDING"]
    retried = failed.retried(_START)
    assert retried.next_step() == "second"
    assert retried.error is None
    assert retried.may_have_acted, "the second step may have had its effect"


@pytest.mark.parametrize(
    ("kind", "inputs", "is_outdated"),
    [
        (OperationType.SITE_CREATION, {}, False),
        (OperationType.SITE_UPDATE, {}, False),
        (OperationType.SITE_STATUS, {}, False),
        (OperationType.SITE_CLONE, {}, False),
        (OperationType.SITE_PROMOTION, {"isRefresh": False}, False),
        (OperationType.SITE_PURGE, {}, False),
        (OperationType.SITE_PROMOTION, {"isRefresh": True}, True),
        (OperationType.SITE_BACKUP, {}, True),
        (OperationType.SITE_RESTORE, {}, True),
        (OperationType.SITE_DELETION, {}, True),
        (OperationType.TEMPLATE_APPLICATION, {}, True),
    ],
)
def test_what_rests_on_the_site_as_it_was_is_not_tried_again_much_later(
    kind: OperationType, inputs: dict[str, bool], is_outdated: bool
) -> None:
    new = _operation().model_copy(update={"operation_type": kind, "inputs": inputs})
    failed = new.leased("a", _START, _START, _STEPS).failed(_ERROR, _START, {})
    failed = failed.event_published(_START)
    assert failed.retried(later(_START, OPERATION_TIMEOUT_SECONDS)).next_step() == "first"
    much_later = later(_START, OPERATION_TIMEOUT_SECONDS + 1)
    if is_outdated:
        with pytest.raises(OperationNotChangeable):
            failed.retried(much_later)
    else:
        assert failed.retried(much_later).next_step() == "first"


def test_a_failure_that_nobody_has_heard_of_is_not_tried_again() -> None:
    failed = _operation().leased("a", _START, _START, _STEPS).failed(_ERROR, _START, {})
    with pytest.raises(OperationNotChangeable, match="in a minute"):
        failed.retried(_START)
    assert failed.event_published(_START).retried(_START).attempts == 2


def test_what_is_done_from_anew_keeps_nothing_of_the_attempt_before() -> None:
    leased = _operation().leased("a", _START, _START, _STEPS)
    done = leased.step_done("first", 30, {"cursor": "x"}, _START)
    failed = done.step_done("second", 60, {}, _START).failed(_ERROR, _START, {})
    anew = failed.event_published(_START).retried(_START).from_anew({"first"}, {"backupId": "b"})
    assert [step["status"] for step in anew.steps] == ["COMPLETED", "PENDING", "PENDING"]
    assert (anew.facts, anew.inputs) == ({}, {"backupId": "b"})
    assert anew.attempt_id == "op-1-2"


def test_a_step_of_several_calls_keeps_what_it_has_found_and_never_goes_back() -> None:
    leased = _operation().leased("a", _START, _START, _STEPS)
    at = later(_START, 5)
    continued = leased.step_continued(40, {"cursor": "x", "blog": 7}, at)
    again = continued.step_continued(20, {"cursor": "y"}, at)
    assert (again.progress, again.facts) == (40, {"cursor": "y", "blog": 7})
    assert again.progressed_at == at


def test_a_lease_that_is_given_back_can_be_taken_at_once() -> None:
    leased = _operation().leased("a", _START, later(_START, 60), _STEPS)
    free = leased.unleased(_START, later(_START, 30))
    assert free.to_item()["GSI4SK"] == later(_START, 30)
    assert free.leased("b", _START, later(_START, 60), _STEPS).lease_owner == "b"


def test_a_resent_operation_is_looked_at_again_at_the_time_that_was_said() -> None:
    resent = _operation().resent(_START, later(_START, 120))
    assert (resent.resends, resent.to_item()["GSI4SK"]) == (1, later(_START, 120))
    failed = resent.leased("a", _START, _START, _STEPS).failed(_ERROR, _START, {})
    assert failed.event_published(_START).retried(_START).resends == 0, "a retry is counted anew"


def test_nothing_is_left_to_do_once_it_has_ended() -> None:
    with pytest.raises(OperationEnded):
        _operation().cancelled(_START).leased("a", _START, _START, _STEPS)


def test_each_change_has_another_tag() -> None:
    operation = _operation()
    changed = operation.resent(_START, _START)
    assert (operation.etag, changed.etag) == ('"1"', '"2"')
