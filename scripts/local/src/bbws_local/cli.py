"""`python -m bbws_local`, which `make run` calls: the whole system until Ctrl-C."""

import signal
import socket
import sys
import time
from pathlib import Path
from typing import Final

import click
from botocore.exceptions import ClientError

from bbws_local.console import Console
from bbws_local.description import FILE_NAME, running_pid
from bbws_local.packages import BuildFailed
from bbws_local.readiness import NotReady
from bbws_local.reading import AccountUnusable
from bbws_local.serving import LOOPBACK
from bbws_local.specification import STAFF, STAFF_ROLE, TENANT_ROLES, TENANTS, StackOptions
from bbws_local.stack import FunctionBroken, LocalStack
from bbws_local.terraform.command import TerraformFailed, TerraformMissing, require_terraform

ROOT: Final = Path(__file__).resolve().parents[4]
_WORDPRESS: Final = ("simulator", "real")
_PROVISION: Final = ("quick", "terraform")
_REASONS: Final = (
    BuildFailed,
    NotReady,
    FunctionBroken,
    TerraformMissing,
    TerraformFailed,
    AccountUnusable,
    ClientError,
    OSError,
)
"""Why a stack may not start, each with a sentence for people."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--port",
    type=click.IntRange(1, 65533),
    default=8080,
    show_default=True,
    help="Port of the API; the emulated AWS and WordPress take the next two when they are free.",
)
@click.option(
    "--wordpress",
    type=click.Choice(_WORDPRESS),
    default="simulator",
    envvar="WORDPRESS",
    show_default=True,
    show_envvar=True,
    help="Which WordPress the sites are made in.",
)
@click.option(
    "--provision",
    type=click.Choice(_PROVISION),
    default="quick",
    envvar="PROVISION",
    show_default=True,
    show_envvar=True,
    help="Who makes the emulated account; Terraform takes two to three minutes.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / ".local",
    help="Folder for stack.json and logs; one stack runs in a folder.  [default: .local]",
)
def main(port: int, wordpress: str, provision: str, state: Path) -> None:
    """Run the Site Management API on this machine, until Ctrl-C."""
    running = running_pid(state)
    if running is not None:
        raise click.ClickException(
            f"a local stack is running already (process {running}); end it with Ctrl-C there."
        )
    if not _is_free(port):
        raise click.ClickException(
            f"port {port} is in use; choose another one: make run PORT={port + 10}"
        )
    # SIGTERM ends the stack as Ctrl-C does, which a shell's background job would otherwise ignore.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    if wordpress == "real":
        _require_wordpress()
    if provision == "terraform":
        _require_terraform()
    options = StackOptions(
        root=ROOT,
        state_directory=state,
        wordpress="real" if wordpress == "real" else "simulator",
        provision="terraform" if provision == "terraform" else "quick",
        gateway_port=port,
        emulator_port=port + 1 if _is_free(port + 1) else 0,
        wordpress_port=port + 2 if _is_free(port + 2) else 0,
    )
    sys.exit(_run(options, wordpress))


def _require_wordpress() -> None:
    """Say what the machine lacks before anything is started."""
    from bbws_local.realwordpress import LackingError, lacking

    missing = lacking()
    if missing:
        raise click.ClickException(str(LackingError(missing)))


def _require_terraform() -> None:
    """Likewise."""
    try:
        require_terraform()
    except TerraformMissing as error:
        raise click.ClickException(str(error)) from None


def _run(options: StackOptions, wordpress: str) -> int:
    console = Console()
    began = time.monotonic()
    console.say("Starting the Site Management API on this machine")
    try:
        with LocalStack(options, console) as stack:
            console.say(_welcome(stack, wordpress, time.monotonic() - began))
            while stack.is_complete:
                time.sleep(1)
            console.say(f"A part of the stack has ended; see {options.state_directory}/*.log")
    except KeyboardInterrupt:
        console.say("Stopped")
        return 0
    except _REASONS as error:
        console.say(f"error: {error}")
    return 1


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _about(wordpress: str) -> str:
    if wordpress == "real":
        return "real; a site is there by its host: curl -H 'Host: my-shop.wpdev.bbws.io' …"
    return "simulator; state at /_simulator/state"


def _welcome(stack: LocalStack, wordpress: str, seconds: float) -> str:
    tenant = TENANTS[0]
    rows = [
        f"  {owner:<11} {role:<21} {stack.tokens[owner][role]}"
        for owner, roles in ((tenant, TENANT_ROLES), (STAFF, (STAFF_ROLE,)))
        for role in roles
    ]
    file = _shown(stack.options.state_directory / FILE_NAME)
    return "\n".join(
        [
            "",
            f"Ready after {seconds:.0f} s. Ctrl-C ends everything.",
            "",
            f"  API        {stack.api_url}",
            f"  Docs       {stack.api_url.removesuffix('/' + stack.options.environment)}/docs",
            f"  AWS        {stack.aws_endpoint_url}   (aws --endpoint-url …, region af-south-1)",
            f"  WordPress  {stack.wordpress_url}   ({_about(wordpress)})",
            "",
            f"ID tokens, good for an hour (renewed in {file}, which has those of {TENANTS[1]} too):",
            "",
            *rows,
            "",
            "Create a first site:",
            "",
            _first_curl(stack, tenant, file),
            "",
            "and follow it:",
            "",
            _following_curl(stack, tenant),
            "",
        ]
    )


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _first_curl(stack: LocalStack, tenant: str, file: Path) -> str:
    return (
        f"  TOKEN=$(jq -r '.tokens[\"{tenant}\"].CUSTOMER_ADMIN' {file})\n"
        f"  curl -si -w '\\n' {stack.api_url}/v1.0/tenants/{tenant}/sites \\\n"
        '    -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\\n'
        '    -d \'{"siteName": "My Shop", "subdomain": "my-shop"}\''
    )


def _following_curl(stack: LocalStack, tenant: str) -> str:
    return (
        f"  curl -s {stack.api_url}/v1.0/tenants/{tenant}/operations \\\n"
        '    -H "Authorization: Bearer $TOKEN" | jq'
    )
