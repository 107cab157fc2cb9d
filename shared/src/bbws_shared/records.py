"""How versioned things are stored: each write is conditional on the version it came from."""

from bbws_shared.operations import Operation
from bbws_shared.sites import Site
from bbws_shared.table import NOT_EXISTS, Condition, Write, put


def insert(record: Site | Operation) -> Write:
    """Store a new record; refused when one with its key exists."""
    return put(record.to_item(), NOT_EXISTS)


def replace(record: Site | Operation) -> Write:
    """Store the next version of a record; refused when somebody else changed it meanwhile."""
    return put(record.to_item(), Condition("version = :version", {":version": record.version - 1}))
