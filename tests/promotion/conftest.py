"""Three empty accounts with what stands around the functions, and a runner that plays workflows on them."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from promotion.accounts import EmulatedAccount, emulated_accounts
from promotion.player import Player


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, EmulatedAccount]]:
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_"))]:
        monkeypatch.delenv(name)
    with emulated_accounts("dev", "sit", "prod") as made:
        for account in made.values():
            account.surround()
        yield made


@pytest.fixture
def player(accounts: Mapping[str, EmulatedAccount], tmp_path: Path) -> Player:
    return Player(tmp_path, accounts)
