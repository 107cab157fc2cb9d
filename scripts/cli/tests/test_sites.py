"""Sites: create, show, change, delete."""

import json
from collections.abc import Callable
from typing import Any

from click.testing import Result
from e2e.portal import Backstage, Portal

from bbws_local.stack import LocalStack

type Bbws = Callable[..., Result]
type Told = Callable[..., Any]


def test_a_site_is_created_waited_for_and_listed(bbws: Bbws) -> None:
    created = bbws("sites", "create", "my-shop", "--name", "My Shop", "--wait")

    assert created.exit_code == 0
    assert "SITE_CREATION" in created.stdout
    assert "verify_site" in created.stdout
    assert created.stderr.endswith("100 %  The site is ready at https://my-shop.wpdev.bbws.io\n")
    header, line = bbws("sites", "list").stdout.splitlines()
    assert header.split() == ["siteId", "siteName", "environment", "status", "url"]
    assert line.split()[1:] == ["My", "Shop", "DEV", "ACTIVE", "https://my-shop.wpdev.bbws.io"]


def test_json_is_exactly_the_answer_of_the_api(told: Told, site: str, stack: LocalStack) -> None:
    portal = Portal.of(stack)

    assert told("sites", "get", site) == portal.site(site)
    assert told("sites", "list") == portal.get(portal.sites)


def test_a_change_that_is_not_waited_for_says_how_to_follow_it(bbws: Bbws) -> None:
    result = bbws("sites", "create", "my-shop", "--name", "My Shop")

    assert result.exit_code == 0
    assert "PROVISIONING" in result.stdout
    command = result.stderr.removeprefix("Follow it: bbws ").split()
    assert bbws(*command).exit_code == 0


def test_the_settings_of_a_new_site_reach_wordpress(bbws: Bbws, backstage: Backstage) -> None:
    arguments = ["--title", "Fish", "--tagline", "Fresh", "--timezone", "Africa/Johannesburg"]
    arguments += ["--language", "en_ZA", "--admin-email", "fish@example.com"]
    result = bbws("sites", "create", "fish", "--name", "Fish", *arguments, "--wait", "-o", "json")

    assert result.exit_code == 0
    (site,) = [s for s in backstage.wordpress_sites() if s["url"].startswith("https://fish.")]
    assert site["title"] == "Fish"
    shown = json.loads(
        bbws("sites", "get", json.loads(result.stdout)["siteId"], "-o", "json").stdout
    )
    assert shown["configuration"] == {
        "title": "Fish",
        "tagline": "Fresh",
        "timezone": "Africa/Johannesburg",
        "language": "en_ZA",
        "adminEmail": "fish@example.com",
    }


def test_the_same_key_creates_one_site(bbws: Bbws, told: Told) -> None:
    command = ("sites", "create", "once", "--name", "Once", "--idempotency-key", "order-4711")
    first, again = bbws(*command), bbws(*command)

    assert again.exit_code == 0
    assert again.stdout == first.stdout
    assert "An earlier try with the same --idempotency-key did this" in again.stderr
    assert told("sites", "list")["count"] == 1


def test_a_refusal_that_is_repeated_for_its_key_says_so(bbws: Bbws, site: str) -> None:
    command = ("sites", "create", "corner-shop", "--name", "Corner Shop")
    first, again = (bbws(*command, "--idempotency-key", "order-4711") for _ in range(2))

    told = "\n  An earlier try with the same --idempotency-key got this answer.\n"
    assert (first.exit_code, again.exit_code) == (1, 1)
    assert told not in first.stderr
    assert again.stderr.replace(told, "\n") == first.stderr
    assert told in again.stderr


def test_without_a_key_each_run_is_a_new_wish(bbws: Bbws, site: str) -> None:
    refused = bbws("sites", "create", "corner-shop", "--name", "Corner Shop")

    assert refused.exit_code == 1
    assert refused.stdout == ""
    error, *lines = refused.stderr.splitlines()
    assert error == "Error: Subdomain 'corner-shop' is already taken."
    assert lines[:3] == [
        "  Code: SITE_003 (HTTP 409)",
        "  subdomain: corner-shop",
        "  Try: Choose another subdomain.",
    ]
    assert lines[3].startswith("  Request: ")


def test_every_bad_field_is_named(bbws: Bbws) -> None:
    refused = bbws("sites", "create", "x", "--name", "", "--title", "")

    assert refused.exit_code == 1
    for field in ("siteName", "subdomain", "configuration.title"):
        assert f"\n  {field}: " in refused.stderr
    assert "\n  Code: SITE_001 (HTTP 400)\n" in refused.stderr


def test_validate_only_shows_the_plan_and_creates_nothing(bbws: Bbws, told: Told) -> None:
    result = bbws("sites", "create", "my-shop", "--name", "My Shop", "--validate-only", "--wait")

    assert result.exit_code == 0
    assert result.stdout.startswith("Nothing was changed. createSite would be accepted.\n  1. ")
    assert "https://my-shop.wpdev.bbws.io" in result.stdout
    assert bbws("sites", "list").stderr == "None.\n"


