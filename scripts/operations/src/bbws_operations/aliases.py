"""Moving the alias `live`, as safe as the automatic rollback does (terraform/rollback/rollback.py)."""

from typing import Final

from botocore.exceptions import ClientError

from bbws_operations.environment import Environment
from bbws_operations.errors import Failure, is_missing
from bbws_operations.functions import ALIAS, Live, live_of

MARK: Final = "rolled-back-"
"""An alias of this name and a version's number says that the version was left, as in the automation."""
_DESCRIPTION: Final = "The version that serves"
"""What Terraform gives the alias (terraform/modules/function), so that a plan after it has no change."""
_DESCRIPTION_LIMIT: Final = 256
_CONFLICT: Final = 409


class AliasChanged(Failure):
    """Somebody else has moved the alias since it was read."""

    def __init__(self, function: str) -> None:
        super().__init__(
            f"{function}: the alias {ALIAS} was changed by somebody else meanwhile; it was left as it is."
        )


def move(
    environment: Environment,
    live: Live,
    version: str,
    weights: dict[str, float] | None = None,
    description: str = _DESCRIPTION,
) -> Live:
    """Point the alias that was read as `live` to a version, with shares of the calls for others.

    The calls of a moment go to one version or the other; none is lost (Lambda docs, "Implement Lambda
    canary deployments using a weighted alias").

    Raises:
        AliasChanged: It is not as it was read any more.
    """
    try:
        moved = environment.lambda_.update_alias(
            FunctionName=live.function,
            Name=ALIAS,
            FunctionVersion=version,
            Description=description[:_DESCRIPTION_LIMIT],
            # Empty it takes the shares away; Terraform does so too.
            RoutingConfig={"AdditionalVersionWeights": weights} if weights else {},
            RevisionId=live.revision,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "PreconditionFailedException":
            raise AliasChanged(live.function) from error
        raise
    return Live(live.function, version, weights or {}, moved["RevisionId"])


def move_back(environment: Environment, function: str, version: str, left: str, cause: str) -> None:
    """Give all calls to `version`, and remember that `left` was left. Twice is as good as once."""
    mark_as_left(environment, function, left, cause)
    live = live_of(environment, function)
    if live is None:
        raise Failure(f"{function} has no alias {ALIAS}.")
    # The automatic rollback may have been faster.
    if live.version != version or live.weights:
        move(environment, live, version, description=f"Rolled back from version {left}: {cause}")


def mark_as_left(environment: Environment, function: str, version: str, cause: str) -> None:
    """Remember a version as one that was rolled back from; later rollbacks pass over it."""
    try:
        environment.lambda_.create_alias(
            FunctionName=function,
            Name=f"{MARK}{version}",
            FunctionVersion=version,
            Description=f"Rolled back from: {cause}"[:_DESCRIPTION_LIMIT],
        )
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != _CONFLICT:
            raise


def was_left(environment: Environment, function: str, version: str) -> bool:
    """Whether this version was rolled back from."""
    try:
        environment.lambda_.get_alias(FunctionName=function, Name=f"{MARK}{version}")
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True


def published_versions(environment: Environment, function: str) -> list[str]:
    """The numbers of a function's published versions, oldest first."""
    pages = environment.lambda_.get_paginator("list_versions_by_function").paginate(
        FunctionName=function
    )
    numbers = [one["Version"] for page in pages for one in page["Versions"]]
    return sorted((number for number in numbers if number.isdecimal()), key=int)
