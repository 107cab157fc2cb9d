"""A page token is good for the list and the filters it comes from, and for nothing else."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import pytest
import requests

from bbws_local.events import load_document
from bbws_local.stack import LocalStack
from e2e.conftest import ROOT
from e2e.portal import OTHER_TENANT, Backstage, Portal

PAGED: Final = ("limit", "nextToken")
DOCUMENT: Final[dict[str, Any]] = load_document(ROOT / "openapi" / "site-management.yaml")
FILTERS: Final = {
    "listSites": {"status": "ACTIVE", "environment": "DEV"},
    "listOperations": {"status": "COMPLETED", "siteId": "{siteId}"},
    "listTemplates": {"category": "business"},
    "listPlugins": {"category": "seo", "pricing": "FREE", "search": "a"},
}
"""A value of each filter that lists have; a new one without a value fails."""


def _filters(content: dict[str, Any]) -> Iterator[str]:
    for reference in content.get("parameters", []):
        parameter = reference
        if "$ref" in reference:
            parameter = DOCUMENT["components"]["parameters"][reference["$ref"].rsplit("/", 1)[1]]
        if parameter["in"] == "query":
            yield parameter["name"]


LISTS: Final = {
    methods["get"]["operationId"]: (path, list(_filters(methods["get"])))
    for path, methods in DOCUMENT["paths"].items()
    if "get" in methods and "nextToken" in _filters(methods["get"])
}
"""The path of each list of the document, and the names of its query."""


class Reader:
    """Reads the lists of a tenant, each of which has at least two entries."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        first, second = (portal.create(f"{portal.tenant}-{number}") for number in range(2))
        for created in (first, second):
            portal.wait_for(created["operationId"])
        self._parameters = {"tenantId": portal.tenant, "siteId": first["siteId"]}
        site = f"{portal.sites}/{first['siteId']}"
        for plugin in ("akismet", "redirection"):
            self._do(f"{site}/plugins", {"pluginId": plugin})
        for _ in range(2):
            portal.wait_for(self._do(f"{site}/backups")["operationId"])

    def ask(self, operation: str, token: str | None = None, **query: str) -> requests.Response:
        """A page with one entry."""
        path, _ = LISTS[operation]
        given = {"limit": "1", **query, **({} if token is None else {"nextToken": token})}
        return self._portal.call("GET", f"{path.format_map(self._parameters)}?{urlencode(given)}")

    def token(self, operation: str, **query: str) -> str:
        """The token of the second page of a list."""
        found: str = self.ask(operation, **query).json()["nextToken"]
        return found

    def filters(self, operation: str) -> dict[str, str]:
        """A value for each filter of a list."""
        names = [name for name in LISTS[operation][1] if name not in PAGED]
        return {n: FILTERS[operation][n].format_map(self._parameters) for n in names}

    def _do(self, path: str, body: Any = None) -> Any:
        answer = self._portal.call("POST", path, body)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def reader(stack: LocalStack) -> Reader:
    backstage = Backstage(stack)
    backstage.reset()
    backstage.set_tier("PREMIUM")
    return Reader(Portal.of(stack))


@pytest.fixture(scope="module")
def stranger(stack: LocalStack, reader: Reader) -> Reader:
    """Somebody of another tenant, with lists of the same length."""
    Backstage(stack).set_tier("PREMIUM", OTHER_TENANT)
    return Reader(Portal.of(stack, OTHER_TENANT))


def _expect_refusal(answer: requests.Response) -> None:
    assert answer.status_code == 400, answer.url
    errors = answer.json()["error"]["details"]["errors"]
    assert [error["field"] for error in errors] == ["nextToken"], answer.url


@pytest.mark.parametrize("operation", LISTS)
def test_a_token_that_was_altered_is_refused(reader: Reader, operation: str) -> None:
    token = reader.token(operation)
    other = {place: "B" if token[place] == "A" else "A" for place in range(0, len(token), 7)}
    altered = [token[:place] + sign + token[place + 1 :] for place, sign in other.items()]
    for wrong in ("", token[:-1], token + "A", token + "=", token.swapcase(), "é", *altered):
        _expect_refusal(reader.ask(operation, wrong))
    assert reader.ask(operation, token).status_code == 200


@pytest.mark.parametrize("operation", LISTS)
def test_a_token_of_another_list_or_filter_is_refused(reader: Reader, operation: str) -> None:
    for other in LISTS.keys() - {operation}:
        _expect_refusal(reader.ask(operation, reader.token(other)))
    token = reader.token(operation)
    for name, value in reader.filters(operation).items():
        _expect_refusal(reader.ask(operation, token, **{name: value}))
        _expect_refusal(reader.ask(operation, reader.token(operation, **{name: value})))


@pytest.mark.parametrize("operation", [name for name, (path, _) in LISTS.items() if "{" in path])
def test_a_token_of_another_tenant_is_refused(
    reader: Reader, stranger: Reader, operation: str
) -> None:
    _expect_refusal(reader.ask(operation, stranger.token(operation)))
    _expect_refusal(stranger.ask(operation, reader.token(operation)))
