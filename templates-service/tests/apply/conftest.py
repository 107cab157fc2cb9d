from typing import Any

import pytest

CONTENT = {"packageUrl": "https://packages.internal/bistro.json", "sha256": "b" * 64}


@pytest.fixture
def bistro(catalogue: Any) -> Any:
    """A published template with content and a plugin that may be installed."""
    catalogue.add_plugin("contact-form-7")
    return catalogue.add("bistro", content=CONTENT)
