"""Which messages of a batch can be deleted after an invocation."""

import json
from typing import Any

import pytest

from bbws_local.poller import done
from bbws_local.runtime_api import Outcome

BATCH: Any = [{"MessageId": "a", "ReceiptHandle": "1"}, {"MessageId": "b", "ReceiptHandle": "2"}]


def _deleted(payload: Any, error: str | None = None) -> list[str]:
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return [str(message.get("MessageId")) for message in done(BATCH, Outcome(content, error))]


@pytest.mark.parametrize(
    "payload", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"other": 1}]
)
def test_without_failures_all_are_done(payload: Any) -> None:
    assert _deleted(payload) == ["a", "b"]


def test_named_failures_stay() -> None:
    assert _deleted({"batchItemFailures": [{"itemIdentifier": "a"}]}) == ["b"]
    both = [{"itemIdentifier": "b"}, {"itemIdentifier": "a"}]
    assert _deleted({"batchItemFailures": both}) == []


@pytest.mark.parametrize(
    "payload",
    [
        b"no json",
        "text",
        [1],
        {"batchItemFailures": 3},
        {"batchItemFailures": ["a"]},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": "stranger"}]},
        {"batchItemFailures": [{"itemIdentifier": ["a"]}]},
    ],
)
def test_an_answer_that_is_no_partial_response_keeps_all(payload: Any) -> None:
    assert _deleted(payload) == []


def test_a_functions_error_keeps_all() -> None:
    assert _deleted({}, "Unhandled") == []


def test_nobody_looks_at_the_answer_of_a_mapping_that_reports_no_failures() -> None:
    answer = Outcome(json.dumps({"batchItemFailures": [{"itemIdentifier": "a"}]}).encode(), None)
    assert done(BATCH, answer, reported=False) == BATCH
    assert done(BATCH, Outcome(b"{}", "Unhandled"), reported=False) == []
