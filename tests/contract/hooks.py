"""What schemathesis has to know beyond the OpenAPI document."""

import re
import zoneinfo
from typing import Any, Final

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData, UseAfterFree

schemathesis.openapi.format(
    "iana-time-zone", st.sampled_from(sorted(zoneinfo.available_timezones()))
)

BEYOND_SCHEMAS: Final = {
    # The document says these in words, for a schema of OpenAPI 3.0 cannot.
    r"nextToken": r"The token does not belong to this list\.",
    r"backupId": r"is no completed backup of this site",
    r"configuration\.timezone": r"must be an IANA time zone such as Africa/Johannesburg",
    # A plugin's options; which names there are is the catalogue's to say.
    r"configuration\..*": (
        r"is not a known option|may hold numbers of at most 38 digits|may not hold empty names"
        r"|may be nested at most 20 levels deep"
    ),
    # Versions are compared as WordPress compares them; and an entry of the table has an end.
    r"releases": r"may not hold a version twice|are more than fit beside .+ vulnerabilities",
    r"body": r"says more than fits of: .+",
}
"""The refusals of valid data that are right: fields, and what is said of them."""


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Failure,
    case: schemathesis.Case[Any],
    response: schemathesis.Response,
) -> bool:
    """Whether a failure is one: the document says more in words than schemas and links can."""
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        return not all(_is_beyond_schemas(error) for error in _field_errors(response))
    if isinstance(failure, UseAfterFree):
        # Deletion is asynchronous, and a deleted site can be read for 90 days.
        return not (failure.free.startswith("DELETE ") and "/plugins/" not in failure.free)
    return True


def _field_errors(response: schemathesis.Response) -> list[dict[str, Any]]:
    body = response.json()
    # A problem has its details at the top.
    content = body.get("error", body)
    errors: list[dict[str, Any]] = content["details"]["errors"]
    return errors


def _is_beyond_schemas(error: dict[str, Any]) -> bool:
    return any(
        re.fullmatch(field, error["field"], re.DOTALL) and re.fullmatch(message, error["message"])
        for field, message in BEYOND_SCHEMAS.items()
    )
