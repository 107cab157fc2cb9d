"""A tenant with a site, and all that changes of every kind need to be there before."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from typing import Any, Final, Self

import requests

from bbws_local.specification import PROCESSOR, STAFF, STAFF_ROLE
from bbws_shared.attributes import from_attributes, to_attributes
from e2e.portal import TENANT, Backstage, Json, Portal, eventually

SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PACKAGE: Final = {"packageUrl": "https://packages.bbws.io/made-by-a-test.zip", "sha256": SHA256}
TEMPLATE: Final[Json] = {
    "name": "Made by a test",
    "description": "Nobody applies it.",
    "category": "business",
    "version": "1.0.0",
    "requiresWordPress": "6.1",
    "requiresPhp": "8.0",
    "theme": {"stylesheet": "plain", "name": "Plain", "version": "1.0.0", **PACKAGE},
    "plugins": [],
}
RELEASE: Final[Json] = {
    "version": "1.0.0",
    "requiresWordPress": "6.1",
    "requiresPhp": "8.0",
    "releasedAt": "2026-01-25T08:00:00.000Z",
    **PACKAGE,
}
PLUGIN: Final[Json] = {
    "name": "Made by a test",
    "description": "Nobody installs it.",
    "author": "A test",
    "category": "forms",
    "pricing": "FREE",
    "releases": [RELEASE],
}
_MARK: Final = "made-by-a-test"
_WITHOUT_CONFLICTS: Final = (
    "redirection",
    "easy-digital-downloads",
    "wpforms-lite",
    "gravity-forms",
    "akismet",
    "wordfence",
    "two-factor",
    "limit-login-attempts",
    "autoptimize",
    "beaver-builder",
    "monsterinsights",
    "classic-editor",
)
_OLD: Final = (("yoast-seo", "22.4"), ("woocommerce", "8.6.1"))


class Moment:
    """All that a change can leave a mark on, at one moment.

    Attributes:
        marks: The table, catalogue included, and what has happened in WordPress.
        answers: What is kept for repetitions, by the items' partitions.
    """

    def __init__(self, items: list[Json], effects: list[Json]) -> None:
        kept = {(item["PK"], item["SK"]): item for item in items}
        self.answers = {pk: item for (pk, sk), item in kept.items() if sk == "IDEMPOTENCY"}
        # The trail has refusals too.
        changed = {k: v for k, v in kept.items() if not k[1].startswith(("IDEMPOTENCY", "AUDIT#"))}
        self.marks = (changed, effects)


class Ground:
    """Staff acts in the first tenant, which has an ACTIVE site."""

    def __init__(self, backstage: Backstage) -> None:
        self.backstage = backstage
        stack = backstage.stack
        self.portal = Portal(stack, stack.tokens[STAFF][STAFF_ROLE], TENANT)
        self._numbers = count(1)
        self._plugins = iter(_WITHOUT_CONFLICTS)
        self._old_plugins = iter(_OLD)

    @classmethod
    @contextmanager
    def prepared(cls, backstage: Backstage) -> Iterator[Self]:
        """In a stack in which nothing has happened yet, and that keeps nothing of it."""
        backstage.reset()
        backstage.set_tier("PREMIUM")
        ground = cls(backstage)
        try:
            yield ground
        finally:
            backstage.clear_faults()
            ground.settle()
            ground.withdraw()

    @cached_property
    def site(self) -> str:
        """The path of the site on which most changes are made, one after the other."""
        return self.fresh_site()

    def fresh_site(self) -> str:
        """The path of a new ACTIVE site."""
        site = self.portal.active_site(self.name())
        self.settle()
        return f"{self.portal.sites}/{site['siteId']}"

    def name(self) -> str:
        """A name that nothing has yet."""
        return f"{_MARK}-{next(self._numbers)}"

    def template(self) -> str:
        """The id of a new template."""
        template_id = self.name()
        self.do("POST", "/v1.0/admin/templates", {**TEMPLATE, "templateId": template_id})
        return template_id

    def plugin(self) -> str:
        """The id of a new plugin of the catalogue."""
        plugin_id = self.name()
        self.do("POST", "/v1.0/admin/plugins", {**PLUGIN, "pluginId": plugin_id})
        return plugin_id

    def another_plugin(self) -> str:
        """The id of a plugin that the site could have and does not have."""
        return next(self._plugins)

    def another_old_plugin(self) -> Json:
        """A version that is not the latest, of a plugin that the site does not have."""
        plugin_id, version = next(self._old_plugins)
        return {"pluginId": plugin_id, "version": version}

    def installed(self, **wanted: Any) -> str:
        """The path of a plugin that the site has."""
        body = {"pluginId": self.another_plugin(), **wanted}
        return f"{self.site}/plugins/{self.do('POST', f'{self.site}/plugins', body)['pluginId']}"

    def do(self, method: str, path: str, body: Json | None = None) -> Json:
        """The answer to a change that others build upon, when all that it causes has happened."""
        answer = self.portal.call(method, path, body)
        assert answer.ok, f"{method} {path}: {answer.text}"
        self.settle()
        found: Json = answer.json()
        return found

    def etag(self, path: str) -> str:
        """The present version of a resource."""
        answer: requests.Response = self.portal.call("GET", path)
        return answer.headers["ETag"]

    def settle(self) -> None:
        """Wait until nothing is under way."""
        self.backstage.start(PROCESSOR)
        eventually(lambda: not self._waiting(), seconds=60)

    def now(self) -> "Moment":
        """What there is at this moment."""
        return Moment(self._items(), self.backstage.wordpress.effects(TENANT))

    def put(self, item: Json) -> None:
        """Store an item of the table."""
        self._dynamodb.put_item(TableName="sites", Item=to_attributes(item))

    def withdraw(self) -> None:
        """Take what was made from the catalogue, which is not reset from test to test."""
        for item in self._items():
            if item["PK"] in ("TEMPLATE", "PLUGIN") and _MARK in item["SK"]:
                key = to_attributes({"PK": item["PK"], "SK": item["SK"]})
                self._dynamodb.delete_item(TableName="sites", Key=key)

    def _waiting(self) -> int:
        """How much needs somebody's attention, which is what GSI4 holds."""
        found = self._dynamodb.scan(TableName="sites", IndexName="GSI4", Select="COUNT")
        return int(found["Count"])

    def _items(self) -> list[Json]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName="sites")
        return [from_attributes(item) for page in pages for item in page["Items"]]

    @property
    def _dynamodb(self) -> Any:
        return self.portal.stack.clients.dynamodb
