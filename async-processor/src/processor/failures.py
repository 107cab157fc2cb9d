"""Why an operation failed: in words that a customer understands, and what that leaves behind."""

from dataclasses import dataclass
from typing import Final

from bbws_shared.errors import InternalError, ServiceError, WordPressFailed, WordPressTimedOut
from bbws_shared.wordpress_transport import (
    WordPressRefused,
    WordPressUnavailable,
    WrongTenantAnswered,
)

_TRY_AGAIN: Final = "Try again in a few minutes; contact support if it fails again."


@dataclass(frozen=True)
class Failure:
    """The end of an operation that did not succeed.

    Attributes:
        left_nothing: Whether the step that failed certainly had no effect.
    """

    code: str
    message: str
    suggestion: str
    left_nothing: bool = False

    def told(self) -> dict[str, str]:
        """The operation's `error`."""
        return {"code": self.code, "message": self.message, "suggestion": self.suggestion}


def is_permanent(error: Exception) -> bool:
    """Whether trying again would end the same way."""
    return isinstance(error, WordPressRefused | ServiceError)


def failure_of(error: Exception) -> Failure:
    """What `error` means for the customer; nothing of our inside is told."""
    if isinstance(error, WrongTenantAnswered):
        return Failure(
            WordPressFailed.code,
            "The request did not reach your WordPress. Our team has been told.",
            "Contact support with the operation's id.",
        )
    if isinstance(error, WordPressRefused):
        return Failure(
            WordPressFailed.code,
            f"WordPress refused this: {error.message or error.code}",
            "Correct what WordPress names and try again, or contact support.",
            left_nothing=error.is_first_answer,
        )
    if isinstance(error, WordPressUnavailable):
        if error.timed_out:
            message = "WordPress did not answer in time, although we tried several times."
            return Failure(WordPressTimedOut.code, message, _TRY_AGAIN)
        message = "WordPress could not be reached, although we tried several times."
        return Failure(WordPressFailed.code, message, _TRY_AGAIN)
    if isinstance(error, ServiceError):
        return Failure(error.code, error.message, error.suggestion, left_nothing=True)
    return Failure(InternalError.code, "An internal error stopped this operation.", _TRY_AGAIN)


def timed_out(*, has_begun: bool) -> Failure:
    """An operation that made no progress for as long as it may."""
    return Failure(
        InternalError.code,
        "This operation could not be completed in time.",
        _TRY_AGAIN,
        left_nothing=not has_begun,
    )
