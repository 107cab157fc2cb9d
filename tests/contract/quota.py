"""Keeps a tenant's quota from filling up."""

import contextlib
import threading
from collections.abc import Iterator

from e2e.portal import TENANT

from bbws_local.stack import LocalStack
from bbws_shared import keys
from bbws_shared.attributes import to_attributes


@contextlib.contextmanager
def endless_quota(stack: LocalStack, tenant: str = TENANT) -> Iterator[None]:
    """Within it the tenant's sites are counted from 20 again every second, of 50."""
    ended = threading.Event()
    pk, sk = keys.quota(tenant)
    item = {"PK": pk, "SK": sk, "tier": "PREMIUM", "currentSites": 20}

    def recount() -> None:
        while not ended.wait(1):
            stack.clients.dynamodb.put_item(TableName="sites", Item=to_attributes(item))

    thread = threading.Thread(target=recount, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
