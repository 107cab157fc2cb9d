"""Applying a template: what is checked when it is asked for, and again when it is carried out.

Everything here is pure. templates-service decides by it whether to begin, async-processor whether
to go on: minutes lie between the two, in which a plugin may have got onto the blocklist.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bbws_shared.attributes import Item
from bbws_shared.errors import PluginConflicts, TemplateIncompatible
from bbws_shared.sites import Site
from bbws_shared.versions import Version
from bbws_shared.vetting import Candidate, opponents_of, vet

STEPS: Final = (
    "back_up_site",
    "install_theme",
    "import_content",
    "install_plugins",
    "verify_site",
)
"""The steps of the operation, in their order."""


@dataclass(frozen=True)
class Surroundings:
    """What a template's plugins meet.

    Attributes:
        site: The site that gets them.
        catalogue: The catalogue's entries of the template's plugins and of the installed ones.
        installed: The versions of the plugins that the site has, by plugin id.
        network: The versions of the plugins that its WordPress network has, as far as known.
    """

    site: Site
    catalogue: Mapping[str, Item]
    installed: Mapping[str, str]
    network: Mapping[str, str]


def check_requirements(template: Item, site: Site) -> None:
    """Raises TemplateIncompatible when the site's WordPress or PHP is too old for the template."""
    needs = {
        "WordPress": (template["requiresWordPress"], site.wordpress_version),
        "PHP": (template["requiresPhp"], site.php_version),
    }
    lacking = {
        name: {"required": required, "present": present}
        for name, (required, present) in needs.items()
        if present and Version(present) < Version(required)
    }
    if lacking:
        wanted = " and ".join(f"{name} {v['required']}" for name, v in lacking.items())
        raise TemplateIncompatible(f"Template '{template['templateId']}' needs {wanted}.", lacking)


def vetted_releases(
    plugin_ids: Collection[str], surroundings: Surroundings
) -> dict[str, dict[str, Any]]:
    """The release of each of a template's plugins that is to be installed, by plugin id.

    Raises:
        TemplateIncompatible: when the catalogue lacks one of them.
        ServiceError: the reason why the first of them may not be installed.
    """
    missing = sorted(set(plugin_ids) - surroundings.catalogue.keys())
    if missing:
        raise TemplateIncompatible(
            f"The template needs plugins that are not in the catalogue: {', '.join(missing)}.",
            {"missingPlugins": missing},
        )
    others = {*plugin_ids, *surroundings.installed}
    releases = {}
    for plugin_id in plugin_ids:
        plugin = surroundings.catalogue[plugin_id]
        release = _release(plugin, surroundings)
        met = others - {plugin_id}
        known = [surroundings.catalogue[i] for i in met if i in surroundings.catalogue]
        opponents = opponents_of(plugin_id, known)
        vet(Candidate(plugin, release, surroundings.site, met, opponents))
        releases[plugin_id] = release
    return releases


def _release(plugin: Item, surroundings: Surroundings) -> dict[str, Any]:
    """The version that is there already, for a network has one copy for all its sites; or the latest."""
    plugin_id = plugin["pluginId"]
    present = surroundings.network.get(plugin_id) or surroundings.installed.get(plugin_id)
    wanted = Version(present or plugin["latestVersion"])
    for release in plugin["releases"]:
        if Version(release["version"]) == wanted:
            return dict(release)
    raise PluginConflicts(
        f"Your WordPress has version {wanted.text} of plugin '{plugin_id}', which is not on offer.",
        {"pluginId": plugin_id, "presentVersion": wanted.text},
    )
