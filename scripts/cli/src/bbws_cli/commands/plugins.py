"""`bbws plugins`: the catalogue, and the plugins of a site."""

import json
from typing import Any, Final

import click

from bbws_cli.invocation import Invocation, command, given
from bbws_cli.options import Id, change_options, examples, list_options, site_argument

_COLUMNS: Final = ("pluginId", "name", "category", "pricing", "latestVersion")
_INSTALLED_COLUMNS: Final = (
    "pluginId",
    "version",
    "isActive",
    "hasUpdate",
    "latestVersion",
    "isVulnerable",
)
_plugin_argument: Final = click.argument("plugin_id", metavar="PLUGIN", type=Id())


class _Configuration(click.ParamType[dict[str, Any]]):
    name = "json"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        try:
            found = json.loads(value)
            # Python reads NaN and 1e999, which no JSON can say.
            json.dumps(found, allow_nan=False)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self.fail('must be a JSON object, such as \'{"separator": "|"}\'.', param, ctx)
        return found


@click.group()
def plugins() -> None:
    """Plugins of the catalogue and of a site."""


@command(
    plugins, "list", epilog=examples("plugins list --category seo", "plugins list --search forms")
)
@click.option("--category", help="Those of a category only.")
@click.option(
    "--pricing",
    type=click.Choice(["FREE", "PREMIUM"], case_sensitive=False),
    help="Those at this price only.",
)
@click.option("--search", metavar="WORDS", help="Those whose name or description has it only.")
@list_options
def list_plugins(
    invocation: Invocation, category: str | None, pricing: str | None, search: str | None
) -> None:
    """List the plugins that may be installed."""
    query = given(category=category, pricing=pricing, search=search)
    invocation.show_list("/v1.0/plugins", _COLUMNS, query)


@command(plugins, "show", epilog=examples("plugins show yoast-seo"))
@_plugin_argument
def show_plugin(invocation: Invocation, plugin_id: str) -> None:
    """Show a plugin of the catalogue: releases, vulnerabilities, conflicts."""
    invocation.show(f"/v1.0/plugins/{plugin_id}")


@command(plugins, "installed", epilog=examples("plugins installed SITE"))
@site_argument
@list_options
def list_installed(invocation: Invocation, site_id: str) -> None:
    """List a site's plugins."""
    invocation.show_list(f"{invocation.site(site_id)}/plugins", _INSTALLED_COLUMNS)


@command(
    plugins,
    "install",
    epilog=examples(
        "plugins install SITE yoast-seo",
        "plugins install SITE yoast-seo --version 22.4 --no-activate",
        "plugins install SITE yoast-seo --configuration '{\"enableSitemap\": true}'",
    ),
)
@site_argument
@_plugin_argument
@click.option("--version", help="The latest if not given.")
@click.option("--activate/--no-activate", default=None, help="Activate it, which is the default.")
@click.option(
    "--configuration", type=_Configuration(), metavar="JSON", help="The plugin's options."
)
@change_options
def install_plugin(
    invocation: Invocation,
    site_id: str,
    plugin_id: str,
    *,
    version: str | None,
    activate: bool | None,
    configuration: dict[str, Any] | None,
) -> None:
    """Install a plugin on a site, after vetting it."""
    body = given(
        pluginId=plugin_id, version=version, activate=activate, configuration=configuration
    )
    invocation.change("POST", f"{invocation.site(site_id)}/plugins", body)


@command(plugins, "uninstall", epilog=examples("plugins uninstall SITE yoast-seo"))
@site_argument
@_plugin_argument
@change_options
def uninstall_plugin(invocation: Invocation, site_id: str, plugin_id: str) -> None:
    """Remove a plugin from a site."""
    path = _installed(invocation, site_id, plugin_id)
    invocation.change("DELETE", path, done=f"{plugin_id} is uninstalled.")


@command(
    plugins,
    "configure",
    epilog=examples("plugins configure SITE yoast-seo '{\"enableSitemap\": true}'"),
)
@site_argument
@_plugin_argument
@click.argument("configuration", metavar="JSON", type=_Configuration())
@change_options
def configure_plugin(
    invocation: Invocation, site_id: str, plugin_id: str, *, configuration: dict[str, Any]
) -> None:
    """Make JSON the options of a site's plugin; those not in it go back to their defaults."""
    path = f"{_installed(invocation, site_id, plugin_id)}/config"
    invocation.change("PUT", path, {"configuration": configuration})


@command(plugins, "enable", epilog=examples("plugins enable SITE yoast-seo"))
@site_argument
@_plugin_argument
@change_options
def enable_plugin(invocation: Invocation, site_id: str, plugin_id: str) -> None:
    """Activate a site's plugin."""
    path = f"{_installed(invocation, site_id, plugin_id)}/status"
    invocation.change("PUT", path, {"isActive": True})


@command(plugins, "disable", epilog=examples("plugins disable SITE yoast-seo"))
@site_argument
@_plugin_argument
@change_options
def disable_plugin(invocation: Invocation, site_id: str, plugin_id: str) -> None:
    """Deactivate a site's plugin; it stays installed."""
    path = f"{_installed(invocation, site_id, plugin_id)}/status"
    invocation.change("PUT", path, {"isActive": False})


@command(plugins, "update", epilog=examples("plugins update SITE yoast-seo --version 22.5"))
@site_argument
@_plugin_argument
@click.option("--version", help="The latest if not given.")
@change_options
def update_plugin(
    invocation: Invocation, site_id: str, plugin_id: str, *, version: str | None
) -> None:
    """Bring a site's plugin to another version; its configuration stays."""
    path = f"{_installed(invocation, site_id, plugin_id)}/update"
    invocation.change("PUT", path, given(version=version))


def _installed(invocation: Invocation, site_id: str, plugin_id: str) -> str:
    return f"{invocation.site(site_id)}/plugins/{plugin_id}"
