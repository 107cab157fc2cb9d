"""Templates: the catalogue, previews, and applying one."""

from collections.abc import Callable
from typing import Any

from click.testing import Result

type Bbws = Callable[..., Result]
type Told = Callable[..., Any]


def test_templates_are_listed_by_category(bbws: Bbws) -> None:
    lines = bbws("templates", "list", "--category", "hospitality").stdout.splitlines()

    assert lines[0].split() == ["templateId", "name", "category", "version", "plugins"]
    assert [line.split()[0] for line in lines[1:]] == ["guest-house", "restaurant"]
    assert lines[2].endswith("contact-form-7, the-events-calendar")


def test_a_template_is_shown(bbws: Bbws) -> None:
    result = bbws("templates", "show", "restaurant")

    assert result.exit_code == 0
    assert "Menu, opening hours and table bookings." in result.stdout


def test_the_address_of_a_preview_is_printed_in_one_piece(bbws: Bbws, told: Told) -> None:
    result = bbws("templates", "preview", "restaurant", TTY_COMPATIBLE="1", COLUMNS="60")

    assert result.exit_code == 0
    (line,) = [one for one in result.stdout.splitlines() if "previewUrl" in one]
    assert "signature=" in line
    signature = line.rpartition("signature=")[2]
    assert len(signature) == len(told("templates", "preview", "restaurant")["previewUrl"].rpartition("=")[2])  # fmt: skip


def test_a_template_is_planned_and_applied(bbws: Bbws, told: Told, site: str) -> None:
    planned = bbws("templates", "apply", site, "restaurant", "--validate-only")
    assert planned.exit_code == 0
    assert "applyTemplate would be accepted" in planned.stdout
    assert "the-events-calendar" in planned.stdout
    assert "templateId" not in told("sites", "get", site)

    assert bbws("templates", "apply", site, "restaurant", "--wait").exit_code == 0
    assert told("sites", "get", site)["templateId"] == "restaurant"


def test_content_is_replaced_only_when_that_was_confirmed(
    bbws: Bbws, told: Told, site: str
) -> None:
    assert bbws("templates", "apply", site, "restaurant", "--wait").exit_code == 0
    refused = bbws("templates", "apply", site, "portfolio")
    assert refused.exit_code == 1
    assert "Code: TEMP_004 (HTTP 409)" in refused.stderr
    assert "\n  wouldReplace: " in refused.stderr

    command = ("templates", "apply", site, "portfolio", "--confirm-replacement", "--wait")
    assert bbws(*command).exit_code == 0
    assert told("sites", "get", site)["templateId"] == "portfolio"
