"""What each role of the applied account may do: what its code does, and what Lambda needs; no more."""

import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import unquote

import pytest

from bbws_local.specification import PROCESSOR, SERVICES
from terraform import workbench
from terraform.ground import FOUNDATION_ROLES
from terraform.recorded_calls import USED_CALLS, Grant

Aws = Callable[[str], Any]
each_service = pytest.mark.parametrize("service", SERVICES)

# Another key that one test of templates-service configures.
_SETTING_OF_A_TEST: Final = ("secretsmanager:GetSecretValue", "bbws/wp/other-key")
_OF_THE_MAPPING: Final = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_WITHOUT_ARN: Final = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
}
"""AWS has no resource for these (Service Authorization Reference: X-Ray, Amazon EC2)."""


def statements(aws: Aws, role: str, policy: str) -> list[dict[str, Any]]:
    found = aws("iam").get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    document = found if isinstance(found, dict) else json.loads(unquote(found))
    return list(document["Statement"])


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def grants(found: list[dict[str, Any]]) -> Iterator[Grant]:
    """Each action with the name in each ARN."""
    for statement in found:
        for action in listed(statement["Action"]):
            for arn in listed(statement["Resource"]):
                yield action, _name(arn)


def _name(arn: str) -> str:
    name = arn.split(":", 5)[5]
    name = name.removeprefix("table/").removeprefix("secret:").removesuffix("/*")
    # Six characters that Secrets Manager adds.
    return re.sub(r"-(\?{6}|[A-Za-z0-9]{6})$", "", name) if ":secret:" in arn else name


def needed(service: str) -> set[Grant]:
    used = {
        (action, name) for action, name in json.loads((USED_CALLS / f"{service}.json").read_text())
    } - {_SETTING_OF_A_TEST}
    if service == PROCESSOR:
        used |= {
            (f"sqs:{action}", f"bbws-wp-site-{kind}-dev")
            for action in _OF_THE_MAPPING
            for kind in ("creation", "update", "deletion")
        }
    return used


def of_the_key(grant: Grant) -> bool:
    return grant[0].startswith("kms:")


@each_service
def test_a_role_may_do_what_its_code_does_and_nothing_else(aws: Aws, service: str) -> None:
    found = set(grants(statements(aws, f"dev-bbws-{service}-role", "own")))
    assert {grant for grant in found if not of_the_key(grant)} == needed(service)


@each_service
def test_a_role_may_use_the_topic_s_key_exactly_when_it_publishes(aws: Aws, service: str) -> None:
    found = statements(aws, f"dev-bbws-{service}-role", "own")
    key = [s for s in found if any(a.startswith("kms:") for a in listed(s["Action"]))]
    publishes = any(action == "sns:Publish" for action, _ in needed(service))
    assert bool(key) == publishes
    for statement in key:
        assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
        assert statement["Condition"]["StringEquals"] == {
            "kms:ViaService": "sns.af-south-1.amazonaws.com"
        }


@each_service
def test_no_role_has_a_wildcard_where_aws_has_an_arn(aws: Aws, service: str) -> None:
    role = f"dev-bbws-{service}-role"
    both = statements(aws, role, "own") + statements(aws, role, "runtime")
    allowed = [s for s in both if s["Effect"] == "Allow"]
    wild = {a for s in allowed if "*" in listed(s["Resource"]) for a in listed(s["Action"])}
    assert wild == _WITHOUT_ARN
    assert not [a for s in allowed for a in listed(s["Action"]) if "*" in a]


@each_service
def test_lambda_may_handle_any_network_interface_or_it_refuses_the_role(
    aws: Aws, service: str
) -> None:
    found = statements(aws, f"dev-bbws-{service}-role", "runtime")
    everything = f"arn:aws:ec2:af-south-1:{workbench.ACCOUNTS['dev']}:*/*"
    of_lambda = {
        action: arn
        for statement in found
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for arn in listed(statement["Resource"])
        if action.startswith("ec2:")
    }
    assert of_lambda == {
        "ec2:CreateNetworkInterface": everything,
        "ec2:DeleteNetworkInterface": everything,
        "ec2:AssignPrivateIpAddresses": everything,
        "ec2:UnassignPrivateIpAddresses": everything,
        "ec2:DescribeNetworkInterfaces": "*",
        "ec2:DescribeSubnets": "*",
    }


@each_service
def test_a_function_s_code_may_not_touch_network_interfaces(aws: Aws, service: str) -> None:
    denied = [
        s for s in statements(aws, f"dev-bbws-{service}-role", "runtime") if s["Effect"] == "Deny"
    ]
    [statement] = denied
    assert "ec2:CreateNetworkInterface" in statement["Action"]
    function = f"arn:aws:lambda:af-south-1:{workbench.ACCOUNTS['dev']}:function:dev-bbws-{service}"
    assert statement["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": function}}


@each_service
def test_a_role_writes_to_its_own_log_group_only(aws: Aws, service: str) -> None:
    found = statements(aws, f"dev-bbws-{service}-role", "runtime")
    [logs] = [s for s in found if "logs:PutLogEvents" in s["Action"]]
    [arn] = listed(logs["Resource"])
    assert arn.endswith(f":log-group:/aws/lambda/dev-bbws-{service}:*")


def test_every_role_of_the_stack_has_the_boundary_and_stays_within_it(aws: Aws) -> None:
    iam = aws("iam")
    boundary = f"arn:aws:iam::{workbench.ACCOUNTS['dev']}:policy/bbws-site-management-boundary-dev"
    version = iam.get_policy(PolicyArn=boundary)["Policy"]["DefaultVersionId"]
    limit = iam.get_policy_version(PolicyArn=boundary, VersionId=version)["PolicyVersion"]
    limits = limit["Document"]["Statement"]
    every = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    roles = every - {*FOUNDATION_ROLES}
    assert every - roles == {*FOUNDATION_ROLES}
    assert len(roles) >= len(SERVICES)
    for role in roles:
        found = iam.get_role(RoleName=role)["Role"]["PermissionsBoundary"]
        assert found["PermissionsBoundaryArn"] == boundary, role
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            for statement in statements(aws, role, policy):
                if statement["Effect"] == "Allow":
                    assert not list(beyond(statement, limits)), (role, policy)


def beyond(statement: dict[str, Any], limits: list[dict[str, Any]]) -> Iterator[Grant]:
    """What a statement allows and no statement of the limits does."""
    for action in listed(statement["Action"]):
        for arn in listed(statement["Resource"]):
            if not any(
                fnmatchcase(action, pattern) and fnmatchcase(arn, resource)
                for limit in limits
                for pattern in listed(limit["Action"])
                for resource in listed(limit["Resource"])
            ):
                yield action, arn
