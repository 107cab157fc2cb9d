"""Whatever is asked for twice with one Idempotency-Key is done once."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import uuid4

import pytest

from bbws_local.stack import LocalStack
from e2e.changes import CHANGES, Change, documented
from e2e.ground import Ground
from e2e.portal import Backstage, Json

HELD_SECONDS: Final = 30.0
AT_ONCE: Final = {
    "createSite": ("TransactWriteItems", "subdomain"),
    "createTemplate": ("PutItem", "templateId"),
    "installPlugin": ("TransactWriteItems", "pluginId"),
}
"""A change of each service: the write that makes it, and the field by which that is known."""


@pytest.fixture(scope="module")
def ground(stack: LocalStack) -> Iterator[Ground]:
    with Ground.prepared(Backstage(stack)) as prepared:
        yield prepared


@pytest.mark.parametrize("operation", documented())
def test_what_is_asked_for_twice_is_done_once(ground: Ground, operation: str) -> None:
    change = CHANGES[operation](ground)
    before = ground.now()
    key = str(uuid4())

    first = change.sent(ground, Idempotency_Key=key)
    again = change.sent(ground, Idempotency_Key=key)
    assert first.ok, first.text
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"

    ground.settle()
    after = ground.now()
    assert after.marks != before.marks
    late = change.sent(ground, Idempotency_Key=key)
    assert (late.status_code, late.text) == (first.status_code, first.text)
    _expect_refusal(change, ground, key, 422, {**(change.body or {}), "another": "field"})
    (record,) = after.answers.keys() - before.answers.keys()
    ground.put(_unanswered(after.answers[record]))
    _expect_refusal(change, ground, key, 409)
    ground.settle()
    assert ground.now().marks == after.marks


def _expect_refusal(
    change: Change, ground: Ground, key: str, status: int, body: Json | None = None
) -> None:
    refusal = change.sent(ground, body, Idempotency_Key=key)
    assert (refusal.status_code, refusal.json()["error"]["code"]) == (status, "REQ_001")


def _unanswered(record: Json) -> Json:
    """The record as it is while the first request runs."""
    until = int((time.time() + HELD_SECONDS) * 1000)
    kept = {name: value for name, value in record.items() if name != "data"}
    return {**kept, "status": "INPROGRESS", "in_progress_expiration": until}


@pytest.mark.parametrize("operation", AT_ONCE)
def test_of_two_requests_at_once_the_second_is_told_to_wait(ground: Ground, operation: str) -> None:
    change = CHANGES[operation](ground)
    write, field = AT_ONCE[operation]
    assert change.body is not None
    fault = {"delaySeconds": HELD_SECONDS, "times": 1, "match": change.body[field]}
    ground.backstage.add_fault("dynamodb", write, **fault)
    key = str(uuid4())
    with ThreadPoolExecutor(1) as background:
        first = background.submit(change.sent, ground, Idempotency_Key=key)
        try:
            ground.backstage.wait_for_fault(write)
            second = change.sent(ground, Idempotency_Key=key)
        finally:
            ground.backstage.clear_faults()
    assert (second.status_code, second.json()["error"]["code"]) == (409, "REQ_001")
    assert int(second.headers["Retry-After"]) > 0
    assert first.result().ok, first.result().text
    assert change.sent(ground, Idempotency_Key=key).text == first.result().text
    ground.settle()
