"""Idempotency-Key: the first answer, once more; never the first effect."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bbws_local.testing import Account, LambdaContext, Reply, claims
from bbws_shared.api import App
from bbws_shared.errors import (
    NotAuthenticated,
    NotAuthorized,
    OperationInFlight,
    PreconditionFailed,
    QuotaExceeded,
    ServiceError,
    WordPressFailed,
)
from bbws_shared.http import Request, RequestModel, answer
from bbws_shared.idempotency import RETENTION_SECONDS, Idempotency
from bbws_shared.observability import Observability
from bbws_shared.table import Table


class _Wish(RequestModel):
    name: str


class _Killed(BaseException):
    """The Lambda service ends a process without asking it."""


class _Busy(ServiceError):
    code = "REQ_004"
    status = 429


class Shop:
    """An app whose POST has an effect each time that it is carried out."""

    def __init__(self, watched: Observability, account: Account) -> None:
        self.effects: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.app = App("test-service", watched, lambda: self._idempotency(account))
        self.asked = 0
        for method in ("POST", "PUT", "DELETE", "GET"):
            self.app.route(method, "/wishes")(self._wish)
        self.app.route("POST", "/others")(self._wish)

    def _idempotency(self, account: Account) -> Idempotency:
        self.asked += 1
        return Idempotency(account.client("dynamodb"), "sites")

    def _wish(self, request: Request) -> dict[str, Any]:
        name = request.parse_body(_Wish).name
        self.effects.append(name)
        self.meanwhile()
        made = {"name": name, "number": len(self.effects)}
        return answer(201, made, {"Location": "/wishes/1", "Retry-After": "5"})


@pytest.fixture
def shop(watched: Observability, account: Account, table: Table) -> Shop:
    return Shop(watched, account)


@pytest.fixture
def ask(send: Any, shop: Shop) -> Callable[..., Reply]:
    def call(
        name: str = "tea",
        *,
        method: str = "POST",
        path: str = "/wishes",
        key: str = "k1",
        **more: Any,
    ) -> Reply:
        reply: Reply = send(
            shop.app, method, path, {"name": name}, headers={"Idempotency-Key": key}, **more
        )
        return reply

    return call


def _raise(error: BaseException) -> Callable[[], object]:
    def meanwhile() -> object:
        raise error

    return meanwhile


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_repetition_gets_the_first_answer_and_has_no_effect(
    ask: Any, shop: Shop, method: str
) -> None:
    first, second = ask(method=method), ask(method=method)
    assert (first.status, first.json) == (201, {"name": "tea", "number": 1})
    assert "idempotent-replayed" not in first.headers
    assert (second.status, second.text) == (first.status, first.text)
    assert second.headers["location"] == "/wishes/1"
    assert second.headers["idempotent-replayed"] == "true"
    assert shop.effects == ["tea"]


def test_a_repetition_has_ids_of_its_own(ask: Any) -> None:
    first, second = ask(request_id="r1"), ask(request_id="r2")
    assert (first.headers["x-request-id"], second.headers["x-request-id"]) == ("r1", "r2")
    assert first.headers["x-correlation-id"] != second.headers["x-correlation-id"]


def test_without_a_key_nothing_is_stored_and_nobody_asks_for_the_store(
    send: Any, shop: Shop, account: Account
) -> None:
    for _ in range(2):
        send(shop.app, "POST", "/wishes", {"name": "tea"})
    assert shop.effects == ["tea", "tea"]
    assert account.calls == []
    assert shop.asked == 0


def test_a_read_is_never_stored(ask: Any, shop: Shop) -> None:
    assert [ask(method="GET").status for _ in range(2)] == [201, 201]
    assert (len(shop.effects), shop.asked) == (2, 0)


def test_the_first_answer_is_kept_for_a_day(ask: Any, account: Account) -> None:
    before = datetime.now(UTC).timestamp()
    ask()
    (record,) = account.items()
    assert record["PK"].startswith("IDEMPOTENCY#")
    assert record["SK"] == "IDEMPOTENCY"
    assert 0 <= record["expiresAt"] - int(before) - RETENTION_SECONDS <= 60


def test_the_key_itself_is_not_stored(ask: Any, account: Account) -> None:
    ask(key="secret-key")
    assert "secret-key" not in str(account.items())


def test_another_caller_route_method_or_key_is_another_request(ask: Any, shop: Shop) -> None:
    ask()
    others = [
        ask(caller=claims("CUSTOMER_ADMIN", subject="user-2")),
        ask(path="/others"),
        ask(method="PUT"),
        ask(key="k2"),
    ]
    assert [reply.status for reply in others] == [201] * 4
    assert len(shop.effects) == 5


def test_a_key_with_another_body_or_query_is_refused(ask: Any, shop: Shop) -> None:
    ask("tea", path="/wishes?validateOnly=false")
    reply = ask("coffee", path="/wishes?validateOnly=false")
    assert (reply.status, reply.code) == (422, "REQ_001")
    assert shop.effects == ["tea"]
    assert ask("tea", path="/wishes?validateOnly=false").status == 201
    assert ask("tea").code == "REQ_001", "the query is asked for, too"


def test_a_repetition_while_the_first_runs_is_told_to_wait(ask: Any, shop: Shop) -> None:
    meanwhile: list[Reply] = []
    shop.meanwhile = lambda: meanwhile.append(ask())
    assert ask().status == 201
    (second,) = meanwhile
    assert (second.status, second.code) == (409, "REQ_001")
    assert second.headers["retry-after"] == "2"
    assert shop.effects == ["tea"]


def test_a_request_whose_process_was_killed_can_be_repeated_when_its_time_is_over(
    ask: Any, shop: Shop
) -> None:
    shop.meanwhile = _raise(_Killed())
    with pytest.raises(_Killed):
        ask(context=LambdaContext(remaining_milliseconds=-1000))
    shop.meanwhile = lambda: None
    assert ask().status == 201
    assert shop.effects == ["tea", "tea"]


def test_a_request_whose_process_was_killed_holds_its_key_until_then(ask: Any, shop: Shop) -> None:
    shop.meanwhile = _raise(_Killed())
    with pytest.raises(_Killed):
        ask()
    assert ask().code == "REQ_001"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("bug"), 500),
        (WordPressFailed("no"), 502),
        (NotAuthenticated("no"), 401),
        (NotAuthorized("no"), 403),
        (_Busy("later"), 429),
        (PreconditionFailed("no"), 412),
        (OperationInFlight("site-1", "op-1"), 409),
    ],
    ids=["500", "502", "401", "403", "429", "412", "409 with Retry-After"],
)
def test_an_answer_that_may_change_is_not_stored(
    ask: Any, shop: Shop, account: Account, error: Exception, status: int
) -> None:
    shop.meanwhile = _raise(error)
    assert ask().status == status
    assert account.items() == []
    shop.meanwhile = lambda: None
    again = ask()
    assert again.status == 201
    assert "idempotent-replayed" not in again.headers


def test_without_a_caller_a_key_is_401_and_nothing_is_stored(ask: Any, account: Account) -> None:
    reply = ask(anonymous=True)
    assert (reply.status, reply.code) == (401, "AUTH_001")
    assert account.items() == []


def test_a_refusal_of_the_domain_is_an_answer_that_stays(ask: Any, shop: Shop) -> None:
    shop.meanwhile = _raise(QuotaExceeded(5, 5, "BASIC"))
    first = ask()
    shop.meanwhile = lambda: None
    second = ask()
    assert (first.status, first.code) == (422, "SITE_004")
    assert (second.status, second.text) == (422, first.text)
    assert second.headers["idempotent-replayed"] == "true"


def test_an_invalid_body_is_refused_again_in_the_same_words(send: Any, shop: Shop) -> None:
    replies = [
        send(shop.app, "POST", "/wishes", raw=b"{", headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert [(reply.status, reply.code) for reply in replies] == [(400, "SITE_001")] * 2


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "é", "tab\t"])
def test_a_malformed_key_is_told_as_a_field(ask: Any, shop: Shop, key: str) -> None:
    reply = ask(key=key)
    assert (reply.status, reply.code) == (400, "SITE_001")
    assert reply.json["error"]["details"]["errors"][0]["field"] == "Idempotency-Key"
    assert shop.effects == []
    assert ask(key="x" * 255).status == 201


def test_when_the_store_is_out_of_reach_nothing_is_done(
    ask: Any, shop: Shop, account: Account
) -> None:
    account.client("dynamodb").delete_table(TableName="sites")
    reply = ask()
    assert (reply.status, reply.code) == (500, "SYS_001")
    assert shop.effects == []
