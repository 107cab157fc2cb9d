"""What a machine may lack for a test."""

import os
from typing import NoReturn

import pytest


def lacks(what: str) -> NoReturn:
    """Skip the test and say why; fail it on CI, where everything is to be had and a merge is decided."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
