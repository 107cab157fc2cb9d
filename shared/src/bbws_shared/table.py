"""The table: one method for each kind of DynamoDB call, in plain Python values.

Every read is a GetItem or a Query; there is no Scan here, and never should be.
"""

import json
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from botocore.exceptions import ClientError

from bbws_shared.attributes import Item, from_attributes, to_attributes
from bbws_shared.keys import Key

_TRIES: Final = 8


class Throttled(Exception):
    """DynamoDB took none of the tries; asking again later helps."""


class ConditionFailed(Exception):
    """A conditional write found the table otherwise than it required."""


@dataclass(frozen=True)
class Write:
    """One write of a transaction, made by `put`, `update`, `delete` or `check`."""

    kind: str
    arguments: dict[str, Any]


class TransactionRefused(ConditionFailed):
    """A transaction wrote nothing, for at least one of its conditions did not hold.

    Attributes:
        found: For each write, in order: None when its condition held, otherwise the item as it
            was found (empty when there was none).
    """

    def __init__(self, found: list[Item | None]) -> None:
        super().__init__("transaction refused")
        self.found = found


@dataclass(frozen=True)
class Condition:
    """A condition expression with its names and values (plain values)."""

    expression: str
    values: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One page of a Query: the items, and the last key when more may follow."""

    items: list[Item]
    last_key: dict[str, str] | None


NOT_EXISTS: Final = Condition("attribute_not_exists(PK)")


def put(item: Item, condition: Condition | None = None) -> Write:
    """Write a whole item."""
    return Write("Put", {"Item": to_attributes(item), **_conditional(condition)})


def delete(key: Key, condition: Condition | None = None) -> Write:
    """Delete an item; nothing happens when there is none."""
    return Write("Delete", {"Key": _key(key), **_conditional(condition)})


def check(key: Key, condition: Condition) -> Write:
    """Write nothing, but require `condition` of the item."""
    return Write("ConditionCheck", {"Key": _key(key), **_conditional(condition)})


def update(key: Key, expression: str, condition: Condition) -> Write:
    """Change an item by an update expression; `condition` carries the values of both."""
    return Write(
        "Update", {"Key": _key(key), "UpdateExpression": expression, **_conditional(condition)}
    )


class Table:
    """The table `name`, reached by `client` (a DynamoDB client of boto3)."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name
        _read_bodies_once(client)

    def get(self, key: Key) -> Item | None:
        """The item, as of all writes before (a strongly consistent GetItem)."""
        answer = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def get_any(self, keys: Iterable[Key]) -> list[Item]:
        """Those of at most 100 items that exist, in no order (one BatchGetItem).

        Raises:
            Throttled: when DynamoDB leaves keys unprocessed again and again.
        """
        wanted: dict[str, Any] = {
            self._name: {"Keys": [_key(key) for key in keys], "ConsistentRead": True}
        }
        items: list[Item] = []
        for attempt in range(_TRIES):
            answer = self._client.batch_get_item(RequestItems=wanted)
            items += map(from_attributes, answer["Responses"].get(self._name, []))
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                return items
            _pause(attempt)
        raise Throttled(f"keys of {self._name} stay unprocessed")

    def query(
        self,
        condition: Condition,
        *,
        index: str | None = None,
        limit: int | None = None,
        start: dict[str, str] | None = None,
        keep: Condition | None = None,
        newest_first: bool = False,
    ) -> Page:
        """One page of a Query, at most `limit` items of those read (`keep` filters after)."""
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition.expression,
            "ScanIndexForward": not newest_first,
        }
        values, names = dict(condition.values), dict(condition.names)
        if keep is not None:
            arguments["FilterExpression"] = keep.expression
            values |= keep.values
            names |= keep.names
        arguments["ExpressionAttributeValues"] = to_attributes(values)
        optional = {
            "IndexName": index,
            "Limit": limit,
            "ExclusiveStartKey": start and to_attributes(start),
            "ExpressionAttributeNames": names,
            # Only the table itself can be read consistently (DynamoDB docs, "Read consistency").
            "ConsistentRead": index is None,
        }
        arguments |= {name: value for name, value in optional.items() if value}
        answer = self._client.query(**arguments)
        last = answer.get("LastEvaluatedKey")
        return Page(list(map(from_attributes, answer["Items"])), last and from_attributes(last))

    def query_all(self, condition: Condition, *, index: str | None = None) -> Iterator[Item]:
        """Every item of a Query, page by page."""
        start = None
        while True:
            page = self.query(condition, index=index, start=start)
            yield from page.items
            if page.last_key is None:
                return
            start = page.last_key

    def write(self, write: Write) -> None:
        """One write. Raises ConditionFailed when its condition does not hold."""
        call = {
            "Put": self._client.put_item,
            "Delete": self._client.delete_item,
            "Update": self._client.update_item,
        }[write.kind]
        try:
            call(TableName=self._name, **write.arguments)
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise ConditionFailed(write.kind) from error

    def transact(self, writes: list[Write]) -> None:
        """All the writes or none (TransactWriteItems).

        Another transaction under way on one of the items is waited for; botocore does not repeat
        a cancelled transaction by itself.

        Raises:
            TransactionRefused: when a condition does not hold; nothing was written then.
        """
        items = [{w.kind: {"TableName": self._name, **w.arguments}} for w in writes]
        for attempt in range(_TRIES):
            try:
                self._client.transact_write_items(TransactItems=items)
            except self._client.exceptions.TransactionCanceledException as error:
                if not _is_conflict_only(error) or attempt == _TRIES - 1:
                    _refuse(error)
                _pause(attempt)
            else:
                return


def _pause(attempt: int) -> None:
    # "Full jitter": AWS Architecture Blog, "Exponential Backoff And Jitter".
    time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311


def _is_conflict_only(error: ClientError) -> bool:
    codes = {reason["Code"] for reason in _reasons(error)} - {"None"}
    return codes == {"TransactionConflict"}


def _refuse(error: ClientError) -> NoReturn:
    reasons = _reasons(error)
    if not any(reason["Code"] == "ConditionalCheckFailed" for reason in reasons):
        raise error
    raise TransactionRefused(
        [
            (
                from_attributes(reason.get("Item", {}))
                if reason["Code"] == "ConditionalCheckFailed"
                else None
            )
            for reason in reasons
        ]
    ) from error


def _reasons(error: ClientError) -> list[dict[str, Any]]:
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return reasons


def _key(key: Key) -> dict[str, Any]:
    return {"PK": {"S": key.pk}, "SK": {"S": key.sk}}


def _conditional(condition: Condition | None) -> dict[str, Any]:
    if condition is None:
        return {}
    arguments: dict[str, Any] = {
        "ConditionExpression": condition.expression,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if condition.values:
        arguments["ExpressionAttributeValues"] = to_attributes(condition.values)
    if condition.names:
        arguments["ExpressionAttributeNames"] = condition.names
    return arguments


def _read_bodies_once(client: Any) -> None:
    """Hand DynamoDB's JSON through as it is.

    botocore walks every attribute of every item through the service model, which is most of the
    time of a list; the answer's JSON already has the form that `from_attributes` reads. The event
    and its arguments are botocore's `before-parse`.
    """
    for operation in ("GetItem", "BatchGetItem", "Query"):
        client.meta.events.register(
            f"before-parse.dynamodb.{operation}", _pass_through, unique_id=f"bbws-{operation}"
        )


def _pass_through(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    if response_dict["status_code"] == 200:
        customized_response_dict.update(json.loads(response_dict["body"]))
        response_dict["body"] = b"{}"
