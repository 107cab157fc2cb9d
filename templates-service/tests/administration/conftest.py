from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bbws_local.testing import STAFF, Account, Api, Reply

ADMIN = "/v1.0/admin/templates"
_CONTENT: dict[str, Any] = {
    "name": "Bistro",
    "description": "Menu, opening hours and bookings.",
    "category": "hospitality",
    "version": "1.0.0",
    "thumbnailUrl": "https://templates.bbws.io/bistro.png",
    "requiresWordPress": "6.1",
    "requiresPhp": "8.0",
    "theme": {
        "stylesheet": "bistro",
        "name": "Bistro",
        "version": "2.0.0",
        "packageUrl": "https://packages.internal/bistro.zip",
        "sha256": "a" * 64,
    },
    "content": {"packageUrl": "https://packages.internal/bistro.json", "sha256": "b" * 64},
    "plugins": ["contact-form-7"],
}


@dataclass
class Staff:
    """Somebody who administers the catalogue."""

    api: Api
    account: Account

    @property
    def content(self) -> dict[str, Any]:
        """A template's entry as it is written."""
        return dict(_CONTENT)

    @property
    def new(self) -> dict[str, Any]:
        """The same with an id."""
        return {"templateId": "bistro", **_CONTENT}

    def create(self, **fields: Any) -> Reply:
        """Write a new template."""
        return self.api.post(ADMIN, self.new | fields, caller=STAFF)

    def put(self, path: str, body: Any = None, **more: Any) -> Reply:
        """PUT."""
        return self.api.call("PUT", path, body, caller=STAFF, **more)

    def stored(self) -> list[dict[str, Any]]:
        """The templates in the table."""
        return [item for item in self.account.items() if item["PK"] == "TEMPLATE"]

    def meanwhile(self, change: Callable[[], object]) -> None:
        """Somebody else is faster: `change` happens between a request's read and its write."""
        client, waiting = self.account.client("dynamodb"), [change]

        def intervene(**_: Any) -> None:
            if waiting:
                waiting.pop()()

        for operation in ("UpdateItem", "DeleteItem"):
            client.meta.events.register_first(f"before-call.dynamodb.{operation}", intervene)


@pytest.fixture
def staff(api: Api, account: Account) -> Staff:
    return Staff(api, account)
