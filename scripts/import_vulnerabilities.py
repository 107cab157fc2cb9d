#!/usr/bin/env python3
"""Imports a vulnerability feed of any size into the catalogue, and tells the sites it affects.

The feed has the form of Wordfence Intelligence. The file is read entry by entry, and as a whole
before anything is written. An import that was cut off is repeated: nothing is done twice.
"""

import argparse
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from uuid import uuid4

_REPOSITORY: Final = Path(__file__).resolve().parent.parent
_NEEDED: Final = ("bbws_shared", "boto3", "ijson", "pydantic")

if TYPE_CHECKING:
    from plugins.advisories import Advisories, Import, Reading
    from plugins.advisory_models import Advisory

_CHUNK: Final = 64 * 1024
_MOST_TOLD: Final = 20
"""So many malformed entries are named; the rest is counted."""
_EXIT_STATUS: Final = """\
exit status: 0, all is imported; 1, something could not be imported (it is named, and the import can be repeated);
2, the arguments or the file are wrong, and nothing was imported.

AWS is reached as by every AWS tool: AWS_PROFILE, AWS_REGION and so on; AWS_ENDPOINT_URL leads to another endpoint.
"""


class NotAFeedError(Exception):
    """The file cannot be read as a feed; says why, and where."""


class Feed:
    """The advisories of a file, one after the other.

    Attributes:
        malformed: What is wrong with the entries that were left out, a line for each.
    """

    def __init__(self, path: Path) -> None:
        """Raises NotAFeedError when the file holds no JSON object, or OSError."""
        self.malformed: list[str] = []
        self._path = path
        with path.open("rb") as file:
            if not file.read(_CHUNK).lstrip().startswith(b"{"):
                raise NotAFeedError("this is no feed: it must be one JSON object, by advisory id")

    def __iter__(self) -> Iterator["Advisory"]:
        """Read the file. Raises NotAFeedError or OSError."""
        import ijson
        from pydantic import ValidationError

        from plugins.advisory_models import Advisory

        with self._path.open("rb") as file:
            try:
                for name, entry in ijson.kvitems(file, "", buf_size=_CHUNK, use_float=True):
                    if not isinstance(entry, dict):
                        raise NotAFeedError(f"this is no feed: {name!r} is not an advisory")
                    try:
                        yield Advisory.model_validate(entry)
                    except ValidationError as error:
                        self.malformed.append(f"{name}: {_problems(error.errors())}")
            except ijson.JSONError as error:
                line, column = _end_of_json(self._path)
                told = f"invalid JSON at line {line}, column {column}: {_reason(error)}"
                raise NotAFeedError(told) from None


def main(arguments: Sequence[str]) -> int:
    """Import, or say why not; the exit status."""
    options = _parser().parse_args(arguments)
    if options.topic_arn is None and not options.dry_run:
        print("error: say --topic-arn, or set NOTIFICATION_TOPIC_ARN", file=sys.stderr)
        return 2
    if options.endpoint_url is not None:
        os.environ["AWS_ENDPOINT_URL"] = options.endpoint_url
    from botocore.exceptions import BotoCoreError, ClientError

    from bbws_shared.table import ConditionFailed

    try:
        feed = Feed(options.file)
        advisories = _advisories(options)
        reading = advisories.read(feed)
        _require_advisories(reading, feed)
        outcome = _carry_out(advisories, reading, options)
    # Some of botocore's errors are an OSError as well.
    except (BotoCoreError, ClientError, ConditionFailed) as error:
        print(f"error: {error}\nThe import can be repeated.", file=sys.stderr)
        return 1
    except (NotAFeedError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"error: {options.file}: {reason}", file=sys.stderr)
        return 2
    _report(outcome, is_dry=options.dry_run)
    return 1 if _tell_left_out(feed, reading) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="import_vulnerabilities.py",
        description=__doc__,
        epilog=_EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the feed, a JSON file")
    parser.add_argument(
        "--table", default=os.environ.get("TABLE_NAME", "sites"), help="the table (%(default)s)"
    )
    parser.add_argument(
        "--topic-arn",
        default=os.environ.get("NOTIFICATION_TOPIC_ARN"),
        metavar="ARN",
        help="the topic of notifications (NOTIFICATION_TOPIC_ARN)",
    )
    parser.add_argument(
        "--environment",
        choices=("dev", "sit", "prod"),
        default=os.environ.get("ENVIRONMENT", "dev"),
        help="the environment that stands in the events (%(default)s)",
    )
    parser.add_argument("--endpoint-url", metavar="URL", help="where AWS is (AWS_ENDPOINT_URL)")
    parser.add_argument(
        "--dry-run", action="store_true", help="write nothing and tell nobody; say what would be"
    )
    return parser


