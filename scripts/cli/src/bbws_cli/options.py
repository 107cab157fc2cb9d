"""Options that several commands have, with their texts for --help.

They are kept in the run's `Settings`; a command's function gets only what is its own.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from bbws_cli.settings import DEFAULT_ROLE, LOCAL_TENANT, Settings

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

ENVIRONMENTS: Final = ("DEV", "SIT", "PROD")
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


class Id(click.ParamType[str]):
    """The id of something: part of a path, which must not lead elsewhere as `..` would."""

    name = "id"
    _PATTERN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not self._PATTERN.fullmatch(text):
            self.fail(f"{text!r} is not an id.", param, ctx)
        return text


def examples(*lines: str) -> str:
    """The epilogue of a command's help."""
    # \b keeps click from joining the lines.
    return "\n".join(["\b", "Examples:", *(f"  bbws {line}" for line in lines)])


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value is not None and parameter.name is not None:
        setattr(Settings.of(context), parameter.name, value)


def _option(*names: str, **attributes: Any) -> Decorator:
    return click.option(*names, callback=_keep, expose_value=False, **attributes)


def _together(*options: Decorator) -> Decorator:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def connection_options(*, of_the_program: bool) -> list[click.Option]:
    """Where to and as whom; the program has them and every command, whose value goes first."""

    def option(*names: str, variable: str | None = None, **attributes: Any) -> click.Option:
        if variable is not None:
            attributes["help"] += f"  [env: {variable}]"
            # Read once: a variable read at the command would go before an option of the program.
            attributes["envvar"] = variable if of_the_program else None
        return click.Option(names, callback=_keep, expose_value=False, **attributes)

    return [
        option(
            "--output",
            "-o",
            type=click.Choice(["table", "json"]),
            help="json prints exactly the API's answer.",
        ),
        option("--api", variable="BBWS_API", metavar="URL", help="The API, with its stage."),
        option(
            "--token",
            variable="BBWS_TOKEN",
            metavar="TOKEN",
            help="An ID token, with or without “Bearer ”. The variable keeps it out of the"
            " shell's history.",
        ),
        option(
            "--tenant", variable="BBWS_TENANT", type=Id(), metavar="TENANT", help="Whose sites."
        ),
        option(
            "--role",
            metavar="ROLE",
            help=f"Whose token of the local stack: {DEFAULT_ROLE} of {LOCAL_TENANT} if not given.",
        ),
        option(
            "--stack",
            variable="BBWS_STACK",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="The description of a running local stack.",
        ),
    ]


list_options: Final = _together(
    _option("--limit", type=click.IntRange(1, 100), help="How many for a page."),
    _option("--next-token", metavar="TOKEN", help="Go on after an earlier page."),
    _option("--all", is_flag=True, help="Every page, to the end."),
)

wait_options: Final = _together(
    _option(
        "--wait",
        is_flag=True,
        help="Watch the operation to its end, and print it; status 1 unless it completed.",
    ),
    _option(
        "--timeout",
        type=click.IntRange(1),
        metavar="SECONDS",
        help="How long to wait.  [default: 900]",
    ),
)

timeout_option: Final = _option(
    "--timeout",
    type=click.IntRange(1),
    metavar="SECONDS",
    help="How long to watch.  [default: 900]",
)


def _key(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None and not _KEY.fullmatch(value):
        raise click.BadParameter("must be 1 to 255 visible ASCII characters.")
    _keep(context, parameter, value)


change_options: Final = _together(
    _option(
        "--validate-only",
        is_flag=True,
        help="Change nothing: all checks, the same errors, and the plan.",
    ),
    click.option(
        "--idempotency-key",
        metavar="KEY",
        callback=_key,
        expose_value=False,
        help="Makes a repetition of the command harmless; a random one if not given.",
    ),
)

configuration_options: Final = _together(
    click.option("--title", help="The site's title in WordPress."),
    click.option("--tagline", help="The site's tagline in WordPress."),
    click.option("--timezone", help="An IANA time zone, such as Africa/Johannesburg."),
    click.option("--language", help="A WordPress locale, such as en_ZA."),
    click.option("--admin-email", help="Where WordPress sends the site's notices."),
)

site_argument: Final = click.argument("site_id", metavar="SITE", type=Id())
