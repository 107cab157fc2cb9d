"""`bbws audit`: who did what."""

from typing import Final

import click

from bbws_cli.invocation import Invocation, command
from bbws_cli.options import examples, list_options

_COLUMNS: Final = ("at", "actor", "action", "status", "errorCode", "path", "sourceIp", "requestId")


def add_audit(program: click.Group) -> None:
    """Add the command to the program."""

    @command(program, "audit", epilog=examples("audit", "audit --all -o json"))
    @list_options
    def list_audit_entries(invocation: Invocation) -> None:
        """List who did what, and with which result, newest first."""
        invocation.show_list(f"{invocation.tenant}/audit", _COLUMNS)