def _advisories(options: argparse.Namespace) -> "Advisories":
    from bbws_shared import aws
    from bbws_shared.notifications import Notifications
    from bbws_shared.table import Table
    from bbws_shared.timestamps import utc_now
    from plugins.advisories import Advisories
    from plugins.installed_repository import InstalledRepository
    from plugins.repository import CatalogueRepository

    table = Table(aws.client("dynamodb"), options.table)
    topic = Notifications(aws.client("sns"), options.topic_arn)
    return Advisories(
        CatalogueRepository(table), InstalledRepository(table), topic, options.environment, utc_now
    )


def _carry_out(
    advisories: "Advisories", reading: "Reading", options: argparse.Namespace
) -> "Import":
    if options.dry_run:
        return advisories.check(reading)
    return advisories.take(reading, f"import-{uuid4()}", everywhere=True)


def _require_advisories(reading: "Reading", feed: Feed) -> None:
    if feed.malformed and not reading.advisories:
        raise NotAFeedError(f"this is no feed: {feed.malformed[0]}")


def _reason(error: Exception) -> str:
    """What ijson says, without its picture of the place; some of its messages are bytes."""
    (told,) = error.args
    text = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
    return text.splitlines()[0]


def _problems(errors: Iterable[Any]) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc']))} ({one['msg']})" for one in errors)


def _end_of_json(path: Path) -> tuple[int, int]:
    """Where a file stops being JSON, as line and column (in bytes), both from 1."""
    with path.open("rb") as file:
        good = _accepted(file, _CHUNK, 0)
        end = _accepted(file, 1, good)
        file.seek(0)
        line, column = 1, 1
        while end > 0 and (chunk := file.read(min(_CHUNK, end))):
            end -= len(chunk)
            line += chunk.count(b"\n")
            newline = chunk.rfind(b"\n")
            column = column + len(chunk) if newline < 0 else len(chunk) - newline
        return line, column


def _accepted(file: BinaryIO, step: int, surely: int) -> int:
    """How many bytes from the start are JSON; after those that `surely` are, in such steps."""
    import ijson

    file.seek(0)
    parser = ijson.basic_parse_coro(ijson.sendable_list())
    accepted = 0
    try:
        while chunk := file.read(_CHUNK if accepted < surely else step):
            parser.send(chunk)
            accepted += len(chunk)
    except ijson.JSONError:
        pass
    return accepted


def _report(outcome: "Import", *, is_dry: bool) -> None:
    would = " (dry run: nothing was changed)" if is_dry else ""
    print(f"advisories read         {outcome.advisories}{would}")
    print(f"plugins updated         {len(outcome.plugins_updated)}")
    print(f"installations affected  {len(outcome.affected)}")
    names = ("tenantId", "siteId", "pluginId", "version")
    rows = [[one[name] for name in names] for one in outcome.affected]
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    ids = ["vulnerabilityIds", *(", ".join(one["vulnerabilityIds"]) for one in outcome.affected)]
    print()
    for row, known in zip([names, *rows], ids, strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join((*cells, known)))


def _tell_left_out(feed: Feed, reading: "Reading") -> bool:
    for problem in feed.malformed[:_MOST_TOLD]:
        print(f"left out: {problem}", file=sys.stderr)
    if len(feed.malformed) > _MOST_TOLD:
        print(f"left out: {len(feed.malformed) - _MOST_TOLD} more entries", file=sys.stderr)
    full = reading.without_room()
    for plugin_id in full:
        told = "more is known than its entry can hold; it stays as it is"
        print(f"left out: plugin {plugin_id}: {told}", file=sys.stderr)
    return bool(feed.malformed or full)


def _require_libraries() -> None:
    """Run under the Python of .venv when this one lacks what is needed."""
    if all(map(importlib.util.find_spec, _NEEDED)):
        return
    venv = _REPOSITORY / ".venv"
    python = venv / "bin" / "python"
    if Path(sys.prefix) == venv or not python.exists():
        print(f"error: {venv} lacks what is needed; install it with: make venv", file=sys.stderr)
        sys.exit(2)
    os.execv(python, [str(python), *sys.argv])  # noqa: S606


if __name__ == "__main__":
    _require_libraries()
    sys.path.insert(0, str(_REPOSITORY / "plugins-service" / "src"))
    sys.exit(main(sys.argv[1:]))
