"""`bbws sites` too: clones, promotions, backups and restores."""

from typing import Final

import click

from bbws_cli.commands.confirmation import confirmed, yes_option
from bbws_cli.invocation import Invocation, command, given
from bbws_cli.options import (
    ENVIRONMENTS,
    Id,
    change_options,
    examples,
    list_options,
    site_argument,
    wait_options,
)

_BACKUP_COLUMNS: Final = ("backupId", "status", "createdAt", "completedAt", "bytes")


def add_copies(sites: click.Group) -> None:
    """Add the commands that copy a site to their group."""

    @command(sites, "clone", epilog=examples('sites clone SITE new-shop --name "New Shop" --wait'))
    @site_argument
    @click.argument("subdomain")
    @click.option("--name", required=True, help="What people call the new site.")
    @click.option(
        "--environment",
        type=click.Choice(ENVIRONMENTS, case_sensitive=False),
        help="DEV if not given.",
    )
    @change_options
    @wait_options
    def clone_site(
        invocation: Invocation, site_id: str, subdomain: str, name: str, environment: str | None
    ) -> None:
        """Make a new site, at a subdomain, with the content of another."""
        body = given(siteName=name, subdomain=subdomain, environment=environment)
        invocation.change("POST", f"{invocation.site(site_id)}/clone", body)

    @command(
        sites,
        "promote",
        epilog=examples(
            "sites promote SITE --to SIT --validate-only", "sites promote SITE --to SIT"
        ),
    )
    @site_argument
    @click.option(
        "--to",
        "target",
        type=click.Choice(ENVIRONMENTS[1:], case_sensitive=False),
        required=True,
        help="SIT from DEV, PROD from SIT.",
    )
    @change_options
    @wait_options
    def promote_site(invocation: Invocation, site_id: str, target: str) -> None:
        """Copy a site to the next environment, or refresh it there."""
        path = f"{invocation.site(site_id)}/promote"
        invocation.change("POST", path, {"targetEnvironment": target})

    @command(sites, "backup", epilog=examples("sites backup SITE --wait"))
    @site_argument
    @change_options
    @wait_options
    def back_up_site(invocation: Invocation, site_id: str) -> None:
        """Make a backup of a site."""
        invocation.change("POST", f"{invocation.site(site_id)}/backups")

    @command(sites, "backups", epilog=examples("sites backups SITE"))
    @site_argument
    @list_options
    def list_backups(invocation: Invocation, site_id: str) -> None:
        """List a site's backups, newest first."""
        invocation.show_list(f"{invocation.site(site_id)}/backups", _BACKUP_COLUMNS)

    @command(sites, "restore", epilog=examples("sites restore SITE BACKUP --yes --wait"))
    @site_argument
    @click.argument("backup_id", metavar="BACKUP", type=Id())
    @yes_option
    @change_options
    @wait_options
    def restore_site(invocation: Invocation, site_id: str, backup_id: str, *, yes: bool) -> None:
        """Put a site back to a backup; this also calls off a deletion within its 24 h."""
        path = invocation.site(site_id)
        question = f"Replace what {{}} holds by {backup_id}?"
        confirmed(invocation, path, question, yes=yes)
        invocation.change("POST", f"{path}/restore", {"backupId": backup_id})
