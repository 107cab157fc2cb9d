"""What a template needs of a site, and which releases of its plugins are installed."""

from typing import Any

import pytest

from bbws_shared.attributes import Item
from bbws_shared.errors import (
    PluginBlocklisted,
    PluginConflicts,
    PluginIncompatible,
    TemplateIncompatible,
)
from bbws_shared.sites import Environment, Site, SiteStatus
from bbws_shared.template_application import (
    Surroundings,
    check_requirements,
    vetted_releases,
)

AT = "2026-01-25T08:00:00.000Z"
TEMPLATE: Item = {"templateId": "bistro", "requiresWordPress": "6.1", "requiresPhp": "8.0"}


def _site(**fields: Any) -> Site:
    values: dict[str, Any] = {
        "site_id": "site-1",
        "tenant_id": "tenant-123",
        "site_name": "Shop",
        "subdomain": "shop",
        "environment": Environment.DEV,
        "configuration": {},
        "status": SiteStatus.ACTIVE,
        "wordpress_version": "6.8.3",
        "php_version": "8.2.29",
        "created_at": AT,
        "created_by": "me",
        "updated_at": AT,
    }
    return Site(**values | fields)


def _plugin(plugin_id: str, *versions: str, **fields: Any) -> Item:
    releases = [{"version": version} for version in versions or ("1.0.0",)]
    entry = {
        "pluginId": plugin_id,
        "vetting": "APPROVED",
        "latestVersion": releases[0]["version"],
        "releases": releases,
    }
    return entry | fields


def _releases(
    wanted: list[str],
    *catalogue: Item,
    installed: dict[str, str] | None = None,
    network: dict[str, str] | None = None,
) -> dict[str, str]:
    entries = {plugin["pluginId"]: plugin for plugin in catalogue}
    surroundings = Surroundings(_site(), entries, installed or {}, network or {})
    return {p: r["version"] for p, r in vetted_releases(wanted, surroundings).items()}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"wordpress_version": "6.1", "php_version": "8.0"},
        {"wordpress_version": "6.10"},
        {"wordpress_version": None, "php_version": None},
    ],
)
def test_a_site_as_new_as_required_or_unknown_can_carry_the_template(fields: Any) -> None:
    check_requirements(TEMPLATE, _site(**fields))


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        ({"wordpress_version": "6.0.9"}, {"WordPress"}),
        ({"php_version": "7.4.33"}, {"PHP"}),
        ({"wordpress_version": "6.1-RC1", "php_version": "7.4"}, {"WordPress", "PHP"}),
    ],
)
def test_a_site_that_is_too_old_is_told_in_what(fields: Any, lacking: set[str]) -> None:
    with pytest.raises(TemplateIncompatible) as refusal:
        check_requirements(TEMPLATE, _site(**fields))
    assert refusal.value.details.keys() == lacking
    for name in lacking:
        assert name in refusal.value.message


def test_the_latest_release_is_taken_where_there_is_none() -> None:
    forms = _plugin("forms", "1.1.0", "1.0.0")
    assert _releases(["forms"], forms) == {"forms": "1.1.0"}
    assert _releases([]) == {}


def test_the_version_that_is_there_is_kept_and_the_networks_counts_first() -> None:
    forms = _plugin("forms", "1.2.0", "1.1.0", "1.0.0")
    assert _releases(["forms"], forms, installed={"forms": "1.0.0"}) == {"forms": "1.0.0"}
    network = {"forms": "1.1.0", "hello": "1.7.2"}
    assert _releases(["forms"], forms, installed={"forms": "1.0.0"}, network=network) == {
        "forms": "1.1.0"
    }


def test_a_version_that_is_not_on_offer_is_a_conflict() -> None:
    with pytest.raises(PluginConflicts, match=r"version 0\.9 of plugin 'forms'"):
        _releases(["forms"], _plugin("forms"), network={"forms": "0.9"})


def test_every_plugin_that_the_catalogue_lacks_is_named() -> None:
    with pytest.raises(TemplateIncompatible) as refusal:
        _releases(["lost", "forms", "gone"], _plugin("forms"))
    assert refusal.value.details == {"missingPlugins": ["gone", "lost"]}


def test_each_plugin_is_vetted_against_the_site_and_the_others() -> None:
    forms, seo = _plugin("forms"), _plugin("seo", conflictsWith=["forms"])
    with pytest.raises(PluginConflicts):
        _releases(["forms", "seo"], forms, seo)
    with pytest.raises(PluginConflicts):
        _releases(["seo"], forms, seo, installed={"forms": "1.0.0"})
    with pytest.raises(PluginConflicts):
        _releases(["forms"], forms, seo, installed={"seo": "1.0.0"})
    assert _releases(["seo"], seo, installed={"seo": "1.0.0"}), "it is no conflict with itself"
    with pytest.raises(PluginBlocklisted):
        _releases(["forms"], _plugin("forms", vetting="BLOCKLISTED"))
    old = _plugin("forms", releases=[{"version": "1.0.0", "requiresPhp": "8.3"}])
    with pytest.raises(PluginIncompatible):
        _releases(["forms"], old)
