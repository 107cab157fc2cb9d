"""`bbws operations`: what is being done, and what was."""

from typing import Final

import click

from bbws_cli.invocation import Invocation, command, given
from bbws_cli.options import (
    Id,
    change_options,
    examples,
    list_options,
    timeout_option,
    wait_options,
)

_COLUMNS: Final = ("operationId", "operationType", "siteId", "status", "progress", "createdAt")
_operation_argument: Final = click.argument("operation_id", metavar="OPERATION", type=Id())


@click.group()
def operations() -> None:
    """Operations: what takes longer than a request."""


@command(
    operations,
    "list",
    epilog=examples("operations list --status FAILED", "operations list --site SITE"),
)
@click.option("--status", help="Those in this state only.")
@click.option("--site", type=Id(), metavar="SITE", help="Those of a site only.")
@list_options
def list_operations(invocation: Invocation, status: str | None, site: str | None) -> None:
    """List the tenant's operations."""
    query = given(status=status and status.upper(), siteId=site)
    invocation.show_list(f"{invocation.tenant}/operations", _COLUMNS, query)


@command(operations, "get", epilog=examples("operations get OPERATION"))
@_operation_argument
def get_operation(invocation: Invocation, operation_id: str) -> None:
    """Show an operation and its steps."""
    invocation.show(invocation.operation(operation_id))


@command(operations, "watch", epilog=examples("operations watch OPERATION"))
@_operation_argument
@timeout_option
def watch_operation(invocation: Invocation, operation_id: str) -> None:
    """Watch an operation to its end; exit status 1 unless it completed."""
    invocation.follow(operation_id)


@command(operations, "cancel", epilog=examples("operations cancel OPERATION"))
@_operation_argument
@change_options
def cancel_operation(invocation: Invocation, operation_id: str) -> None:
    """Call off an operation that has not begun."""
    invocation.change("POST", f"{invocation.operation(operation_id)}/cancel")


@command(operations, "retry", epilog=examples("operations retry OPERATION --wait"))
@_operation_argument
@change_options
@wait_options
def retry_operation(invocation: Invocation, operation_id: str) -> None:
    """Begin a failed operation again, at the step that failed."""
    invocation.change("POST", f"{invocation.operation(operation_id)}/retry")
