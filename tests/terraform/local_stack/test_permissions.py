"""Each function may do what it does, and nothing else: its policies against what it used."""

import json
from dataclasses import dataclass
from typing import Final

import pytest

from bbws_local.iam.actions import Authorization
from bbws_local.iam.gatekeeper import Use
from bbws_local.iam.policies import Statement, matches, statements_of
from bbws_local.specification import PROCESSOR, REGION, SERVICES
from bbws_local.stack import LocalStack
from terraform.local_stack.drive import drive_everything, uses_of

_LOGS: Final = "Lambda writes the function's log with its role"
_TRACES: Final = "Lambda's X-Ray daemon sends the traces; here nothing is traced"
_INTERFACES: Final = "Lambda makes the network interfaces with the role; here there is no VPC"
_POLLING: Final = "the event source mapping reads the queues with the role; here the poller does"

OF_LAMBDA: Final[dict[tuple[str, str], str]] = {
    ("logs:CreateLogStream", "arn:aws:logs:*:log-group:/aws/lambda/*"): _LOGS,
    ("logs:PutLogEvents", "arn:aws:logs:*:log-group:/aws/lambda/*"): _LOGS,
    ("xray:PutTraceSegments", "*"): _TRACES,
    ("xray:PutTelemetryRecords", "*"): _TRACES,
    ("ec2:CreateNetworkInterface", "arn:aws:ec2:*:network-interface/*"): _INTERFACES,
    ("ec2:CreateNetworkInterface", "arn:aws:ec2:*:subnet/*"): _INTERFACES,
    ("ec2:CreateNetworkInterface", "arn:aws:ec2:*:security-group/*"): _INTERFACES,
    ("ec2:DeleteNetworkInterface", "arn:aws:ec2:*:network-interface/*"): _INTERFACES,
    ("ec2:AssignPrivateIpAddresses", "arn:aws:ec2:*:network-interface/*"): _INTERFACES,
    ("ec2:UnassignPrivateIpAddresses", "arn:aws:ec2:*:network-interface/*"): _INTERFACES,
    ("ec2:DescribeNetworkInterfaces", "*"): _INTERFACES,
    ("ec2:DescribeSubnets", "*"): _INTERFACES,
    ("sqs:ReceiveMessage", "arn:aws:sqs:*:bbws-wp-site-*"): _POLLING,
    ("sqs:DeleteMessage", "arn:aws:sqs:*:bbws-wp-site-*"): _POLLING,
    ("sqs:GetQueueAttributes", "arn:aws:sqs:*:bbws-wp-site-creation-*"): _POLLING,
    ("sqs:GetQueueAttributes", "arn:aws:sqs:*:bbws-wp-site-update-*"): _POLLING,
    ("sqs:GetQueueAttributes", "arn:aws:sqs:*:bbws-wp-site-deletion-*"): _POLLING,
}
"""What Lambda itself does with a role, by patterns of action and resource, and why no test uses it."""

WITHOUT_ARN: Final = {
    "xray:PutTraceSegments": "AWS X-Ray",
    "xray:PutTelemetryRecords": "AWS X-Ray",
    "ec2:DescribeNetworkInterfaces": "Amazon EC2",
    "ec2:DescribeSubnets": "Amazon EC2",
}
"""Actions for which the service authorization reference of the service names no resource type."""


@dataclass(frozen=True)
class Policies:
    """The statements of a function's role, and those of its boundary."""

    function: str
    statements: tuple[Statement, ...]
    boundary: tuple[Statement, ...]

    @property
    def allowed(self) -> list[Statement]:
        """What is allowed, each action on each resource."""
        return [one for one in self.statements if one.effect == "Allow"]

    @property
    def for_its_code(self) -> list[Statement]:
        """What is allowed for the function's own calls."""
        return [one for one in self.allowed if not any(_is(one, key) for key in OF_LAMBDA)]


def _is(statement: Statement, pattern: tuple[str, str]) -> bool:
    action, resource = pattern
    return statement.action == action and matches(resource, statement.resource)


