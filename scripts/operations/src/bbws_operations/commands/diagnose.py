"""`diagnose`: the runbook's troubleshooting (§10) as one command."""

from typing import Final

import click

from bbws_operations.diagnosis import api, deployment, wordpress, work
from bbws_operations.diagnosis.finding import Finding, Level, Look, asked
from bbws_operations.environment import Environment, environment_options

LOOKS: Final[dict[str, tuple[Look, ...]]] = {
    "Alarms": (deployment.alarms,),
    "Terraform Lock Timeout": (deployment.lock,),
    "Lambda Deployment Fails": (deployment.functions,),
    "API Gateway 502 Bad Gateway": (api.table, api.configurations, api.errors),
    "Site Creation Stuck in PROVISIONING": (work.queues, work.mappings, work.operations),
    "WordPress API Connection Failures": (wordpress.load_balancer, wordpress.credentials),
    "Plugin Installation Fails with Security Error": (wordpress.blocked_plugins,),
}
"""The runbook's issues in its order, and what is looked at for each."""


@click.command()
@environment_options
@click.option("--all", "show_all", is_flag=True, help="Show also what is well.")
def diagnose(environment: Environment, show_all: bool) -> None:
    """Look through the runbook's troubleshooting (§10) and print what is found, in its order.

    Reads only. Exit status 0 when nothing is broken, 1 when something is. A line with ? could not be
    looked at, and counts as nothing.
    """
    counts = dict.fromkeys(Level, 0)
    for issue, looks in LOOKS.items():
        findings = [finding for look in looks for finding in asked(look, environment)]
        shown = [one for one in findings if show_all or one.level is not Level.OK]
        click.echo(issue if shown else f"{issue}: nothing found")
        for finding in shown:
            click.echo(_line(finding))
        for finding in findings:
            counts[finding.level] += 1
    click.echo(
        f"\n{environment.title}: {counts[Level.FAIL]} broken, {counts[Level.WARN]} to look at, "
        f"{counts[Level.OK]} well, {counts[Level.UNKNOWN]} not seen"
    )
    if counts[Level.FAIL]:
        click.get_current_context().exit(1)


def _line(finding: Finding) -> str:
    advice = f"\n         -> {finding.advice}" if finding.advice else ""
    return f"  {finding.level:5}  {finding.what} {finding.seen}{advice}"
