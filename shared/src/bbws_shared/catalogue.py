"""The catalogue's templates and plugins, kept in the warm process for a minute.

The catalogue is the same for every tenant, small (hundreds of entries) and read far more often
than it is changed; held in memory, a filtered list still has full pages. What decides about
safety, such as the blocklist at an installation, is read from the table each time instead.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from bbws_shared.attributes import Item
from bbws_shared.pagination import PageTokens, Scope
from bbws_shared.table import Condition, Table

KEPT_SECONDS: Final = 60.0
WEB_ADDRESS: Final = (
    r"^https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?"
    r"(?:[/?](?:[A-Za-z0-9._~!$&()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$"
)
"""What the address of a package or a picture looks like (RFC 3986, without user and fragment)."""


class Catalogue:
    """The entries of one GSI2 partition, for example all published templates."""

    def __init__(
        self, table: Table, partition: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._table = table
        self._partition = partition
        self._monotonic = monotonic
        self._kept: list[Item] = []
        self._until = float("-inf")

    def entries(self) -> list[Item]:
        """All entries by category and id, at most a minute old."""
        if self._monotonic() >= self._until:
            condition = Condition("GSI2PK = :partition", {":partition": self._partition})
            self._kept = list(self._table.query_all(condition, index="GSI2"))
            self._until = self._monotonic() + KEPT_SECONDS
        return self._kept


def catalogue_page(
    tokens: PageTokens, entries: Sequence[Item], limit: int, token: str | None, scope: Scope
) -> tuple[list[Item], str | None]:
    """At most `limit` of the entries after the token's position, and the next page's token.

    Raises:
        InvalidRequest: when the token does not belong to `scope`, or has expired.
    """
    after = tokens.position(token, scope) if token is not None else ""
    rest = [entry for entry in entries if entry["GSI2SK"] > after]
    page = rest[:limit]
    return page, tokens.make(scope, page[-1]["GSI2SK"]) if len(rest) > limit else None


def shown(entry: Item, fields: Sequence[str]) -> dict[str, Any]:
    """Those of the fields that the entry has."""
    return {name: entry[name] for name in fields if entry.get(name) is not None}