@pytest.fixture(scope="module")
def policies(terraformed: LocalStack) -> dict[str, Policies]:
    """The policies of each service's function, as they are in the account."""
    return {service: _policies(terraformed, service) for service in SERVICES}


def _policies(stack: LocalStack, service: str) -> Policies:
    iam, function = stack.clients.iam, stack.specification.function(service).name
    configuration = stack.clients.lambda_.get_function_configuration(FunctionName=function)
    name = configuration["Role"].rpartition("/")[2]
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    statements: list[Statement] = []
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        statements += statements_of(json.dumps(document))
    arn = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    boundary = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    return Policies(function, tuple(statements), statements_of(json.dumps(boundary["Document"])))


@pytest.fixture(scope="module")
def uses(terraformed: LocalStack) -> set[Use]:
    """What the functions used while everything that the API offers was done."""
    drive_everything(terraformed)
    return uses_of(terraformed)


def _used(uses: set[Use], function: str) -> list[Use]:
    return sorted(use for use in uses if use.function == function)


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_function_uses_is_allowed(
    uses: set[Use], policies: dict[str, Policies], service: str
) -> None:
    of_it = policies[service]
    used = _used(uses, of_it.function)
    assert used
    lacking = [use for use in used if not any(_covers(one, use) for one in of_it.for_its_code)]
    assert lacking == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_function_may_is_used(
    uses: set[Use], policies: dict[str, Policies], service: str
) -> None:
    of_it = policies[service]
    used = _used(uses, of_it.function)
    idle = [one for one in of_it.for_its_code if not any(_covers(one, use) for use in used)]
    assert idle == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_boundary_of_the_roles_leaves_what_a_function_may(
    policies: dict[str, Policies], service: str
) -> None:
    of_it = policies[service]
    cut = [one for one in of_it.allowed if not any(_holds(limit, one) for limit in of_it.boundary)]
    assert cut == []


@pytest.mark.parametrize("pattern", OF_LAMBDA)
def test_what_is_listed_as_lambdas_own_is_allowed_somewhere(
    policies: dict[str, Policies], pattern: tuple[str, str]
) -> None:
    assert any(_is(one, pattern) for of_it in policies.values() for one in of_it.allowed)


def test_only_the_processor_lets_lambda_poll(policies: dict[str, Policies]) -> None:
    polled = [pattern for pattern, reason in OF_LAMBDA.items() if reason == _POLLING]
    for service in set(SERVICES) - {PROCESSOR}:
        assert not any(_is(one, p) for one in policies[service].allowed for p in polled)


@pytest.mark.parametrize("service", SERVICES)
def test_code_may_not_use_what_is_for_lambdas_own_work_in_the_network(
    policies: dict[str, Policies], service: str
) -> None:
    of_it = policies[service]
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:{of_it.function}"
    denials = [one for one in of_it.statements if one.effect == "Deny"]
    for allowed in (one for one in of_it.allowed if one.action.startswith("ec2:")):
        wanted = Authorization(allowed.action, allowed.resource)
        assert any(one.concerns(wanted, {"lambda:SourceFunctionArn": arn}) for one in denials)
        assert not any(one.concerns(wanted, {}) for one in denials)


@pytest.mark.parametrize("service", SERVICES)
def test_every_resource_is_named_but_where_aws_has_no_arn(
    policies: dict[str, Policies], service: str
) -> None:
    everything = {one.action for one in policies[service].allowed if one.resource == "*"}
    assert everything <= set(WITHOUT_ARN)


def test_no_action_is_left_to_a_wildcard(policies: dict[str, Policies]) -> None:
    for of_it in policies.values():
        assert [one.action for one in of_it.allowed if "*" in one.action] == []


def _covers(statement: Statement, use: Use) -> bool:
    return statement.action == use.action and matches(statement.resource, use.resource)


def _holds(limit: Statement, allowed: Statement) -> bool:
    """Whether a statement of the boundary reaches as far as one of a role."""
    return limit.action == allowed.action and matches(limit.resource, allowed.resource)
