"""Watches what functions call: keeps each action on each resource, and can refuse what no role allows."""

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from bbws_local.faults import error_response
from bbws_local.iam.account import EmulatedAccount
from bbws_local.iam.actions import Authorization, authorizations
from bbws_local.iam.credentials import access_key_of
from bbws_local.serving import Request, Response
from bbws_local.specification import ACCOUNT_ID, REGION

# Each service's own error for "not authorized" (API references, "Common errors"; S3 "Error
# responses"); DynamoDB's and Secrets Manager's is a 400.
_DENIALS: Final = {
    "s3": (403, "AccessDenied"),
    "sns": (403, "AuthorizationError"),
    "sqs": (403, "AccessDenied"),
}
_DENIAL: Final = (400, "AccessDeniedException")


@dataclass(frozen=True, order=True)
class Use:
    """A function did, or tried to do, this."""

    function: str
    action: str
    resource: str


class Gatekeeper:
    """Stands before moto; thread safe.

    `denies` says whether a call that the function's role does not allow is refused; either way it
    is kept among the uses.
    """

    def __init__(self, *, denies: bool) -> None:
        self._denies = denies
        self._account = EmulatedAccount()
        self._uses: set[Use] = set()
        self._lock = threading.Lock()

    def check(
        self, service: str, operation: str, request: Request, moto_lock: Any
    ) -> Response | None:
        """The refusal of a call; None when it may go on. People's own calls always may."""
        key = access_key_of(request)
        with moto_lock:
            function = self._account.function_of(key)
            if not function:
                return None
            wanted = authorizations(service, operation, request, self._account)
            lacking = self._lacking(function, wanted) if self._denies else None
            role = self._account.role_name(function) if lacking else ""
        with self._lock:
            self._uses |= {Use(function, one.action, one.resource) for one in wanted}
        return _refusal(service, function, role, lacking, request) if lacking else None

    def uses(self) -> list[dict[str, Any]]:
        """What was used, each once: function, action, resource."""
        with self._lock:
            return [asdict(use) for use in sorted(self._uses)]

    def forget(self) -> None:
        """Begin anew to keep what is used."""
        with self._lock:
            self._uses.clear()

    def _lacking(self, function: str, wanted: Iterable[Authorization]) -> Authorization | None:
        # Lambda docs, "Using source function ARN to control function access behavior".
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{function}"
        permissions = self._account.permissions(function)
        context = {"lambda:SourceFunctionArn": arn}
        return next((one for one in wanted if not permissions.allow(one, context)), None)


def _refusal(
    service: str, function: str, role: str, lacking: Authorization, request: Request
) -> Response:
    status, code = _DENIALS.get(service, _DENIAL)
    # IAM docs, "Troubleshoot access denied error messages".
    message = (
        f"User: arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role}/{function} is not authorized to "
        f"perform: {lacking.action} on resource: {lacking.resource} because no identity-based "
        f"policy allows the {lacking.action} action"
    )
    return error_response(status, code, message, request)
