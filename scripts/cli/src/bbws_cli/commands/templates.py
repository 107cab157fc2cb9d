"""`bbws templates`: the catalogue, previews, and applying one to a site."""

from typing import Final

import click

from bbws_cli.invocation import Invocation, command, given
from bbws_cli.options import (
    Id,
    change_options,
    examples,
    list_options,
    site_argument,
    wait_options,
)

_COLUMNS: Final = ("templateId", "name", "category", "version", "plugins")
_template_argument: Final = click.argument("template_id", metavar="TEMPLATE", type=Id())


@click.group()
def templates() -> None:
    """Templates for sites."""


@command(templates, "list", epilog=examples("templates list --category hospitality"))
@click.option("--category", help="Those of a category only.")
@list_options
def list_templates(invocation: Invocation, category: str | None) -> None:
    """List the published templates."""
    invocation.show_list("/v1.0/templates", _COLUMNS, given(category=category))


@command(templates, "show", epilog=examples("templates show restaurant"))
@_template_argument
def show_template(invocation: Invocation, template_id: str) -> None:
    """Show a template."""
    invocation.show(f"/v1.0/templates/{template_id}")


@command(templates, "preview", epilog=examples("templates preview restaurant"))
@_template_argument
def preview_template(invocation: Invocation, template_id: str) -> None:
    """Get the address of a demo, good for 15 minutes."""
    invocation.show(f"/v1.0/templates/{template_id}/preview")


@command(
    templates,
    "apply",
    epilog=examples(
        "templates apply SITE restaurant --wait",
        "templates apply SITE restaurant --confirm-replacement --wait",
    ),
)
@site_argument
@_template_argument
@click.option(
    "--confirm-replacement", is_flag=True, help="Replace the content that the site has already."
)
@change_options
@wait_options
def apply_template(
    invocation: Invocation, site_id: str, template_id: str, *, confirm_replacement: bool
) -> None:
    """Give a site a template's theme, content and plugins, after a backup."""
    body = given(templateId=template_id, confirmReplacement=confirm_replacement or None)
    invocation.change("POST", f"{invocation.site(site_id)}/apply-template", body)
