"""Issue "API Gateway 502 Bad Gateway": role, table, environment variables, network, load balancer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from bbws_operations.diagnosis.finding import Finding, Level
from bbws_operations.environment import PROCESSOR, TABLE, Environment
from bbws_operations.errors import is_missing

_ERRORS_SINCE: Final = timedelta(hours=1)
_REQUIRED: Final = ("ENVIRONMENT", "TABLE_NAME", "WORDPRESS_BASE_URL")
"""What every function reads while it starts (terraform/functions.tf)."""


def table(environment: Environment) -> Iterator[Finding]:
    """The table."""
    try:
        status = environment.dynamodb.describe_table(TableName=TABLE)["Table"]["TableStatus"]
    except ClientError as error:
        if not is_missing(error):
            raise
        yield Finding(
            Level.FAIL, f"table {TABLE}", "does not exist", "terraform/foundation makes it"
        )
        return
    level = Level.OK if status == "ACTIVE" else Level.FAIL
    yield Finding(level, f"table {TABLE}", f"is {status}")


def configurations(environment: Environment) -> Iterator[Finding]:
    """Environment variables, role and network of the functions."""
    for function in environment.functions.values():
        try:
            found = environment.lambda_.get_function_configuration(FunctionName=function)
        except ClientError as error:
            if is_missing(error):
                continue  # said among the functions
            raise
        variables = found.get("Environment", {}).get("Variables", {})
        missing = [name for name in _REQUIRED if not variables.get(name)]
        other = variables.get("ENVIRONMENT", environment.name) != environment.name
        if missing or other:
            seen = (
                f"lacks {', '.join(missing)}"
                if missing
                else "is configured for another environment"
            )
            yield Finding(Level.FAIL, f"{function} variables", seen, "terraform plan")
        else:
            yield Finding(Level.OK, f"{function} variables", "are set")
        yield _role(environment, function, found["Role"].rpartition("/")[2])
        if not found.get("VpcConfig", {}).get("SubnetIds"):
            yield Finding(
                Level.FAIL, f"{function} network", "is in no VPC: the internal ALB is out of reach",
                "terraform plan",
            )  # fmt: skip


def _role(environment: Environment, function: str, role: str) -> Finding:
    """Whether the role of a function has any permission on the table."""
    iam, what = environment.client("iam"), f"{function} role"
    try:
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    except ClientError as error:
        if is_missing(error):
            return Finding(Level.FAIL, what, f"{role} does not exist", "terraform plan")
        raise
    for name in names:
        policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        if any(_allows_items(statement) for statement in policy["Statement"]):
            return Finding(Level.OK, what, "may use the table")
    return Finding(Level.FAIL, what, f"{role} has no DynamoDB permission", "terraform plan")


def _allows_items(statement: dict[str, Any]) -> bool:
    actions = statement.get("Action", [])
    actions = [actions] if isinstance(actions, str) else actions
    return statement["Effect"] == "Allow" and "dynamodb:GetItem" in actions


def errors(environment: Environment) -> Iterator[Finding]:
    """What the functions logged as errors in the last hour."""
    since = int((datetime.now(UTC) - _ERRORS_SINCE).timestamp() * 1000)
    for service, function in environment.functions.items():
        group = f"/aws/lambda/{function}"
        try:
            answer = environment.client("logs").filter_log_events(
                logGroupName=group, startTime=since, filterPattern="ERROR", limit=50
            )
        except ClientError as error:
            if not is_missing(error):
                raise
            yield Finding(
                Level.FAIL, f"{function} log", f"{group} does not exist", "terraform plan"
            )
            continue
        lines = [event["message"].strip() for event in answer["events"]]
        if lines:
            level = Level.WARN if service == PROCESSOR else Level.FAIL
            yield Finding(
                level, f"{function} log", f"errors in an hour: {len(lines)}, the last: {lines[-1][:160]}",
                f"aws logs tail {group} --since 1h --filter-pattern ERROR",
            )  # fmt: skip
        else:
            yield Finding(Level.OK, f"{function} log", "has no error in an hour")
