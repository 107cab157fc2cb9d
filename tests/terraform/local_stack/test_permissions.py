"""Each function may do what it does, and nothing else: its policies against what it used.

The other test of this name holds the roles against the calls of the services' own tests. Here the
deployed whole is driven, with what only shows there: WordPress at the signed URLs, the topic's key.
"""

import json
from dataclasses import dataclass
from typing import Final

import pytest

from bbws_local.iam.gatekeeper import Use
from bbws_local.iam.policies import Statement, matches, statements_of
from bbws_local.specification import PROCESSOR, SERVICES
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
    ("ec2:CreateNetworkInterface", "arn:aws:ec2:*:*:*/*"): _INTERFACES,
    ("ec2:DeleteNetworkInterface", "arn:aws:ec2:*:*:*/*"): _INTERFACES,
    ("ec2:AssignPrivateIpAddresses", "arn:aws:ec2:*:*:*/*"): _INTERFACES,
    ("ec2:UnassignPrivateIpAddresses", "arn:aws:ec2:*:*:*/*"): _INTERFACES,
    ("ec2:DescribeNetworkInterfaces", "*"): _INTERFACES,
    ("ec2:DescribeSubnets", "*"): _INTERFACES,
    ("sqs:ReceiveMessage", "arn:aws:sqs:*:bbws-wp-site-*"): _POLLING,
    ("sqs:DeleteMessage", "arn:aws:sqs:*:bbws-wp-site-*"): _POLLING,
    ("sqs:GetQueueAttributes", "arn:aws:sqs:*:bbws-wp-site-creation-*"): _POLLING,
    ("sqs:GetQueueAttributes", "arn:aws:sqs:*:bbws-wp-site-update-*"): _POLLING,
    ("sqs:GetQueueAttributes", "arn:aws:sqs:*:bbws-wp-site-deletion-*"): _POLLING,
}
"""What Lambda itself does with a role, by patterns of action and resource, and why no test uses it."""


@dataclass(frozen=True)
class Policies:
    """The statements of a function's role."""

    function: str
    statements: tuple[Statement, ...]

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
    return Policies(function, tuple(statements))


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


@pytest.mark.parametrize("pattern", OF_LAMBDA)
def test_what_is_listed_as_lambdas_own_is_allowed_somewhere(
    policies: dict[str, Policies], pattern: tuple[str, str]
) -> None:
    assert any(_is(one, pattern) for of_it in policies.values() for one in of_it.allowed)


def test_only_the_processor_lets_lambda_poll(policies: dict[str, Policies]) -> None:
    polled = [pattern for pattern, reason in OF_LAMBDA.items() if reason == _POLLING]
    for service in set(SERVICES) - {PROCESSOR}:
        assert not any(_is(one, p) for one in policies[service].allowed for p in polled)


def _covers(statement: Statement, use: Use) -> bool:
    return statement.action == use.action and matches(statement.resource, use.resource)
