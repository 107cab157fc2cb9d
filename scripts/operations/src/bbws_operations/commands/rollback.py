"""`rollback`: the alias `live` of one function or all goes back, within seconds (runbook §9)."""

import click
import rollback as automation

from bbws_operations.aliases import move, move_back, published_versions, was_left
from bbws_operations.artifacts import version_of_tag
from bbws_operations.environment import SERVICES, Environment, environment_options
from bbws_operations.errors import Failure
from bbws_operations.functions import Live, configuration_of, live_of


@click.command()
@environment_options
@click.option("--service", type=click.Choice(SERVICES), help="Only this one; default: all four.")
@click.option(
    "--to",
    "target",
    metavar="RELEASE|VERSION",
    help="A release (v1.0.4), or with --service the number of a published version.",
)
@click.option(
    "--cause",
    default="a person",
    show_default=True,
    help="Who asks and why; it is written at the alias.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be moved, and move nothing.")
def rollback(
    environment: Environment, service: str | None, target: str | None, cause: str, dry_run: bool
) -> None:
    """Move `live` back to the version before the last deployment, or to one that is named.

    Without --to it is what the automatic rollback does: it moves the functions of the last deployment,
    once, all or none; a second run moves nothing. A version that is left gets the alias
    rolled-back-NUMBER, and no later rollback goes to it. Data and configuration are not touched.
    """
    functions = [environment.function(one) for one in ([service] if service else SERVICES)]
    if target is None:
        _as_the_automation(environment, functions, cause, dry_run)
        return
    # All is found out before anything is moved: either every function has its target, or none moves.
    moves = [(_live(environment, f), _version(environment, f, target, service)) for f in functions]
    for live, version in moves:
        _move(environment, live, version, cause, dry_run)


def _as_the_automation(
    environment: Environment, functions: list[str], cause: str, dry_run: bool
) -> None:
    client = environment.lambda_
    try:
        if dry_run:
            standings = [automation.standing_of(client, function) for function in functions]
            for one in automation.last_deployment(standings):
                goal = "nothing to go back to" if one.target is None else f"to {one.target}"
                click.echo(
                    f"{one.function}: version {one.live}, {'stays' if one.is_done else goal}"
                )
            return
        for outcome in automation.roll_back(client, functions, cause):
            click.echo(str(outcome))
    except (automation.RollbackRefused, automation.RollbackIncomplete) as refusal:
        raise Failure(str(refusal)) from refusal


def _live(environment: Environment, function: str) -> Live:
    live = live_of(environment, function)
    if live is None:
        raise Failure(f"Nothing was moved. {function} has no alias live in {environment.title}.")
    return live


def _version(environment: Environment, function: str, target: str, service: str | None) -> str:
    """The number of the published version that is meant."""
    published = published_versions(environment, function)
    if target.isdecimal():
        if service is None:
            raise click.UsageError(
                "Numbers differ between functions: give --service, or a release."
            )
        if target not in published:
            raise Failure(f"Nothing was moved. {function} has the versions {', '.join(published)}.")
        return target
    release = version_of_tag(target)
    for number in reversed(published):
        if configuration_of(environment, function, number).release == release and not was_left(
            environment, function, number
        ):
            return number
    raise Failure(
        f"Nothing was moved. {function} has no version of release {release} in {environment.title} that "
        "was not rolled back from before."
    )


def _move(environment: Environment, live: Live, version: str, cause: str, dry_run: bool) -> None:
    if live.version == version and not live.weights:
        click.echo(f"{live.function}: stays at version {version}")
        return
    left = next(iter(live.weights), live.version) if live.version == version else live.version
    if not dry_run:
        _point(environment, live, version, left, cause)
    click.echo(f"{live.function}: version {left} -> {version}{' (dry run)' if dry_run else ''}")


def _point(environment: Environment, live: Live, version: str, left: str, cause: str) -> None:
    """Backwards the version is left for good; forwards nothing is held against it."""
    if int(version) <= int(left):
        move_back(environment, live.function, version, left, cause)
    else:
        move(environment, live, version)
