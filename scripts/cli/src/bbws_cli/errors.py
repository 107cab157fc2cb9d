"""How a run can fail: each failure has an exit status and a readable block for stderr."""

from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

import click

from bbws_cli.plain import plain, words

_GATEWAY_SUGGESTIONS: Final = {
    401: "Sign in again and give the new ID token with --token or BBWS_TOKEN.",
    403: "Check the address given with --api, and the token.",
    404: "Check the address given with --api.",
    429: "Wait a moment, then try again.",
}


class Failure(click.ClickException):
    """Something was refused or failed; the lines under the message say more."""

    exit_code = 1

    def lines(self) -> Iterator[str]:
        """What is known beyond the message."""
        yield from ()

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the block to stderr."""
        click.secho(f"Error: {plain(self.message)}", file=file, err=True, fg="red")
        for line in self.lines():
            click.echo(f"  {plain(line)}", file=file, err=True)


class OutOfReach(Failure):
    """No answer of the API has come."""

    exit_code = 3

    def __init__(self, api_url: str, reason: str, idempotency_key: str | None = None) -> None:
        super().__init__(f"The API at {api_url} is out of reach: {reason}.")
        self.idempotency_key = idempotency_key

    def lines(self) -> Iterator[str]:
        """How to go on."""
        yield "Try: check the address and the network; the local stack starts with: make run"
        yield from _repetition(self.idempotency_key)


class Refused(Failure):
    """The API has answered with an error."""

    def __init__(
        self, status: int, body: Any, headers: Mapping[str, str], idempotency_key: str | None = None
    ) -> None:
        told = body if isinstance(body, dict) else {}
        error = told.get("error")
        self.error: dict[str, Any] = error if isinstance(error, dict) else {}
        super().__init__(str(self.error.get("message") or told.get("message") or "No reason given"))
        self.status = status
        self.request_id = told.get("requestId") or headers.get("X-Request-Id")
        # Behind an outage the change may have been made all the same.
        self.idempotency_key = idempotency_key if status >= 500 else None
        self.is_replayed = headers.get("Idempotent-Replayed") == "true"

    def lines(self) -> Iterator[str]:
        """Code, each bad field, each failed check, other facts, what to do, and the request."""
        yield f"Code: {self.error.get('code') or '-'} (HTTP {self.status})"
        if self.is_replayed:
            # What was in its way then may be gone by now.
            yield "An earlier try with the same --idempotency-key got this answer."
        details = self.error.get("details")
        if isinstance(details, dict):
            yield from _facts(details)
        suggestion = self.error.get("suggestion") or _GATEWAY_SUGGESTIONS.get(self.status)
        if suggestion:
            yield f"Try: {suggestion}"
        yield from _repetition(self.idempotency_key)
        if self.request_id:
            yield f"Request: {self.request_id}"


class Unsuccessful(Failure):
    """An operation was waited for and did not complete."""

    def __init__(self, operation: Mapping[str, Any]) -> None:
        error = operation.get("error")
        self.error: dict[str, Any] = error if isinstance(error, dict) else {}
        ended = "was cancelled" if operation["status"] == "CANCELLED" else "failed"
        message = self.error.get("message") or operation.get("message") or "No reason given"
        super().__init__(f"The operation {ended}: {message}")
        self.operation_id = operation["operationId"]

    def lines(self) -> Iterator[str]:
        """Code, what to do, and the operation."""
        if "code" in self.error:
            yield f"Code: {self.error['code']}"
        if self.error.get("suggestion"):
            yield f"Try: {self.error['suggestion']}"
        yield f"Operation: {self.operation_id}"


class Unwritten(Failure):
    """The output could not be written: its disk is full, for one."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"The output could not be written: {error.strerror}.")


class StillRunning(Failure):
    """An operation has not ended in the time that was given."""

    def __init__(self, status: str, seconds: int) -> None:
        super().__init__(f"The operation is still {status} after {seconds} s.")


def _repetition(idempotency_key: str | None) -> Iterator[str]:
    if idempotency_key is not None:
        yield f"Repeat it safely with: --idempotency-key {idempotency_key}"


def _facts(details: Mapping[str, Any]) -> Iterator[str]:
    for bad in _records(details.get("errors")):
        yield f"{bad.get('field')}: {bad.get('message')}"
    for check in _records(details.get("checks")):
        about = " ".join(str(check[name]) for name in ("name", "code", "status") if name in check)
        yield f"{about}: {check['message']}" if check.get("message") else about
    for name, value in details.items():
        if name not in ("errors", "checks", "_links"):
            yield f"{name}: {words(value)}"


def _records(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
