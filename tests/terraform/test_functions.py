"""The four functions of the applied account."""

from collections.abc import Callable
from typing import Any

import pytest

from bbws_local.specification import PROCESSOR, SERVICES, StackOptions, specify
from terraform import workbench
from terraform.conftest import Stack

Aws = Callable[[str], Any]
EMULATOR_ONLY = {"AWS_ENDPOINT_URL", "POWERTOOLS_TRACE_DISABLED"}
each_service = pytest.mark.parametrize("service", SERVICES)


def configuration(aws: Aws, service: str) -> dict[str, Any]:
    found = aws("lambda").get_function(FunctionName=f"dev-bbws-{service}")
    return dict(found["Configuration"])


@each_service
def test_a_function_is_as_the_local_stack_has_it(aws: Aws, stack: Stack, service: str) -> None:
    account = specify(
        StackOptions(workbench.ROOT, stack.bench.folder),
        stack.account.url,
        f"https://{stack.ground.alb_dns_name}",
    )
    wanted, found = account.function(service), configuration(aws, service)
    assert found["FunctionName"] == wanted.name
    assert found["Handler"] == wanted.handler
    assert found["Timeout"] == wanted.timeout_seconds
    assert found["MemorySize"] == wanted.memory_mb


@each_service
def test_a_function_has_the_variables_that_its_code_reads(
    aws: Aws, stack: Stack, service: str
) -> None:
    account = specify(
        StackOptions(workbench.ROOT, stack.bench.folder),
        stack.account.url,
        f"https://{stack.ground.alb_dns_name}",
    )
    wanted = dict(account.function(service).environment)
    found = configuration(aws, service)["Environment"]["Variables"]
    assert set(found) == set(wanted) - EMULATOR_ONLY
    for name, value in found.items():
        expected = wanted[name].replace("123456789012", workbench.ACCOUNTS["dev"])
        assert value in (expected, expected.removesuffix(".0")), name


@each_service
def test_a_function_is_arm64_in_the_private_subnets_traced_and_logs_json(
    aws: Aws, stack: Stack, service: str
) -> None:
    found = configuration(aws, service)
    assert found["Runtime"] == "python3.12"
    assert found["Architectures"] == ["arm64"]
    assert set(found["VpcConfig"]["SubnetIds"]) == set(stack.ground.subnet_ids)
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert found["LoggingConfig"]["LogFormat"] == "JSON"
    assert found["LoggingConfig"]["LogGroup"] == f"/aws/lambda/dev-bbws-{service}"


@each_service
def test_a_function_s_alias_live_is_the_version_that_was_published(aws: Aws, service: str) -> None:
    alias = aws("lambda").get_alias(FunctionName=f"dev-bbws-{service}", Name="live")
    assert alias["FunctionVersion"] == "1"


@each_service
def test_a_function_s_logs_are_kept_for_thirty_days(aws: Aws, service: str) -> None:
    name = f"/aws/lambda/dev-bbws-{service}"
    groups = aws("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [30]


def test_the_functions_reach_https_only_and_the_alb_lets_them_in(aws: Aws, stack: Stack) -> None:
    [group] = configuration(aws, PROCESSOR)["VpcConfig"]["SecurityGroupIds"]
    rules = aws("ec2").describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )["SecurityGroupRules"]
    assert [(r["IsEgress"], r["FromPort"], r["ToPort"]) for r in rules] == [(True, 443, 443)]
    [alb] = [
        permission
        for one in aws("ec2").describe_security_groups(GroupIds=[stack.ground.alb_group_id])[
            "SecurityGroups"
        ]
        for permission in one["IpPermissions"]
    ]
    assert (alb["FromPort"], alb["ToPort"]) == (443, 443)
    assert [pair["GroupId"] for pair in alb["UserIdGroupPairs"]] == [group]


def test_the_schedule_calls_the_processor_s_alias_every_minute(aws: Aws) -> None:
    rule = aws("events").describe_rule(Name="dev-bbws-reconcile")
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    targets = aws("events").list_targets_by_rule(Rule="dev-bbws-reconcile")["Targets"]
    assert [t["Arn"].rpartition("function:")[2] for t in targets] == [
        "dev-bbws-async-processor:live"
    ]


def test_only_the_api_and_the_schedule_may_call_the_aliases(aws: Aws) -> None:
    callers = {}
    for service in SERVICES:
        policy = aws("lambda").get_policy(FunctionName=f"dev-bbws-{service}", Qualifier="live")
        callers[service] = policy["Policy"]
    assert all("apigateway.amazonaws.com" in callers[s] for s in SERVICES if s != PROCESSOR)
    assert all("execute-api" in callers[s] for s in SERVICES if s != PROCESSOR)
    assert "events.amazonaws.com" in callers[PROCESSOR]
    assert "rule/dev-bbws-reconcile" in callers[PROCESSOR]
    assert "apigateway.amazonaws.com" not in callers[PROCESSOR]