def test_name_and_settings_of_a_site_are_changed(bbws: Bbws, told: Told, site: str) -> None:
    command = ("sites", "update", site, "--name", "The Shop", "--tagline", "Fresh", "--wait")

    assert bbws(*command).exit_code == 0
    shown = told("sites", "get", site)
    assert (shown["siteName"], shown["configuration"]["tagline"]) == ("The Shop", "Fresh")


def test_an_update_of_nothing_is_wrong_usage(bbws: Bbws, site: str) -> None:
    result = bbws("sites", "update", site)

    assert result.exit_code == 2
    assert "What is to be changed? Give --name, --title, …" in result.stderr


def test_a_site_is_suspended_and_resumed(bbws: Bbws, told: Told, site: str) -> None:
    assert bbws("sites", "suspend", site, "--reason", "Unpaid invoice", "--wait").exit_code == 0
    suspended = told("sites", "get", site)
    assert (suspended["status"], suspended["statusReason"]) == ("SUSPENDED", "Unpaid invoice")

    assert bbws("sites", "resume", site, "--wait").exit_code == 0
    assert told("sites", "get", site)["status"] == "ACTIVE"

    refused = bbws("sites", "resume", site)
    assert refused.exit_code == 1
    assert "Code: SITE_005 (HTTP 422)" in refused.stderr


def test_health_is_a_table_of_checks(bbws: Bbws, site: str) -> None:
    result = bbws("sites", "health", site)

    assert result.exit_code == 0
    assert "HEALTHY" in result.stdout
    assert "\nchecks\nname         status\n" in result.stdout
    assert "database     PASS\n" in result.stdout


def test_lists_are_filtered_and_paged(bbws: Bbws, told: Told, site: str) -> None:
    for name in ("second", "third"):
        assert bbws("sites", "create", name, "--name", name, "--wait").exit_code == 0

    first = bbws("sites", "list", "--limit", "2")
    assert len(first.stdout.splitlines()) == 3
    token = first.stderr.strip().rpartition(" ")[2]
    rest = told("sites", "list", "--limit", "2", "--next-token", token)
    assert rest["count"] == 1

    everything = told("sites", "list", "--limit", "1", "--all")
    assert everything["count"] == len(everything["items"]) == 3
    assert "nextToken" not in everything
    assert "next" not in everything["_links"]
    assert told("sites", "list", "--environment", "sit")["items"] == []
    assert told("sites", "list", "--status", "active")["count"] == 3


def test_what_is_not_there_is_said(bbws: Bbws) -> None:
    refused = bbws("sites", "get", "site-of-nobody")

    assert refused.exit_code == 1
    assert "Code: SITE_002 (HTTP 404)" in refused.stderr


def test_an_id_that_is_part_of_no_path_is_wrong_usage(bbws: Bbws) -> None:
    for bad in ("..", "a/b", "a?b", ""):
        result = bbws("sites", "get", bad)
        assert result.exit_code == 2
        assert "is not an id." in result.stderr


def test_nothing_is_deleted_where_nobody_can_be_asked(bbws: Bbws, told: Told, site: str) -> None:
    result = bbws("sites", "delete", site)

    assert result.exit_code == 2
    assert "Nobody can be asked here; add --yes if you are sure." in result.stderr
    assert told("sites", "get", site)["status"] == "ACTIVE"


def test_a_deletion_is_asked_for_on_a_terminal(bbws: Bbws, told: Told, site: str) -> None:
    refused = bbws("sites", "delete", site, typed="n")
    assert refused.exit_code == 1
    question = "Delete Corner Shop (DEV, ACTIVE, https://corner-shop.wpdev.bbws.io)? [y/N]: "
    assert question in refused.stderr
    assert "Aborted!" in refused.stderr
    assert told("sites", "get", site)["status"] == "ACTIVE"

    assert bbws("sites", "delete", site, "--wait", typed="y").exit_code == 0
    assert bbws("sites", "list").stderr == "None.\n"


def test_what_changed_while_the_person_was_asked_is_not_deleted(
    bbws: Bbws, told: Told, site: str
) -> None:
    def somebody_else() -> None:
        assert bbws("sites", "update", site, "--name", "Sold", "--wait").exit_code == 0

    refused = bbws("sites", "delete", site, typed="y", meanwhile=somebody_else)

    assert refused.exit_code == 1
    assert "Code: REQ_002 (HTTP 412)" in refused.stderr
    assert told("sites", "get", site)["status"] == "ACTIVE"


def test_a_deletion_with_yes_or_of_nothing_asks_nobody(bbws: Bbws, site: str) -> None:
    assert bbws("sites", "delete", site, "--validate-only").exit_code == 0
    assert bbws("sites", "delete", site, "--yes", "--wait").exit_code == 0
    assert bbws("sites", "list").stderr == "None.\n"


def test_force_is_for_the_platform_team(bbws: Bbws, site: str) -> None:
    command = ("sites", "delete", site, "--force", "--yes", "--wait")
    refused = bbws(*command)

    assert refused.exit_code == 1
    assert "Code: AUTH_002 (HTTP 403)" in refused.stderr
    assert bbws("--role", "super-admin", *command).exit_code == 0
