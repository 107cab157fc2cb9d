"""How a program can end other than well: 1 when a check failed or something was refused, 2 on wrong usage."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click
from botocore.exceptions import BotoCoreError, ClientError


class Failure(click.ClickException):
    """A check failed, or something was refused; the message names the cause and what to do."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to stderr, as the shell scripts beside this do."""
        click.echo(f"error: {self.message}", file=file, err=True)


@contextmanager
def aws_errors() -> Iterator[None]:
    """What AWS refuses or does not answer, as a Failure instead of a stack trace."""
    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        raise Failure(
            f"AWS refused {error.operation_name}: {told['Code']}: {told.get('Message', '')}"
        ) from error
    except BotoCoreError as error:
        raise Failure(f"AWS could not be asked: {error}") from error


def is_missing(error: ClientError) -> bool:
    """Whether AWS says that the thing asked for does not exist."""
    code = error.response["Error"]["Code"]
    return code.endswith(("NotFound", "NotFoundException", "NoSuchEntity", "NonExistentQueue"))
