"""`bbws sites`: create, show, change and delete sites. Copies and backups are in `copies`."""

from typing import Any

import click

from bbws_cli.commands.confirmation import confirmed, yes_option
from bbws_cli.commands.copies import add_copies
from bbws_cli.invocation import Invocation, command, given
from bbws_cli.options import (
    ENVIRONMENTS,
    change_options,
    configuration_options,
    examples,
    list_options,
    site_argument,
    wait_options,
)

_COLUMNS = ("siteId", "siteName", "environment", "status", "url")


@click.group()
def sites() -> None:
    """Sites of a tenant."""


@command(sites, "list", epilog=examples("sites list --status ACTIVE", "sites list --all -o json"))
@click.option("--status", help="Those in this state only.")
@click.option(
    "--environment", type=click.Choice(ENVIRONMENTS, case_sensitive=False), help="Those in it only."
)
@list_options
def list_sites(invocation: Invocation, status: str | None, environment: str | None) -> None:
    """List the tenant's sites."""
    query = given(status=status and status.upper(), environment=environment)
    invocation.show_list(f"{invocation.tenant}/sites", _COLUMNS, query)


@command(sites, "get", epilog=examples("sites get SITE"))
@site_argument
def get_site(invocation: Invocation, site_id: str) -> None:
    """Show a site."""
    invocation.show(invocation.site(site_id))


@command(sites, "health", epilog=examples("sites health SITE"))
@site_argument
def get_health(invocation: Invocation, site_id: str) -> None:
    """Ask WordPress how a site is."""
    invocation.show(f"{invocation.site(site_id)}/health")


@command(
    sites,
    "create",
    epilog=examples(
        'sites create my-shop --name "My Shop" --wait',
        'sites create my-shop --name "My Shop" --timezone Africa/Johannesburg --validate-only',
    ),
)
@click.argument("subdomain")
@click.option("--name", required=True, help="What people call the site.")
@click.option(
    "--environment",
    type=click.Choice(ENVIRONMENTS, case_sensitive=False),
    help="DEV if not given; PROD is reached by promotion.",
)
@configuration_options
@change_options
@wait_options
def create_site(
    invocation: Invocation, subdomain: str, name: str, environment: str | None, **settings: Any
) -> None:
    """Create a site at a subdomain."""
    body = given(siteName=name, subdomain=subdomain, environment=environment)
    invocation.change("POST", f"{invocation.tenant}/sites", {**body, **_configuration(settings)})


@command(
    sites, "update", epilog=examples('sites update SITE --name "The Shop" --tagline Fresh --wait')
)
@site_argument
@click.option("--name", help="What people call the site.")
@configuration_options
@change_options
@wait_options
def update_site(invocation: Invocation, site_id: str, name: str | None, **settings: Any) -> None:
    """Change a site's name or settings."""
    body = {**given(siteName=name), **_configuration(settings)}
    if not body:
        raise click.UsageError("What is to be changed? Give --name, --title, …")
    invocation.change("PUT", invocation.site(site_id), body)


def _configuration(settings: dict[str, Any]) -> dict[str, Any]:
    names = {"admin_email": "adminEmail"}
    configuration = given(**{names.get(name, name): value for name, value in settings.items()})
    return {"configuration": configuration} if configuration else {}


@command(sites, "suspend", epilog=examples('sites suspend SITE --reason "Unpaid invoice" --wait'))
@site_argument
@click.option("--reason", help="Why.")
@change_options
@wait_options
def suspend_site(invocation: Invocation, site_id: str, reason: str | None) -> None:
    """Take a site off the net; nothing of it is lost."""
    body = given(status="SUSPENDED", reason=reason)
    invocation.change("PUT", f"{invocation.site(site_id)}/status", body)


@command(sites, "resume", epilog=examples("sites resume SITE --wait"))
@site_argument
@click.option("--reason", help="Why.")
@change_options
@wait_options
def resume_site(invocation: Invocation, site_id: str, reason: str | None) -> None:
    """Bring a suspended site back."""
    body = given(status="ACTIVE", reason=reason)
    invocation.change("PUT", f"{invocation.site(site_id)}/status", body)


@command(
    sites, "delete", epilog=examples("sites delete SITE --validate-only", "sites delete SITE --yes")
)
@site_argument
@click.option("--force", is_flag=True, help="Do not wait 24 h for a PROD site; super-admin only.")
@yes_option
@change_options
@wait_options
def delete_site(invocation: Invocation, site_id: str, *, force: bool, yes: bool) -> None:
    """Delete a site, after a backup; one in PROD can be restored for 24 h."""
    path = invocation.site(site_id)
    if_match = confirmed(invocation, path, "Delete {}?", yes=yes)
    query = {"force": "true"} if force else None
    invocation.change("DELETE", path, query=query, if_match=if_match)


add_copies(sites)
