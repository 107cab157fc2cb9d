"""Clones, promotions, backups and restores."""

from collections.abc import Callable
from typing import Any

from click.testing import Result

type Bbws = Callable[..., Result]
type Told = Callable[..., Any]


def test_a_site_is_cloned(bbws: Bbws, told: Told, site: str) -> None:
    command = ("sites", "clone", site, "new-shop", "--name", "New Shop", "--environment", "sit")

    assert bbws(*command, "--wait").exit_code == 0
    (copy,) = told("sites", "list", "--environment", "SIT")["items"]
    assert (copy["siteName"], copy["url"]) == ("New Shop", "https://new-shop.wpsit.bbws.io")


def test_the_plan_of_a_promotion_shows_what_was_checked(bbws: Bbws, site: str) -> None:
    result = bbws("sites", "promote", site, "--to", "SIT", "--validate-only")

    assert result.exit_code == 0
    assert "Nothing was changed. promoteSite would be accepted.\n  1. back_up_source" in (
        result.stdout
    )
    assert "\neffects\nurl  https://corner-shop.wpsit.bbws.io\n" in result.stdout
    assert "sourceHealth           PASS\n" in result.stdout


def test_a_site_goes_to_prod_step_by_step(bbws: Bbws, told: Told, site: str) -> None:
    too_far = bbws("sites", "promote", site, "--to", "prod")
    assert too_far.exit_code == 1
    assert "Code: SITE_006 (HTTP 422)" in too_far.stderr

    in_sit = told("sites", "promote", site, "--to", "SIT", "--wait")["siteId"]
    in_prod = told("sites", "promote", in_sit, "--to", "PROD", "--wait")["siteId"]
    assert told("sites", "get", in_prod)["url"] == "https://corner-shop.wp.bbws.io"


def test_a_backup_is_made_listed_and_restored(bbws: Bbws, told: Told, site: str) -> None:
    assert bbws("sites", "backup", site, "--wait").exit_code == 0
    header, line = bbws("sites", "backups", site).stdout.splitlines()
    assert header.split() == ["backupId", "status", "createdAt", "completedAt", "bytes"]
    backup, status, *_ = line.split()
    assert status == "COMPLETED"

    assert bbws("sites", "update", site, "--title", "Spoiled", "--wait").exit_code == 0
    assert bbws("sites", "restore", site, backup).exit_code == 2
    asked = bbws("sites", "restore", site, backup, typed="n")
    assert asked.exit_code == 1
    assert f"Replace what Corner Shop (DEV, ACTIVE, https://corner-shop.wpdev.bbws.io) holds by {backup}?" in asked.stderr  # fmt: skip
    assert bbws("sites", "restore", site, backup, "--validate-only").exit_code == 0

    assert bbws("sites", "restore", site, backup, "--yes", "--wait").exit_code == 0
    restored = told("operations", "list", "--site", site)["items"][0]
    assert (restored["operationType"], restored["status"]) == ("SITE_RESTORE", "COMPLETED")


def test_a_backup_of_another_site_is_refused_by_field(bbws: Bbws, site: str) -> None:
    refused = bbws("sites", "restore", site, "backup-of-nobody", "--yes")

    assert refused.exit_code == 1
    assert "\n  backupId: " in refused.stderr
