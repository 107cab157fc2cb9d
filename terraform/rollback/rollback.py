"""Moves the alias `live` of the functions back to the version before the last deployment.

The script of the SSM Automation document `bbws-wp-rollback-{env}` (terraform/rollback.tf), which the two
alarms of the runbook's section 9 start. It uses nothing of the functions it repairs, and of AWS only
what the role of the document may do. Automation runs it with Python 3.11 and boto3 (AWS docs,
"aws:executeScript"); two opening braces side by side would be taken for a variable of Automation.

What makes it safe to run twice, or two at once:

- It moves an alias only from the newest version of its function. Where `live` is behind the newest,
  somebody has moved it back already, and going further back is for a person to decide.
- Each move carries the RevisionId of the alias that was read, so of two runs only one can make it.
- A version that was left gets an alias `rolled-back-{version}` of its own. Later rollbacks pass over it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ALIAS: Final = "live"
MARK: Final = "rolled-back-"
ONE_DEPLOYMENT: Final = timedelta(minutes=30)
"""Versions published within this time of the newest one came with the same deployment."""
ATTEMPTS: Final = 3
_DESCRIPTION_LIMIT: Final = 256
_SUBJECT_LIMIT: Final = 100
_CONFLICT: Final = 409
_AFTERWARDS: Final = (
    "Look whether the alarm returns to OK. Deploy nothing that lacks a fix or a revert: the next "
    "deployment moves `live` forward again. See docs/operations.md, Automatic rollback."
)
_NEEDS_A_PERSON: Final = "A person has to decide now. See docs/operations.md, Automatic rollback."
# aws:executeScript does not repeat throttled calls by itself (AWS docs, "aws:executeScript").
_PATIENT: Final = Config(retries={"mode": "standard", "total_max_attempts": 8})


class RollbackRefused(Exception):
    """Nothing was moved, because there is nothing right to move to."""


class RollbackIncomplete(Exception):
    """Some functions could not be moved."""


@dataclass(frozen=True)
class Standing:
    """Where a function stands.

    Attributes:
        live: The version that `live` points to.
        is_split: Whether `live` sends a share of the calls to a second version.
        versions: All published versions, oldest first.
        published_at: When the newest of them was published.
        known_bad: Versions that were rolled back from.
    """

    function: str
    live: int
    is_split: bool
    revision: str
    versions: tuple[int, ...]
    published_at: datetime
    known_bad: frozenset[int]

    @property
    def is_held_back(self) -> bool:
        """Whether `live` was moved back since the last deployment."""
        return self.live < self.versions[-1]

    @property
    def target(self) -> int | None:
        """The version `live` belongs on; None when no version before it is known to be good."""
        if self.is_held_back:
            return self.live
        good = [v for v in self.versions if v < self.live and v not in self.known_bad]
        return good[-1] if good else None

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to move."""
        return self.target == self.live and not self.is_split


@dataclass(frozen=True)
class Outcome:
    """What became of a function, in words."""

    function: str
    text: str
    is_moved: bool = False

    def __str__(self) -> str:
        return f"{self.function}: {self.text}"


