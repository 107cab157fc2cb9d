"""What is printed: answers on stdout, as tables for people or JSON for programs; the rest on stderr."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import click
from rich.console import Console, ConsoleDimensions, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from bbws_cli.plain import plain, words

# No line is ever broken or cut: ids and addresses are there to be copied.
_ENDLESS: Final = 10_000
_FRACTION: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z")
_STYLES: Final = {
    **dict.fromkeys(("ACTIVE", "COMPLETED", "PASS", "HEALTHY", "APPROVED", "PUBLISHED"), "green"),
    **dict.fromkeys(("FAILED", "FAIL", "UNHEALTHY", "BLOCKLISTED", "ERROR"), "red"),
    **dict.fromkeys(("PENDING", "IN_PROGRESS", "DEGRADED", "SUSPENDED", "PROVISIONING"), "yellow"),
}


class Output:
    """Where answers go."""

    def __init__(self, form: str) -> None:
        self.is_json = form == "json"
        self.notes = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._answers = Console(markup=False, highlight=False, emoji=False)
        self._room = self._answers.width if self._answers.is_terminal else _ENDLESS
        # With a width alone, a terminal whose TERM is dumb would still have 80 columns.
        self._answers.size = ConsoleDimensions(_ENDLESS, _ENDLESS)

    def json(self, body: Any) -> None:
        """An answer as it came."""
        click.echo(json.dumps(body, indent=2, ensure_ascii=False))

    def note(self, text: str) -> None:
        """A remark for a person; programs are spared it."""
        if not self.is_json:
            click.echo(plain(text), err=True)

    def rows(self, items: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """A list: a line for each item, or a block of lines where the terminal is too narrow."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            table.add_column(column, no_wrap=True)
        for item in items:
            table.add_row(*(_cell(item.get(column)) for column in columns))
        if Measurement.get(self._answers, self._answers.options, table).maximum <= self._room:
            self._print(table)
            return
        for number, item in enumerate(items):
            if number:
                click.echo()
            self._fields((column, item[column]) for column in columns if column in item)

    def record(self, body: Mapping[str, Any]) -> None:
        """One thing: a line for each field, a table for each list of things in it."""
        lines: list[tuple[str, Any]] = []
        inner: dict[str, list[dict[str, Any]]] = {}
        for name, value in _flat(body):
            if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
                inner[name] = value
            else:
                lines.append((name, value))
        self._fields(lines)
        for name, items in inner.items():
            self._title(name)
            self.rows(
                items, list(dict.fromkeys(key for item in items for key in item if key != "_links"))
            )

    def plan(self, body: Mapping[str, Any]) -> None:
        """What would be done, which the API has only validated."""
        plan = body["plan"]
        self._print(Text(f"Nothing was changed. {words(plan.get('action'))} would be accepted."))
        for number, step in enumerate(plan.get("steps", ()), start=1):
            self._print(Text(f"  {number}. {words(step)}"))
        if plan.get("effects"):
            self._title("effects")
            self.record(plan["effects"])
        if body["checks"]:
            self._title("checks")
            self.rows(body["checks"], ("name", "status", "message"))

    def _fields(self, lines: Iterable[tuple[str, Any]]) -> None:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(style="bold", no_wrap=True)
        grid.add_column(no_wrap=True)
        for name, value in lines:
            grid.add_row(plain(name), _cell(value))
        self._print(grid)

    def _title(self, name: str) -> None:
        self._print(Text.assemble("\n", (plain(name), "bold underline")))

    def _print(self, what: RenderableType) -> None:
        # Tables fill their last column with blanks, which nobody wants to copy.
        with self._answers.capture() as printed:
            self._answers.print(what)
        for line in printed.get().splitlines():
            click.echo(line.rstrip(), color=self._answers.is_terminal)


def _cell(value: Any) -> Text:
    said = _FRACTION.sub(r"\1Z", words(value))
    # A style of the whole cell would be that of its blanks too.
    return Text.assemble((said, _STYLES.get(said, "")))


def _flat(body: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in body.items():
        if name == "_links":
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
