"""The local stack of the end-to-end tests, for the tests that hold it against its OpenAPI document."""

from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import ROOT, backstage, portal, stack

from bbws_local.events import load_document

__all__ = ["DOCUMENT", "ROOT", "backstage", "portal", "stack"]
DOCUMENT = ROOT / "openapi" / "site-management.yaml"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        needs_stack = "stack" in getattr(item, "fixturenames", ())
        if Path(__file__).parent in item.path.parents and needs_stack:
            item.add_marker(pytest.mark.e2e)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    return load_document(DOCUMENT)
