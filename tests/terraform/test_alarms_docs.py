"""docs/operations.md: each alarm has its section and the reverse, in the order of the runbook's troubleshooting."""

import re
from pathlib import Path
from typing import Final

import pytest

from terraform.ops_cases import CASES

PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
TROUBLES: Final = (
    "Terraform lock timeout",
    "Lambda deployment fails",
    "API Gateway 502 Bad Gateway",
    "Site creation stuck in PROVISIONING",
    "WordPress API connection failures",
    "Plugin installation fails with security error",
)
"""The headings of the runbook's section 10."""
SECTIONS: Final = dict(
    re.findall(r"^### (bbws-wp-\S+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
)


def test_each_alarm_has_its_section_and_the_reverse() -> None:
    assert sorted(SECTIONS) == sorted(f"bbws-wp-{case.alarm}" for case in CASES)


@pytest.mark.parametrize("alarm", sorted(SECTIONS))
def test_a_section_says_what_it_means_and_what_to_do(alarm: str) -> None:
    assert "*Means.*" in SECTIONS[alarm]
    assert re.search(r"\*Do[.,]", SECTIONS[alarm])


def test_the_troubles_stand_in_the_order_of_the_runbook() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert tuple(headings[: len(TROUBLES)]) == TROUBLES


def test_the_table_names_every_alarm_and_those_that_roll_back() -> None:
    rows = re.findall(r"^\| \[`(\S+)`\]\(#bbws-wp-(\S+)\) \| .+ \| (.+) \|$", PAGE, re.MULTILINE)
    assert all(name == anchor for name, anchor, _ in rows)
    assert sorted(name for name, _, _ in rows) == sorted(case.alarm for case in CASES)
    rolling_back = {name for name, _, what in rows if "rolls back" in what}
    assert rolling_back == {
        case.alarm for case in CASES if case.runbook.endswith("Trigger rollback")
    }


def test_links_within_the_page_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors
