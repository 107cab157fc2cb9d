"""What the automatic rollback does (terraform/rollback/rollback.py), on Lambda as moto has it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest
from freezegun import freeze_time
from moto import mock_aws

from bbws_local.specification import REGION
from terraform.ops_rollback import (
    ALARM,
    FUNCTIONS,
    TOPIC,
    Deployments,
    Revisions,
    forbidden,
    load_script,
    midnight,
    request,
)

SITES, TEMPLATES, PLUGINS, PROCESSOR = FUNCTIONS
FIRST, SECOND, THIRD = (dict.fromkeys(FUNCTIONS, str(number)) for number in (1, 2, 3))


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield lambda service: boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


@pytest.fixture
def deployments(clients: Callable[[str], Any]) -> Iterator[Deployments]:
    # freezegun reads every attribute of every module, and Powertools imports its models when they are read: with a
    # datetime that is not one any more.
    with freeze_time(midnight(), ignore=["aws_lambda_powertools"]) as freezer:
        yield Deployments(clients, freezer)


@pytest.fixture
def script() -> ModuleType:
    return load_script()


@pytest.fixture
def events(clients: Callable[[str], Any]) -> dict[str, Any]:
    return request(clients)


@pytest.fixture
def told(clients: Callable[[str], Any], events: dict[str, Any]) -> Callable[[], list[str]]:
    """What has been published: subject and text."""
    queue = clients("sqs").create_queue(QueueName="told")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:123456789012:told"
    clients("sns").subscribe(TopicArn=events["topicArn"], Protocol="sqs", Endpoint=arn)

    def read() -> list[str]:
        answer = clients("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return [f"{body['Subject']}\n{body['Message']}" for body in bodies]

    return read


@pytest.fixture
def revisions(clients: Callable[[str], Any]) -> Revisions:
    return Revisions(clients("lambda"))


def test_the_four_aliases_go_back_one_version(
    script: ModuleType, deployments: Deployments, events: dict[str, Any]
) -> None:
    for _ in range(3):
        deployments.deploy()
    answer = script.handler(events, None)
    assert deployments.live() == SECOND
    assert answer["moved"] == FUNCTIONS


def test_it_publishes_what_it_did_and_why(
    script: ModuleType,
    deployments: Deployments,
    events: dict[str, Any],
    told: Callable[[], list[str]],
) -> None:
    deployments.deploy()
    deployments.deploy()
    script.handler(events, None)
    (message,) = told()
    assert message.startswith("[dev] Rolled back\n")
    assert ALARM in message
    assert "0b1c2d3e" in message
    for function in FUNCTIONS:
        assert f"{function}: version 2 -> 1" in message


def test_a_second_run_moves_nothing_and_says_that_a_person_has_to_decide(
    script: ModuleType,
    deployments: Deployments,
    events: dict[str, Any],
    told: Callable[[], list[str]],
) -> None:
    for _ in range(3):
        deployments.deploy()
    script.handler(events, None)
    told()
    answer = script.handler(events, None)
    assert deployments.live() == SECOND
    assert answer["moved"] == []
    (message,) = told()
    assert message.startswith("[dev] Rollback asked for, nothing to move\n")
    assert f"{SITES}: stays at version 2, moved back before" in message
    assert "A person has to decide now" in message


def test_two_runs_at_once_move_every_alias_once(
    script: ModuleType,
    deployments: Deployments,
    clients: Callable[[str], Any],
    revisions: Revisions,
) -> None:
    for _ in range(3):
        deployments.deploy()
    other = revisions.watch(clients("lambda"))

    def let_the_other_run_be_faster(function: str) -> None:
        if function == TEMPLATES:
            revisions.before = lambda _function: None
            script.roll_back(other, FUNCTIONS, "another alarm")

    revisions.before = let_the_other_run_be_faster
    outcomes = script.roll_back(revisions.watch(clients("lambda")), FUNCTIONS, ALARM)
    assert deployments.live() == SECOND
    assert [str(outcome) for outcome in outcomes] == [
        f"{SITES}: version 3 -> 2",
        *(f"{f}: stays at version 2, moved back before" for f in FUNCTIONS[1:]),
    ]


def test_a_run_that_was_cut_off_is_finished_by_the_next(
    script: ModuleType, deployments: Deployments, events: dict[str, Any]
) -> None:
    for _ in range(3):
        deployments.deploy()
    deployments.client.create_alias(
        FunctionName=SITES, Name="rolled-back-3", FunctionVersion="3", Description="cut off after"
    )
    deployments.point(TEMPLATES, "2")
    answer = script.handler(events, None)
    assert deployments.live() == SECOND
    assert answer["moved"] == [SITES, PLUGINS, PROCESSOR]


def test_a_deployment_that_arrives_meanwhile_is_left_alone(
    script: ModuleType,
    deployments: Deployments,
    clients: Callable[[str], Any],
    revisions: Revisions,
) -> None:
    deployments.deploy()
    deployments.deploy()

    def deploy_the_fix(function: str) -> None:
        if function == PLUGINS:
            revisions.before = lambda _function: None
            deployments.deploy(PLUGINS)
            revisions.changed(PLUGINS)

    revisions.before = deploy_the_fix
    outcomes = script.roll_back(revisions.watch(clients("lambda")), FUNCTIONS, ALARM)
    assert deployments.live() == {**FIRST, PLUGINS: "3"}
    assert f"{PLUGINS}: stays at version 3, deployed meanwhile" in map(str, outcomes)


def test_an_alias_that_never_holds_still_is_reported(
    script: ModuleType,
    deployments: Deployments,
    clients: Callable[[str], Any],
    revisions: Revisions,
) -> None:
    deployments.deploy()
    deployments.deploy()
    revisions.before = revisions.changed
    with pytest.raises(script.RollbackIncomplete, match="changed 3 times while it was moved"):
        script.roll_back(revisions.watch(clients("lambda")), FUNCTIONS, ALARM)
    assert deployments.live() == SECOND


def test_without_an_earlier_version_it_refuses_and_says_so(
    script: ModuleType,
    deployments: Deployments,
    events: dict[str, Any],
    told: Callable[[], list[str]],
) -> None:
    deployments.deploy()
    with pytest.raises(script.RollbackRefused, match="No earlier version"):
        script.handler(events, None)
    assert deployments.live() == FIRST
    (message,) = told()
    assert message.startswith("[dev] Rollback NOT done\n")
    assert "Nothing was moved. No earlier version to go back to" in message
    assert all(function in message for function in FUNCTIONS)


def test_one_function_without_an_earlier_version_keeps_all_where_they_are(
    script: ModuleType, deployments: Deployments, events: dict[str, Any]
) -> None:
    deployments.deploy(SITES, TEMPLATES, PLUGINS)
    deployments.deploy()
    with pytest.raises(script.RollbackRefused, match=f"{PROCESSOR}\\.$"):
        script.handler(events, None)
    assert deployments.live() == {**SECOND, PROCESSOR: "1"}


def test_functions_that_the_last_deployment_kept_stay(
    script: ModuleType,
    deployments: Deployments,
    events: dict[str, Any],
    told: Callable[[], list[str]],
) -> None:
    deployments.deploy()
    deployments.deploy()
    deployments.deploy(SITES, PROCESSOR)
    script.handler(events, None)
    assert deployments.live() == SECOND
    (message,) = told()
    assert f"{TEMPLATES}: stays at version 2, which the last deployment kept" in message


def test_a_slow_deployment_is_still_one_deployment(
    script: ModuleType, deployments: Deployments, events: dict[str, Any]
) -> None:
    deployments.deploy()
    deployments.deploy(SITES, TEMPLATES)
    deployments.deploy(PLUGINS, PROCESSOR, after=timedelta(minutes=25))
    script.handler(events, None)
    assert deployments.live() == FIRST


def test_a_version_that_was_rolled_back_from_is_passed_over(
    script: ModuleType, deployments: Deployments, events: dict[str, Any]
) -> None:
    deployments.deploy()
    deployments.deploy()
    script.handler(events, None)
    deployments.deploy()
    assert deployments.live() == THIRD
    script.handler(events, None)
    assert deployments.live() == FIRST
    assert deployments.aliases(SITES) == {"live": "1", "rolled-back-2": "2", "rolled-back-3": "3"}


def test_when_all_before_was_rolled_back_from_it_refuses(
    script: ModuleType, deployments: Deployments, events: dict[str, Any]
) -> None:
    deployments.deploy()
    for function in FUNCTIONS:
        deployments.client.create_alias(
            FunctionName=function, Name="rolled-back-1", FunctionVersion="1"
        )
    deployments.deploy()
    with pytest.raises(script.RollbackRefused, match="none that was not rolled back from before"):
        script.handler(events, None)
    assert deployments.live() == SECOND


def test_the_same_version_deployed_again_can_be_rolled_back_again(
    script: ModuleType, deployments: Deployments, events: dict[str, Any]
) -> None:
    deployments.deploy()
    deployments.deploy()
    script.handler(events, None)
    for function in FUNCTIONS:
        deployments.point(function, "2")
    answer = script.handler(events, None)
    assert deployments.live() == FIRST
    assert answer["moved"] == FUNCTIONS


def test_a_share_that_the_new_version_got_is_taken_back(
    script: ModuleType, deployments: Deployments, events: dict[str, Any]
) -> None:
    deployments.deploy()
    deployments.deploy()
    deployments.share(SITES, {"1": 0.5})
    deployments.point(TEMPLATES, "1")
    deployments.share(TEMPLATES, {"2": 0.1})
    script.handler(events, None)
    assert deployments.live() == FIRST
    assert deployments.weights(SITES) == {}
    assert deployments.weights(TEMPLATES) == {}


def test_a_function_that_aws_does_not_move_keeps_no_other_from_moving(
    script: ModuleType,
    deployments: Deployments,
    clients: Callable[[str], Any],
    revisions: Revisions,
) -> None:
    deployments.deploy()
    deployments.deploy()
    revisions.refuse = {SITES}
    with pytest.raises(script.RollbackIncomplete) as failure:
        script.roll_back(revisions.watch(clients("lambda")), FUNCTIONS, ALARM)
    assert deployments.live() == {**FIRST, SITES: "2"}
    assert str(failure.value).startswith(f"{SITES}: NOT moved: ")
    assert f"{PROCESSOR}: version 2 -> 1" in str(failure.value)


def test_a_rollback_in_part_is_published_as_one(
    script: ModuleType,
    deployments: Deployments,
    events: dict[str, Any],
    told: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deployments.deploy()
    deployments.deploy()
    session = boto3.Session()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)

    def refuse_one(params: dict[str, Any], **_: Any) -> Any:
        return forbidden() if SITES in params["url_path"] else None

    session.events.register("before-call.lambda.UpdateAlias", refuse_one)
    with pytest.raises(script.RollbackIncomplete):
        script.handler(events, None)
    (message,) = told()
    assert message.startswith("[dev] Rollback NOT complete\n")
    assert f"{SITES}: NOT moved: " in message
    assert f"{PROCESSOR}: version 2 -> 1" in message


def test_a_version_that_cannot_be_marked_is_left_all_the_same(
    script: ModuleType, deployments: Deployments, clients: Callable[[str], Any]
) -> None:
    deployments.deploy()
    deployments.deploy()
    client = clients("lambda")
    client.meta.events.register("before-call.lambda.CreateAlias", lambda **_: forbidden())
    outcomes = script.roll_back(client, FUNCTIONS, ALARM)
    assert deployments.live() == FIRST
    assert str(outcomes[0]).startswith(f"{SITES}: version 2 -> 1 (but 2 could not be marked")


def test_an_alias_on_no_published_version_is_refused(
    script: ModuleType, deployments: Deployments, events: dict[str, Any]
) -> None:
    deployments.deploy()
    deployments.deploy()
    deployments.point(PLUGINS, "$LATEST")
    with pytest.raises(script.RollbackRefused, match=f"live of {PLUGINS} is not on a published"):
        script.handler(events, None)
    assert deployments.live() == {**SECOND, PLUGINS: "$LATEST"}


def test_a_failure_nobody_thought_of_is_published_too(
    script: ModuleType,
    deployments: Deployments,
    events: dict[str, Any],
    told: Callable[[], list[str]],
) -> None:
    deployments.deploy()
    deployments.client.delete_function(FunctionName=SITES)
    with pytest.raises(deployments.client.exceptions.ResourceNotFoundException):
        script.handler(events, None)
    (message,) = told()
    assert message.startswith("[dev] Rollback NOT done\n")
    assert SITES in message
    assert TOPIC in events["topicArn"]
