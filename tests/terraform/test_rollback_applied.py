"""The automatic rollback of the applied account, from the alarm's event to the aliases."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import boto3
import pytest

from terraform import workbench
from terraform.conftest import Stack
from terraform.ops_automation import (
    EXECUTION,
    NAME,
    Document,
    Rule,
    alarm_event,
    execution_event,
    script_in,
)

ROOT: Final = Path(__file__).resolve().parents[2]
TRIGGERS: Final = {"rollback-lambda-errors", "rollback-api-5xx-rate"}
"""The rows of the runbook's section 9 that say "Trigger rollback"."""
DOCUMENT_LIMIT_BYTES: Final = 64 * 1024
"""Systems Manager quotas: the largest document."""

Aws = Callable[[str], Any]


@pytest.fixture(scope="module")
def rule(aws: Aws) -> Rule:
    return Rule(aws)


@pytest.fixture(scope="module")
def document(aws: Aws) -> Document:
    return Document(aws)


@pytest.fixture(scope="module")
def alarms(aws: Aws) -> dict[str, str]:
    """The ARN of each alarm."""
    found = aws("cloudwatch").describe_alarms()["MetricAlarms"]
    return {_key(one["AlarmName"]): one["AlarmArn"] for one in found}


def _key(name: str) -> str:
    return name.removeprefix("bbws-wp-").removesuffix("-dev")


def _live(aws: Aws) -> dict[str, str]:
    functions = [one["FunctionName"] for one in aws("lambda").list_functions()["Functions"]]
    return {
        name: aws("lambda").get_alias(FunctionName=name, Name="live")["FunctionVersion"]
        for name in functions
    }


@pytest.fixture
def deployed_again(aws: Aws) -> Iterator[dict[str, str]]:
    """After another deployment; what was live before it. Afterwards the account is as it was."""
    client = aws("lambda")
    before = _live(aws)
    aliases = {name: client.get_alias(FunctionName=name, Name="live") for name in before}
    for name, version in before.items():
        description = client.get_function_configuration(FunctionName=name)["Description"]
        client.update_function_configuration(FunctionName=name, Description="another")
        another = client.publish_version(FunctionName=name)["Version"]
        assert int(another) == int(version) + 1
        client.update_function_configuration(FunctionName=name, Description=description)
        client.update_alias(FunctionName=name, Name="live", FunctionVersion=another)
    yield before
    for name, alias in aliases.items():
        as_it_was = {key: alias[key] for key in ("FunctionVersion", "Description")}
        client.update_alias(FunctionName=name, Name="live", RoutingConfig={}, **as_it_was)
        for mark in client.list_aliases(FunctionName=name)["Aliases"]:
            if mark["Name"] != "live":
                client.delete_alias(FunctionName=name, Name=mark["Name"])
                client.delete_function(FunctionName=name, Qualifier=mark["FunctionVersion"])


