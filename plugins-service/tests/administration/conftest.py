from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bbws_local.testing import STAFF, Account, Api, Reply

ADMIN = "/v1.0/admin/plugins"
_CONTENT: dict[str, Any] = {
    "name": "Bookings",
    "description": "Tables and rooms, booked online.",
    "author": "Bookings Ltd",
    "category": "forms",
    "pricing": "FREE",
    "vetting": "APPROVED",
    "releases": [
        {
            "version": version,
            "requiresWordPress": "6.1",
            "requiresPhp": "8.0",
            "releasedAt": "2026-01-12T14:05:00.000Z",
            "packageUrl": f"https://packages.internal/bookings.{version}.zip",
            "sha256": "a" * 64,
        }
        for version in ("1.9", "1.10")
    ],
    "conflictsWith": ["other-bookings"],
    "configurableOptions": ["tables"],
}


@dataclass
class Staff:
    """Somebody who administers the catalogue."""

    api: Api
    account: Account

    @property
    def content(self) -> dict[str, Any]:
        """A plugin's entry as it is written."""
        return dict(_CONTENT)

    @property
    def new(self) -> dict[str, Any]:
        """The same with an id."""
        return {"pluginId": "bookings", **_CONTENT}

    def create(self, **fields: Any) -> Reply:
        """Write a new plugin."""
        return self.api.post(ADMIN, self.new | fields, caller=STAFF)

    def put(self, path: str, body: Any = None, **more: Any) -> Reply:
        """PUT."""
        return self.api.put(path, body, caller=STAFF, **more)

    def delete(self, path: str, **more: Any) -> Reply:
        """DELETE."""
        return self.api.delete(path, caller=STAFF, **more)

    def stored(self) -> list[dict[str, Any]]:
        """The plugins in the table."""
        return [item for item in self.account.items() if item["PK"] == "PLUGIN"]

    def meanwhile(self, change: Callable[[], object]) -> None:
        """Somebody else is faster: `change` happens between a request's read and its write."""
        events = self.account.client("dynamodb").meta.events
        writes = [f"before-call.dynamodb.{name}" for name in ("PutItem", "DeleteItem")]

        def intervene(**_: Any) -> None:
            for write in writes:
                events.unregister(write, intervene)
            change()

        for write in writes:
            events.register_first(write, intervene)


@pytest.fixture
def staff(api: Api, account: Account) -> Staff:
    return Staff(api, account)
