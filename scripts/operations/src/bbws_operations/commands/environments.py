"""`setup_environments`: the approvals and wait timers before each deployment."""

import re

import click

from bbws_operations.errors import Failure
from bbws_operations.github_environments import BRANCH, GitHub, Protection, differences

_REVIEWER = re.compile(r"(user|team):[A-Za-z0-9][A-Za-z0-9-_.]*")
_PROD_WAIT_MINUTES = 10
_MOST_REVIEWERS = 6
"""Of an environment (GitHub docs, "Managing environments for deployment")."""


def _reviewers(
    _context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    for one in given:
        if not _REVIEWER.fullmatch(one):
            raise click.BadParameter(f"{one!r} is neither user:NAME nor team:NAME.", param=option)
    if len(given) > _MOST_REVIEWERS:
        raise click.BadParameter(f"GitHub takes {_MOST_REVIEWERS} reviewers at most.", param=option)
    return given


@click.command()
@click.option("--repository", required=True, help="OWNER/NAME.")
@click.option(
    "--sit-reviewer",
    "sit",
    multiple=True,
    required=True,
    callback=_reviewers,
    help="Who approves a deployment to SIT: user:NAME or team:NAME; repeatable.",
)
@click.option(
    "--business-owner",
    "business",
    multiple=True,
    required=True,
    callback=_reviewers,
    help="Who gives the first approval of a deployment to PROD; repeatable.",
)
@click.option(
    "--tech-lead",
    "tech",
    multiple=True,
    required=True,
    callback=_reviewers,
    help="Who gives the second approval; repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be changed, and change nothing.")
def setup_environments(
    repository: str,
    sit: tuple[str, ...],
    business: tuple[str, ...],
    tech: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Set the GitHub environments' reviewers and wait timers (runbook §7 and §11).

    dev: none. sit: one reviewer. PROD: prod-business-owner, then prod with the tech lead and a timer
    of 10 minutes, which counts from the first approval. Only `main` deploys. Needs gh, signed in as an
    administrator of the repository. What is right already stays untouched, so it can be run again at any
    time.
    """
    if set(business) & set(tech):
        raise Failure(
            "Business owner and tech lead must be different people: PROD needs two approvals."
        )
    github = GitHub(repository)
    for protection in (
        Protection("dev"),
        Protection("sit", sit),
        Protection("prod-business-owner", business),
        Protection("prod", tech, _PROD_WAIT_MINUTES),
    ):
        _set_up(github, protection, dry_run)


def _set_up(github: GitHub, protection: Protection, dry_run: bool) -> None:
    name = protection.name
    found = github.environment(name)
    branches = github.branches(name) if found else []
    changes = differences(protection, found, branches)
    if not changes:
        click.echo(f"{name}: as it should be")
        return
    click.echo(f"{name}: {'; '.join(changes)}{' (dry run)' if dry_run else ''}")
    if dry_run:
        return
    if superfluous := [branch for branch in branches if branch != BRANCH]:
        raise Failure(
            f"{name} is open to {', '.join(superfluous)}: remove that by hand, with a reason."
        )
    github.set_environment(protection)
    if BRANCH not in branches:
        github.allow_branch(name, BRANCH)
