"""Where a function stands: its state, the version that `live` serves, and the release that is."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from bbws_operations.environment import Environment
from bbws_operations.errors import Failure, is_missing

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

ALIAS: Final = "live"
_RELEASE: Final = re.compile(r"\brelease (\S+)$")


@dataclass(frozen=True)
class Configuration:
    """A function, or one published version of it.

    Attributes:
        version: The number of the version; `$LATEST` for the function itself.
        code_sha256: SHA-256 of the ZIP, in base64 as Lambda gives it.
        release: The release whose code it is, without the `v`; None where nobody has said it.
    """

    function: str
    version: str
    state: str
    state_reason: str
    last_update: str
    code_sha256: str
    release: str | None

    @property
    def troubles(self) -> list[str]:
        """Why it cannot serve; nothing when it can."""
        troubles = []
        if self.state != "Active":
            reason = f" ({self.state_reason})" if self.state_reason else ""
            troubles.append(f"is {self.state}, not Active{reason}")
        if self.last_update != "Successful":
            troubles.append(f"has a last update that is {self.last_update}, not Successful")
        return troubles


@dataclass(frozen=True)
class Live:
    """The alias `live`: its version, and what share of the calls other versions get."""

    function: str
    version: str
    weights: dict[str, float]
    revision: str


def configuration_of(
    environment: Environment, function: str, qualifier: str = "$LATEST"
) -> Configuration:
    """A function's configuration, or a version's. Failure when there is none."""
    try:
        found = environment.lambda_.get_function_configuration(
            FunctionName=function, Qualifier=qualifier
        )
    except ClientError as error:
        if not is_missing(error):
            raise
        what = function if qualifier == "$LATEST" else f"{function}:{qualifier}"
        raise Failure(f"{what} does not exist in {environment.title}.") from error
    return _configuration(function, found)


def _configuration(function: str, found: "FunctionConfigurationResponseTypeDef") -> Configuration:
    return Configuration(
        function=function,
        version=found["Version"],
        state=found["State"],
        state_reason=found.get("StateReason", ""),
        last_update=found["LastUpdateStatus"],
        code_sha256=found["CodeSha256"],
        release=release_in(found.get("Description", "")),
    )


def release_in(description: str) -> str | None:
    """The release that a version's description names.

    Terraform writes it there (terraform/functions.tf) from shared/src/bbws_shared/version.py. A
    published version never changes, so whatever `live` is moved to, its release is known.
    """
    named = _RELEASE.search(description)
    return named[1] if named else None


def live_of(environment: Environment, function: str) -> Live | None:
    """The alias `live` of a function; None when there is no function or no alias yet."""
    try:
        alias = environment.lambda_.get_alias(FunctionName=function, Name=ALIAS)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return Live(function, alias["FunctionVersion"], dict(weights), alias["RevisionId"])


def serving(environment: Environment, function: str) -> Configuration:
    """The version that serves all calls. Failure when there is none, or when two share the calls."""
    live = live_of(environment, function)
    if live is None:
        raise Failure(f"{function} has no alias {ALIAS} in {environment.title}: nothing serves.")
    if live.weights:
        shares = ", ".join(f"{share:.0%} to {version}" for version, share in live.weights.items())
        raise Failure(
            f"A deployment of {function} to {environment.title} is under way or was left unfinished: "
            f"{ALIAS} is on {live.version}, with {shares}."
        )
    return configuration_of(environment, function, live.version)