def handler(events: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 (Automation's)
    """Roll back, and publish what was done.

    `events` is the step's InputPayload: `region`, `environment`, `functions` (their names),
    `topicArn`, `cause` (the alarm, or who asked) and `execution` (the execution's id).

    Raises:
        RollbackRefused: there is no earlier version; nothing was moved.
        RollbackIncomplete: AWS refused to move some functions; the others were moved.
    """
    client = boto3.client("lambda", region_name=events["region"], config=_PATIENT)
    try:
        outcomes = roll_back(client, events["functions"], events["cause"])
    except Exception as error:
        how = "NOT complete" if isinstance(error, RollbackIncomplete) else "NOT done"
        _publish(events, f"Rollback {how}", str(error), _NEEDS_A_PERSON)
        raise
    moved = [outcome.function for outcome in outcomes if outcome.is_moved]
    lines = [str(outcome) for outcome in outcomes]
    if moved:
        _publish(events, "Rolled back", *lines, _AFTERWARDS)
    else:
        _publish(events, "Rollback asked for, nothing to move", *lines, _NEEDS_A_PERSON)
    return {"moved": moved, "outcomes": lines}


def roll_back(client: "LambdaClient", functions: list[str], cause: str) -> list[Outcome]:
    """Move the functions of the last deployment back.

    Either every function of that deployment has an earlier version, or none is moved.
    """
    standings = [standing_of(client, function) for function in functions]
    deployed = last_deployment(standings)
    if stuck := [one.function for one in deployed if one.target is None]:
        raise RollbackRefused(
            f"Nothing was moved. No earlier version to go back to, or none that was not rolled back "
            f"from before: {', '.join(stuck)}."
        )
    outcomes, failures = [], []
    for standing in standings:
        if standing not in deployed:
            text = f"stays at version {standing.live}, which the last deployment kept"
            outcomes.append(Outcome(standing.function, text))
            continue
        try:
            outcomes.append(move_back(client, standing, cause))
        except (BotoCoreError, ClientError, RollbackIncomplete) as error:
            failures.append(Outcome(standing.function, f"NOT moved: {error}"))
    if failures:
        raise RollbackIncomplete("\n".join(map(str, [*failures, *outcomes])))
    return outcomes


def last_deployment(standings: list[Standing]) -> list[Standing]:
    """Those that the last deployment gave a new version.

    The others run what they ran before it. To move them too would put versions together that never
    ran together.
    """
    last = max(standing.published_at for standing in standings)
    return [one for one in standings if last - one.published_at <= ONE_DEPLOYMENT]


def standing_of(client: "LambdaClient", function: str) -> Standing:
    """Where a function stands. Raises RollbackRefused when `live` is not on a published version."""
    pages = client.get_paginator("list_aliases").paginate(FunctionName=function)
    aliases = {alias["Name"]: alias for page in pages for alias in page["Aliases"]}
    live = aliases.get(ALIAS)
    if live is None or not live["FunctionVersion"].isdecimal():
        raise RollbackRefused(
            f"Nothing was moved. The alias {ALIAS} of {function} is not on a published version."
        )
    published = published_versions(client, function)
    versions = tuple(sorted(published))
    routing = live.get("RoutingConfig") or {}
    marks = [one["FunctionVersion"] for name, one in aliases.items() if name.startswith(MARK)]
    return Standing(
        function=function,
        live=int(live["FunctionVersion"]),
        is_split=bool(routing.get("AdditionalVersionWeights")),
        revision=live["RevisionId"],
        versions=versions,
        published_at=published[versions[-1]],
        known_bad=frozenset(map(int, marks)),
    )


def published_versions(client: "LambdaClient", function: str) -> dict[int, datetime]:
    """The published versions of a function, and when each was published."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    return {
        int(version["Version"]): datetime.fromisoformat(version["LastModified"])
        for page in pages
        for version in page["Versions"]
        if version["Version"].isdecimal()
    }


def move_back(client: "LambdaClient", standing: Standing, cause: str) -> Outcome:
    """Move one function to its target, unless somebody else changes its alias first."""
    newest = standing.versions[-1]
    for _ in range(ATTEMPTS):
        if standing.versions[-1] != newest:
            text = f"stays at version {standing.live}, deployed meanwhile"
            return Outcome(standing.function, text)
        if standing.is_done:
            return Outcome(
                standing.function, f"stays at version {standing.live}, moved back before"
            )
        note = _mark(client, standing, cause)
        try:
            _point(client, standing, cause)
        except client.exceptions.PreconditionFailedException:
            # Another run, a person or a deployment was faster; what they did decides.
            standing = standing_of(client, standing.function)
            continue
        text = f"version {newest} -> {standing.target}{note}"
        return Outcome(standing.function, text, is_moved=True)
    raise RollbackIncomplete(f"the alias {ALIAS} changed {ATTEMPTS} times while it was moved")


def _point(client: "LambdaClient", standing: Standing, cause: str) -> None:
    left = standing.versions[-1]
    client.update_alias(
        FunctionName=standing.function,
        Name=ALIAS,
        FunctionVersion=str(standing.target),
        Description=f"Rolled back from version {left}: {cause}"[:_DESCRIPTION_LIMIT],
        RoutingConfig={"AdditionalVersionWeights": dict[str, float]()},
        RevisionId=standing.revision,
    )


def _mark(client: "LambdaClient", standing: Standing, cause: str) -> str:
    """Remember the newest version as one that was left; a note when that failed.

    A mark that cannot be made keeps no function from moving: only a later rollback would miss it.
    """
    left = standing.versions[-1]
    if left in standing.known_bad:
        return ""
    try:
        client.create_alias(
            FunctionName=standing.function,
            Name=f"{MARK}{left}",
            FunctionVersion=str(left),
            Description=f"Rolled back from: {cause}"[:_DESCRIPTION_LIMIT],
        )
    except ClientError as error:
        # 409: a run at the same time was faster.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != _CONFLICT:
            return f" (but {left} could not be marked as left: {error})"
    return ""


def _publish(events: dict[str, Any], headline: str, *lines: str) -> None:
    sns = boto3.client("sns", region_name=events["region"], config=_PATIENT)
    asked = f"Asked for by {events['cause']}, execution {events['execution']}."
    sns.publish(
        TopicArn=events["topicArn"],
        Subject=f"[{events['environment']}] {headline}"[:_SUBJECT_LIMIT],
        Message="\n".join([f"{headline}.", asked, "", *lines]),
        MessageAttributes={
            "eventType": {"DataType": "String", "StringValue": "deployment.rollback"}
        },
    )
