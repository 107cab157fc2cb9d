"""`stack.json`: written as a whole, and gone with its stack."""

import json
from pathlib import Path

import pytest

from bbws_local.description import Description
from bbws_local.specification import StackOptions
from bbws_local.stack import LocalStack

TOKENS = {"tenant-123": {"CUSTOMER_ADMIN": "token-1"}}


@pytest.fixture
def waiting(tmp_path: Path) -> LocalStack:
    """A stack that has not been started."""
    return LocalStack(StackOptions(tmp_path, tmp_path, log_to_console=False))


def test_it_is_published_and_withdrawn(waiting: LocalStack, tmp_path: Path) -> None:
    description = Description(waiting, lambda: TOKENS)

    assert description.publish() == TOKENS
    assert json.loads((tmp_path / "stack.json").read_text())["tokens"] == TOKENS
    assert [file.name for file in tmp_path.iterdir()] == ["stack.json"]
    description.withdraw()
    description.withdraw()
    assert list(tmp_path.iterdir()) == []


def test_a_description_that_lies_there_is_replaced_and_closed_to_others(
    waiting: LocalStack, tmp_path: Path
) -> None:
    file = tmp_path / "stack.json"
    file.write_text("old")
    file.chmod(0o644)
    description = Description(waiting, lambda: TOKENS)
    description.publish()

    assert json.loads(file.read_text())["tokens"] == TOKENS
    assert file.stat().st_mode & 0o077 == 0
    description.withdraw()


def test_without_tokens_nothing_is_published(waiting: LocalStack, tmp_path: Path) -> None:
    def refuse() -> dict[str, dict[str, str]]:
        raise ConnectionError("no user pool")

    with pytest.raises(ConnectionError):
        Description(waiting, refuse).publish()
    assert list(tmp_path.iterdir()) == []