@pytest.fixture
def called(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The script's own clients reach the account; the IAM actions of their calls."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws("sts").meta.endpoint_url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    session = boto3.Session()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    actions: set[str] = set()

    def record(model: Any, **_: Any) -> None:
        actions.add(f"{model.service_model.signing_name}:{model.name}")

    session.events.register("before-call.*.*", record)
    return actions


def test_the_two_triggers_of_the_runbook_start_it_and_no_other_alarm(
    rule: Rule, alarms: dict[str, str]
) -> None:
    assert rule.state == "ENABLED"
    assert {key for key, arn in alarms.items() if rule.matches(alarm_event(arn))} == TRIGGERS


def test_only_the_change_to_alarm_starts_it(rule: Rule, alarms: dict[str, str]) -> None:
    for key in TRIGGERS:
        assert rule.matches(alarm_event(alarms[key], before="INSUFFICIENT_DATA"))
        assert not rule.matches(alarm_event(alarms[key], state="OK", before="ALARM"))
        assert not rule.matches(alarm_event(alarms[key], state="INSUFFICIENT_DATA"))


def test_the_same_alarm_of_another_account_starts_nothing(
    rule: Rule, alarms: dict[str, str]
) -> None:
    arn = alarms["rollback-lambda-errors"]
    assert not rule.matches(alarm_event(arn.replace(arn.split(":")[4], "999999999999")))


def test_from_the_alarms_event_to_the_aliases_and_the_topic(
    aws: Aws,
    rule: Rule,
    document: Document,
    alarms: dict[str, str],
    deployed_again: dict[str, str],
    called: set[str],
) -> None:
    read = _subscribe(aws)
    event = alarm_event(alarms["rollback-api-5xx-rate"])
    assert _live(aws) != deployed_again
    document.run(rule.input(event))
    assert _live(aws) == deployed_again
    (message,) = read()
    assert event["detail"]["alarmName"] in message
    assert all(function in message for function in deployed_again)
    document.run(rule.input(event))
    assert _live(aws) == deployed_again


def test_the_next_plan_says_that_it_would_move_the_aliases_forward(
    stack: Stack, document: Document, deployed_again: dict[str, str], called: set[str]
) -> None:
    document.run({"Cause": ["a trial"]})
    printed = stack.bench.run(workbench.plan("dev", "-lock=false"))
    for name, version in deployed_again.items():
        service = name.removeprefix("dev-bbws-")
        _, _, change = printed.partition(f'module.function["{service}"].aws_lambda_alias.live will')
        change, _, _ = change.partition("# module.")
        newer = int(version) + 1
        assert f'"Rolled back from version {newer}: a trial" -> "The version that serves"' in change
        assert re.search(rf'function_version += "{version}" -> "{newer}"', change)


def _subscribe(aws: Aws) -> Callable[[], list[str]]:
    queue = aws("sqs").create_queue(QueueName="told-of-rollbacks")["QueueUrl"]
    attributes = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    (topic,) = [
        one["TopicArn"]
        for one in aws("sns").list_topics()["Topics"]
        if one["TopicArn"].endswith(":bbws-wp-notifications-dev")
    ]
    subscription = aws("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=attributes["Attributes"]["QueueArn"]
    )["SubscriptionArn"]

    def read() -> list[str]:
        found = aws("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        aws("sns").unsubscribe(SubscriptionArn=subscription)
        aws("sqs").delete_queue(QueueUrl=queue)
        return [message["Body"] for message in found.get("Messages", [])]

    return read


def test_the_document_runs_the_script_of_the_repository(document: Document) -> None:
    inputs = document.steps["rollBack"]["inputs"]
    assert (document.kind, inputs["Runtime"]) == ("Automation", "python3.11")
    assert inputs["Script"] == script_in(ROOT)
    assert ast.parse(inputs["Script"], feature_version=(3, 11))
    assert len(document.text.encode()) < DOCUMENT_LIMIT_BYTES


def test_the_script_has_nothing_that_automation_would_replace() -> None:
    assert "{{" not in script_in(ROOT)


def test_a_cause_that_is_no_plain_words_is_refused(document: Document) -> None:
    assert document.payload({"Cause": ["maria@bbws.io"]})["cause"] == "maria@bbws.io"
    assert document.payload({})["cause"] == "a person"
    for cause in ('x", "functions": ["', "{{ global:DATE }}", "", "a\nb"):
        with pytest.raises(ValueError, match="does not take"):
            document.payload({"Cause": [cause]})


@pytest.mark.parametrize("status", ["Failed", "TimedOut", "Cancelled"])
def test_an_execution_that_does_not_succeed_is_told_without_the_script(
    aws: Aws, status: str
) -> None:
    rule = Rule(aws, NAME.replace("rollback", "rollback-failed"))
    assert rule.state == "ENABLED"
    assert rule.matches(execution_event(NAME, status))
    assert not rule.matches(execution_event("AWS-StopEC2Instance", status))
    assert not rule.matches(execution_event(NAME, "Success"))
    assert rule.target["Arn"].endswith(":bbws-wp-notifications-dev")
    told = rule.input(execution_event(NAME, status))
    assert f"execution {EXECUTION} of {NAME} is {status}" in told


def test_the_script_may_do_exactly_what_it_does(
    aws: Aws,
    document: Document,
    deployed_again: dict[str, str],
    called: set[str],
) -> None:
    document.run({})
    done = set(called)
    allowed = _statements(aws, NAME, "rollback")
    # The key of the topic is used by SNS on the publisher's behalf.
    key = allowed.pop("KeyOfTheTopic", None)
    assert key is None or set(key["Action"]) == {"kms:GenerateDataKey", "kms:Decrypt"}
    assert done == {action for one in allowed.values() for action in _list(one["Action"])}
    functions = {
        aws("lambda").get_function_configuration(FunctionName=name)["FunctionArn"]
        for name in deployed_again
    }
    assert set(_list(allowed["MovesAliases"]["Resource"])) == functions
    topic = document.steps["rollBack"]["inputs"]["InputPayload"]["topicArn"]
    assert _list(allowed["TellsTheTopic"]["Resource"]) == [topic]


def test_eventbridge_may_start_this_document_with_this_role_and_nothing_else(
    aws: Aws, rule: Rule
) -> None:
    starter = rule.target["RoleArn"].rpartition("/")[2]
    allowed = _statements(aws, starter, "start")
    assert set(allowed) == {"StartsTheRollback", "WithItsRole"}
    role = aws("iam").get_role(RoleName=NAME)["Role"]["Arn"]
    passing = allowed["WithItsRole"]
    assert (passing["Action"], passing["Resource"]) == ("iam:PassRole", role)
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}
    starting = allowed["StartsTheRollback"]
    assert starting["Action"] == "ssm:StartAutomationExecution"
    definition = rule.target["Arn"].removesuffix(":$DEFAULT")
    assert f"{definition}:*" in starting["Resource"]
    for resource in starting["Resource"]:
        assert f"/{NAME}" in resource or resource.endswith(":automation-execution/*")


def test_only_this_rule_and_this_accounts_automations_get_the_roles(aws: Aws, rule: Rule) -> None:
    account = rule.arn.split(":")[4]
    for name, service, source in (
        (f"{NAME}-starter", "events.amazonaws.com", rule.arn),
        (NAME, "ssm.amazonaws.com", f"arn:aws:ssm:af-south-1:{account}:automation-execution/*"),
    ):
        (trust,) = aws("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"][
            "Statement"
        ]
        assert trust["Principal"] == {"Service": service}
        conditions = {k: v for one in trust["Condition"].values() for k, v in one.items()}
        assert conditions == {"aws:SourceAccount": account, "aws:SourceArn": source}


def test_an_event_that_is_late_rolls_nothing_back(rule: Rule) -> None:
    assert rule.target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 900


def _statements(aws: Aws, role: str, policy: str) -> dict[str, dict[str, Any]]:
    document = aws("iam").get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    content = document if isinstance(document, dict) else json.loads(unquote(document))
    return {one["Sid"]: one for one in content["Statement"]}


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
