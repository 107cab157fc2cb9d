"""Plugins: the catalogue, and those of a site."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from bbws_local.serving import json_response

type Bbws = Callable[..., Result]
type Told = Callable[..., Any]


def test_the_catalogue_is_searched(bbws: Bbws, told: Told) -> None:
    found = told("plugins", "list", "--category", "seo", "--pricing", "free", "--search", "yoast")
    assert [plugin["pluginId"] for plugin in found["items"]] == ["yoast-seo"]

    listed = bbws("plugins", "list", "--all")
    assert listed.exit_code == 0
    assert len(listed.stdout.splitlines()) > 20
    assert listed.stderr == ""


def test_a_plugin_is_shown_with_its_releases(bbws: Bbws) -> None:
    result = bbws("plugins", "show", "yoast-seo")

    assert result.exit_code == 0
    assert "conflictsWith        rank-math\n" in result.stdout
    assert "\nreleases\nversion  requiresWordPress  requiresPhp" in result.stdout


def test_a_plugin_is_planned_installed_and_listed(bbws: Bbws, site: str) -> None:
    planned = bbws("plugins", "install", site, "yoast-seo", "--validate-only")
    assert planned.exit_code == 0
    assert "Nothing was changed." in planned.stdout
    assert bbws("plugins", "installed", site).stderr == "None.\n"

    command = ("plugins", "install", site, "yoast-seo", "--version", "22.4", "--no-activate")
    installed = bbws(*command, "--configuration", '{"separator": "|"}')
    assert installed.exit_code == 0
    assert "configuration.separator  |\n" in installed.stdout
    header, line = bbws("plugins", "installed", site).stdout.splitlines()
    told = dict(zip(header.split(), line.split(), strict=True))
    assert told == {
        "pluginId": "yoast-seo",
        "version": "22.4",
        "isActive": "no",
        "hasUpdate": "yes",
        "latestVersion": "22.5",
        "isVulnerable": "no",
    }


def test_a_refusal_names_each_failed_check(bbws: Bbws, site: str) -> None:
    refused = bbws("plugins", "install", site, "file-commander")

    assert refused.exit_code == 1
    assert "Error: Plugin 'file-commander' is on the blocklist." in refused.stderr
    assert "\n  Code: PLUG_002 (HTTP 422)\n" in refused.stderr
    assert "Lets visitors run code on the server" in refused.stderr


def test_a_plugin_is_enabled_and_disabled(bbws: Bbws, told: Told, site: str) -> None:
    told("plugins", "install", site, "yoast-seo")

    assert told("plugins", "disable", site, "yoast-seo")["isActive"] is False
    assert told("plugins", "enable", site, "yoast-seo")["isActive"] is True
    assert bbws("plugins", "disable", site, "yoast-seo", "--validate-only").exit_code == 0
    assert told("plugins", "installed", site)["items"][0]["isActive"] is True


def test_options_are_set(bbws: Bbws, told: Told, site: str) -> None:
    told("plugins", "install", site, "yoast-seo")
    changed = told("plugins", "configure", site, "yoast-seo", '{"enableSitemap": true}')

    assert changed["configuration"] == {"enableSitemap": True}
    refused = bbws("plugins", "configure", site, "yoast-seo", '{"colour": "red"}')
    assert refused.exit_code == 1
    assert "Code: SITE_001 (HTTP 400)" in refused.stderr
    assert "colour" in refused.stderr


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "1", "null", '{"a": NaN}', '{"a": [-Infinity]}', '{"a": 1e999}', "[" * 100_000],
)
@pytest.mark.parametrize(
    "command",
    [("configure", "some-site", "yoast-seo"), ("install", "some-site", "smush", "--configuration")],
)
def test_options_that_are_no_object_are_wrong_usage(
    call: Bbws, command: tuple[str, ...], text: str
) -> None:
    answer = json_response(200, {})
    result = call(lambda request: answer, "--tenant", "tenant-123", "plugins", *command, text)

    assert result.exit_code == 2
    assert 'must be a JSON object, such as \'{"separator": "|"}\'.' in result.stderr


def test_a_plugin_is_updated_and_keeps_its_options(told: Told, site: str) -> None:
    options = ("--configuration", '{"separator": "|"}')
    told("plugins", "install", site, "yoast-seo", "--version", "22.4", *options)
    updated = told("plugins", "update", site, "yoast-seo")

    assert (updated["version"], updated["configuration"]) == ("22.5", {"separator": "|"})
    refused = told("plugins", "update", site, "yoast-seo", "--version", "22.5", "--validate-only")
    assert refused["validateOnly"] is True


def test_a_plugin_is_uninstalled(bbws: Bbws, told: Told, site: str) -> None:
    told("plugins", "install", site, "yoast-seo")
    result = bbws("plugins", "uninstall", site, "yoast-seo")

    assert result.exit_code == 0
    assert (result.stdout, result.stderr) == ("", "yoast-seo is uninstalled.\n")
    again = bbws("plugins", "uninstall", site, "yoast-seo")
    assert again.exit_code == 1
    assert "Code: PLUG_001 (HTTP 404)" in again.stderr
