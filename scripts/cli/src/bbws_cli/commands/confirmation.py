"""Asks before a change that takes something away."""

import sys

import click

from bbws_cli.invocation import Invocation
from bbws_cli.plain import plain

yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


def confirmed(invocation: Invocation, path: str, question: str, *, yes: bool) -> str | None:
    """Ask about the site at a path, unless `yes` or nothing is to be changed; `{}` is the site.

    Returns the ETag of what was shown, so that nothing else is changed than what was agreed to.

    Raises:
        Abort: The answer is no.
        UsageError: There is nobody to ask.
    """
    if yes or invocation.only_validates:
        return None
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here; add --yes if you are sure.")
    answer = invocation.api.get(path)
    site = answer.content
    facts = ", ".join(str(site.get(name)) for name in ("environment", "status", "url"))
    click.confirm(plain(question.format(f"{site.get('siteName')} ({facts})")), abort=True, err=True)
    return answer.headers.get("ETag")
