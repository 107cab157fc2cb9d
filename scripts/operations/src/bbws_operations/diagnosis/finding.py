"""What a look at the account has found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from bbws_operations.environment import Environment


class Level(StrEnum):
    """How bad it is."""

    OK = "OK"
    WARN = "WARN"
    """It may be the cause, or become one."""
    FAIL = "FAIL"
    """It is broken."""
    UNKNOWN = "?"
    """It could not be looked at."""


@dataclass(frozen=True)
class Finding:
    """One look, what was seen, and what to do about it."""

    level: Level
    what: str
    seen: str
    advice: str = ""


Look = Callable[[Environment], Iterator[Finding]]
"""A question to the account."""

_REFUSED: Final = (
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AccessDeniedFault",
)


def asked(look: Look, environment: Environment) -> Iterator[Finding]:
    """The findings of a look; a refusal of AWS is one as well, and ends no other look."""
    what = (look.__doc__ or look.__name__).strip().splitlines()[0].rstrip(".")
    try:
        yield from look(environment)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        advice = "these credentials may not look at it" if code in _REFUSED else ""
        yield Finding(Level.UNKNOWN, what, f"{error.operation_name}: {code}", advice)
    except BotoCoreError as error:
        yield Finding(Level.UNKNOWN, what, str(error))
