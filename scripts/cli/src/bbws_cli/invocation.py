"""One run of a command: calls the API as the options say, and prints the answer."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, wraps
from typing import Any, Concatenate, Final, Self

import click

from bbws_cli.api import Answer, Api
from bbws_cli.errors import OutOfReach, StillRunning, Unsuccessful
from bbws_cli.options import connection_options
from bbws_cli.output import Output
from bbws_cli.settings import Settings, Target
from bbws_cli.watching import watch

_OPERATIONS: Final = "/v1.0/operations"


class Invocation:
    """What a command has to work with."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.output = Output(settings.output)

    @classmethod
    def of(cls, context: click.Context) -> Self:
        """The run that this context belongs to."""
        return cls(Settings.of(context))

    @cached_property
    def _target(self) -> Target:
        return Target.of(self._settings)

    @cached_property
    def api(self) -> Api:
        """The API, as the caller."""
        return Api(self._target)

    @property
    def only_validates(self) -> bool:
        """Whether nothing is to be changed."""
        return self._settings.validate_only

    @property
    def tenant(self) -> str:
        """The path of the tenant.

        Raises:
            UsageError: No tenant was named.
        """
        if self._target.tenant is None:
            raise click.UsageError("Which tenant? Give --tenant (or BBWS_TENANT).")
        return f"/v1.0/tenants/{self._target.tenant}"

    def site(self, site_id: str) -> str:
        """The path of a site."""
        return f"{self.tenant}/sites/{site_id}"

    @staticmethod
    def operation(operation_id: str) -> str:
        """The path of an operation."""
        return f"{_OPERATIONS}/{operation_id}"

    def show(self, path: str) -> None:
        """Print one thing."""
        self._print(self.api.get(path))

    def show_list(
        self, path: str, columns: Sequence[str], query: Mapping[str, Any] | None = None
    ) -> None:
        """Print a page of a list, or all of it."""
        settings = self._settings
        wanted = {"limit": settings.limit, "nextToken": settings.next_token, **(query or {})}
        given = {name: value for name, value in wanted.items() if value is not None}
        answer = self.api.all_pages(path, given) if settings.all else self.api.page(path, given)
        if self.output.is_json:
            self.output.json(answer.body)
            return
        items = answer.content["items"]
        if items:
            self.output.rows(items, columns)
        else:
            self.output.note("None.")
        next_token = answer.content.get("nextToken")
        if next_token:
            self.output.note(f"There are more: --all, or --next-token {next_token}")

    def change(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        if_match: str | None = None,
        done: str = "Done.",
    ) -> None:
        """Change something and print the answer; see its operation through when that is wanted."""
        answer = self.api.change(
            method,
            path,
            body,
            query=query,
            idempotency_key=self._settings.idempotency_key,
            validate_only=self.only_validates,
            if_match=if_match,
        )
        if answer.headers.get("Idempotent-Replayed") == "true":
            self.output.note("An earlier try with the same --idempotency-key did this; its answer:")
        operation_id = answer.content.get("operationId")
        if operation_id and self._settings.wait and not self.only_validates:
            self.follow(operation_id)
            return
        self._print(answer, done)
        if operation_id and not answer.content.get("completedAt"):
            self.output.note(f"Follow it: bbws operations watch {operation_id}")

    def follow(self, operation_id: str) -> None:
        """Watch an operation to its end, and print it.

        Raises:
            Unsuccessful: It did not complete.
            StillRunning: It has not ended in the time that was given.
        """
        path = self.operation(operation_id)
        try:
            ended = watch(self.api, path, self.output.notes, self._settings.timeout)
        except (KeyboardInterrupt, OutOfReach, StillRunning):
            click.echo(f"It goes on; watch it: bbws operations watch {operation_id}", err=True)
            raise
        self._print(ended)
        if ended.content["status"] != "COMPLETED":
            raise Unsuccessful(ended.content)

    def _print(self, answer: Answer, done: str = "Done.") -> None:
        if answer.body is None:
            self.output.note(done)
        elif self.output.is_json:
            self.output.json(answer.body)
        elif answer.body.get("validateOnly"):
            self.output.plan(answer.body)
        else:
            self.output.record(answer.body)


def command[**Given](
    group: click.Group, name: str, *, epilog: str
) -> Callable[[Callable[Concatenate[Invocation, Given], None]], click.Command]:
    """Add a command to a group: its function gets the run and its own arguments."""

    def decorate(function: Callable[Concatenate[Invocation, Given], None]) -> click.Command:
        @wraps(function)
        def run(*given: Given.args, **options: Given.kwargs) -> None:
            function(Invocation.of(click.get_current_context()), *given, **options)

        made = group.command(name, epilog=epilog)(run)
        made.params += connection_options(of_the_program=False)
        return made

    return decorate


def given(**fields: Any) -> dict[str, Any]:
    """The fields that were given."""
    return {name: value for name, value in fields.items() if value is not None}
