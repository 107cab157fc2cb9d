"""How many sites use a template: a counter on its entry, moved in the transaction that moves a site.

An entry with a counter above zero cannot be deleted. An entry that is gone is passed over; its
update would bring back a template of nothing but a number.
"""

from typing import Final

from bbws_shared import keys
from bbws_shared.table import Condition, Table, Write, update

_UNUSED: Final = 0


def moved_use(table: Table, before: str | None, after: str | None) -> list[Write]:
    """The writes that make a site a user of the template `after` and no more of `before`."""
    if before == after:
        return []
    return [*_stopped(table, before), *_begun(table, after)]


def _begun(table: Table, template_id: str | None) -> list[Write]:
    if _uses(table, template_id) is None or template_id is None:
        return []
    expression = "SET usedBy = if_not_exists(usedBy, :unused) + :one"
    return [
        update(
            keys.template(template_id),
            expression,
            Condition("attribute_exists(PK)", {":unused": _UNUSED, ":one": 1}),
        )
    ]


def _stopped(table: Table, template_id: str | None) -> list[Write]:
    """No write where nobody is counted: the entry may have been deleted and written anew."""
    if not _uses(table, template_id) or template_id is None:
        return []
    return [
        update(
            keys.template(template_id),
            "SET usedBy = usedBy - :one",
            Condition("usedBy >= :one", {":one": 1}),
        )
    ]


def _uses(table: Table, template_id: str | None) -> int | None:
    """How many sites use a template; None when there is no such template."""
    if template_id is None:
        return None
    item = table.get(keys.template(template_id))
    return None if item is None else int(item.get("usedBy", _UNUSED))
