"""The programs by their names; each is an executable in `scripts/`."""

from typing import Final

import click

from bbws_operations.commands.artifacts import check_request, verify_artifacts
from bbws_operations.commands.deploy import deploy
from bbws_operations.commands.diagnose import diagnose
from bbws_operations.commands.environments import setup_environments
from bbws_operations.commands.health import check_error_rate, check_health
from bbws_operations.commands.redrive import redrive_dlq
from bbws_operations.commands.rollback import rollback
from bbws_operations.commands.smoke import smoke_health
from bbws_operations.commands.verification import summarize_deployment, verify_deployment

PROGRAMS: Final[tuple[click.Command, ...]] = (
    check_request,
    check_health,
    check_error_rate,
    verify_artifacts,
    deploy,
    verify_deployment,
    smoke_health,
    summarize_deployment,
    rollback,
    redrive_dlq,
    diagnose,
    setup_environments,
)


def program(name: str) -> click.Command:
    """A program by the name of its executable. KeyError when there is none."""
    return {(one.callback.__name__ if one.callback else ""): one for one in PROGRAMS}[name]
