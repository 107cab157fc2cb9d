"""The audit trail."""

from collections.abc import Callable
from typing import Any

from click.testing import Result

type Bbws = Callable[..., Result]
type Told = Callable[..., Any]


def test_who_did_what_is_listed_newest_first(bbws: Bbws, told: Told, site: str) -> None:
    bbws("sites", "resume", site)
    entries = told("audit", "--all")["items"]

    assert [(entry["action"], entry["status"]) for entry in entries[:2]] == [
        ("setSiteStatus", 422),
        ("createSite", 202),
    ]
    assert entries[0]["errorCode"] == "SITE_005"
    table = bbws("audit", "--limit", "1")
    header, line = table.stdout.splitlines()
    assert header.split()[:4] == ["at", "actor", "action", "status"]
    assert line.split()[1:4] == ["customer-admin@tenant-123.bbws.example", "setSiteStatus", "422"]
    assert "There are more: --all, or --next-token " in table.stderr


def test_it_is_for_administrators(bbws: Bbws) -> None:
    refused = bbws("audit", "--role", "CUSTOMER_VIEWER")

    assert refused.exit_code == 1
    assert "Code: AUTH_002 (HTTP 403)" in refused.stderr
