"""POST …/apply-template: repeated, cut off and raced against, it is one application."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from bbws_local.testing import TENANT, Account, Reply
from bbws_shared.operations import Operation

SITE_ID = "site-0190163d-8694-739b-aea5-000000000001"
SITE = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}"
APPLY = f"{SITE}/apply-template"
WANTED = {"templateId": "bistro"}
STEPS = ["back_up_site", "install_theme", "import_content", "install_plugins", "verify_site"]


def _apply(shop: Any, body: Any = None, **more: Any) -> Reply:
    reply: Reply = shop.api.post(more.pop("path", APPLY), body or WANTED, **more)
    return reply


def _nothing_began(shop: Any, variables: dict[str, str]) -> bool:
    queue = shop.account.messages(variables["UPDATE_QUEUE_URL"])
    return not (shop.items("OP#") or shop.items("BACKUP#") or queue)


def test_a_repetition_gets_the_first_answer(
    shop: Any, bistro: Any, account: Account, variables: dict[str, str]
) -> None:
    headers = {"Idempotency-Key": "first"}
    first = _apply(shop, headers=headers)
    again = _apply(shop, headers=headers)
    assert (again.status, again.text) == (202, first.text)
    assert again.headers["idempotent-replayed"] == "true"
    other = _apply(shop, {**WANTED, "confirmReplacement": True}, headers=headers)
    assert (other.status, other.code) == (422, "REQ_001")
    assert len(account.messages(variables["UPDATE_QUEUE_URL"])) == 1
    assert len(shop.items("OP#")) == 1
    new = _apply(shop, headers={"Idempotency-Key": "second"})
    assert (new.status, new.code) == (409, "SITE_007")


def _lose_the_answer(account: Account) -> None:
    """The function died between the transaction and its answer, and its lock has run out."""
    for item in account.items():
        if item["PK"].startswith("IDEMPOTENCY#"):
            account.client("dynamodb").delete_item(
                TableName="sites", Key={"PK": {"S": item["PK"]}, "SK": {"S": item["SK"]}}
            )


def test_a_repetition_after_a_crash_finds_what_it_began(
    shop: Any, bistro: Any, catalogue: Any, account: Account
) -> None:
    headers = {"Idempotency-Key": "first"}
    first = _apply(shop, headers=headers)
    _lose_the_answer(account)
    catalogue.add("bistro", status="ARCHIVED")
    again = _apply(shop, headers=headers)
    assert (again.status, again.text) == (202, first.text)
    assert "idempotent-replayed" not in again.headers
    assert len(shop.items("OP#")) == 1


def test_a_repetition_after_a_crash_finds_what_has_ended_by_then(
    shop: Any, bistro: Any, account: Account
) -> None:
    headers = {"Idempotency-Key": "first"}
    first = _apply(shop, headers=headers).json
    _lose_the_answer(account)
    operation = Operation.from_item(shop.item("OP#"))
    at = operation.created_at
    leased = operation.leased("me", at, at, STEPS)
    account.put(leased.completed("Done", at, {}).to_item())
    shop.store(version=3)
    again = _apply(shop, headers=headers)
    assert (again.status, again.json) == (202, first | {"status": "COMPLETED"})
    assert len(shop.items("OP#")) == 1


def test_an_operation_that_could_not_be_sent_is_left_to_the_reconciler(
    shop: Any, bistro: Any, account: Account
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalError", "Message": "x"}}, "SendMessage")

    account.client("sqs").meta.events.register("before-call.sqs.SendMessage", refuse)
    assert _apply(shop).status == 202
    assert shop.item("OP#")["GSI4PK"].startswith("INFLIGHT#")


def _meanwhile(account: Account, change: Callable[[], object]) -> None:
    """`change` happens between the checks and the transaction."""
    waiting = [change]

    def intervene(**_: Any) -> None:
        if waiting:
            waiting.pop()()

    client = account.client("dynamodb")
    client.meta.events.register_first("before-call.dynamodb.TransactWriteItems", intervene)


def test_of_two_applications_at_once_one_wins(
    shop: Any, bistro: Any, account: Account, variables: dict[str, str]
) -> None:
    _meanwhile(account, lambda: _apply(shop))
    reply = _apply(shop)
    assert (reply.status, reply.code) == (409, "SITE_007")
    operation_id = shop.item("OP#")["operationId"]
    assert reply.json["error"]["details"]["operationId"] == operation_id
    assert len(shop.items("BACKUP#")) == 1
    assert len(account.messages(variables["UPDATE_QUEUE_URL"])) == 1


def test_what_changes_in_the_very_moment_is_not_overwritten(
    shop: Any, bistro: Any, catalogue: Any, account: Account, variables: dict[str, str]
) -> None:
    _meanwhile(account, lambda: catalogue.add("bistro", status="ARCHIVED"))
    assert _apply(shop).code == "TEMP_001"
    catalogue.add("bistro")
    _meanwhile(account, lambda: shop.store(version=7))
    assert _apply(shop).code == "REQ_002"
    assert _nothing_began(shop, variables)
