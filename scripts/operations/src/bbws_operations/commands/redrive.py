"""`redrive_dlq`: messages that were given up go where they belong."""

from collections import Counter

import click

from bbws_operations.dead_letters import DeadLetter, Fate, dead_letters, let_go, redrive, remove
from bbws_operations.environment import Environment, environment_options


@click.command()
@environment_options
@click.option("--dry-run", is_flag=True, help="Say what would become of each message; move none.")
def redrive_dlq(environment: Environment, dry_run: bool) -> None:
    """Deal with every message of the DLQ, by the state of its operation.

    PENDING or IN_PROGRESS: it was given up unread (throttles, a function that does not start), and goes
    back to its queue. FAILED: it stays, for a delivery would do nothing; scripts/retry_site tries the
    operation again. COMPLETED, CANCELLED or gone: it is removed. Remove the cause first: what fails
    again comes back.
    """
    url = environment.sqs.get_queue_url(QueueName=environment.dead_letter_queue)["QueueUrl"]
    # All are read before any is let go, or the same ones would be read for ever.
    letters = list(dead_letters(environment, url))
    for letter in letters:
        if dry_run:
            let_go(environment, url, letter)
        else:
            _deal_with(environment, url, letter)
        click.echo(_line(letter))
    counts = Counter(letter.fate for letter in letters)
    told = ", ".join(f"{counts[fate]} {fate}" for fate in Fate if counts[fate])
    click.echo(
        f"{environment.dead_letter_queue}: {told or 'empty'}{' (dry run)' if dry_run else ''}"
    )


def _deal_with(environment: Environment, url: str, letter: DeadLetter) -> None:
    match letter.fate:
        case Fate.REDRIVEN:
            redrive(environment, url, letter)
        case Fate.DEALT_WITH:
            remove(environment, url, letter)
        case Fate.KEPT | Fate.FOREIGN:
            let_go(environment, url, letter)


def _line(letter: DeadLetter) -> str:
    if letter.fate is Fate.FOREIGN:
        return f"{letter.fate:9} {letter.body[:120]}"
    known = letter.status or "gone"
    advice = f"  try again: scripts/retry_site {letter.site_id}" if letter.fate is Fate.KEPT else ""
    return f"{letter.fate:9} {letter.operation_id} of {letter.site_id} ({known}){advice}"
