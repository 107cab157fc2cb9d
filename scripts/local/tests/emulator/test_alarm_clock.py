"""An alarm of the emulated account fires, tells its topic, and starts what a rule says."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from bbws_local.alarm_clock import AlarmClock
from bbws_local.clients import AwsClients
from bbws_local.host import Invoked, Reference
from bbws_local.measurements import Answered, Measurements

SCRIPT = """
import boto3

def handler(events, context):
    if events["cause"] == "trouble":
        raise RuntimeError("the script is broken")
    boto3.client("sqs").send_message(QueueUrl=events["queue"], MessageBody=events["cause"])
"""


@pytest.fixture
def topic(aws: AwsClients, name: str, queue_url: str) -> str:
    """A topic that the test's queue listens to."""
    arn = aws.sns.create_topic(Name=name)["TopicArn"]
    queue = aws.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    aws.sns.subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=queue["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    return arn


@pytest.fixture
def alarm(aws: AwsClients, name: str, topic: str) -> str:
    """More than two errors of a function's alias within a minute."""
    aws.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[
            {"Name": "FunctionName", "Value": name},
            {"Name": "Resource", "Value": f"{name}:live"},
        ],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=2,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
        OKActions=[topic],
    )
    return name


@pytest.fixture
def clock(aws: AwsClients) -> AlarmClock:
    # Nothing else is asked of the emulator while it looks.
    return AlarmClock(aws, threading.Lock())


def _state(aws: AwsClients, alarm: str) -> str:
    (found,) = aws.cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return found["StateValue"]


def _invocations(aws: AwsClients, name: str, *errors: bool) -> None:
    measurements = Measurements()
    for is_error in errors:
        measurements.observe(Invoked(Reference(name, "live"), "1", 3.5, is_error))
    measurements.start(aws.cloudwatch)
    measurements.stop()


def _messages(aws: AwsClients, queue_url: str) -> list[str]:
    answer = aws.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_an_alarm_fires_past_its_threshold_and_tells_its_topic(
    aws: AwsClients, alarm: str, clock: AlarmClock, queue_url: str
) -> None:
    _invocations(aws, alarm, True, True, False)
    clock.look()
    assert _state(aws, alarm) == "OK"
    assert _messages(aws, queue_url) == []

    _invocations(aws, alarm, True)
    clock.look()
    assert _state(aws, alarm) == "ALARM"
    (told,) = (json.loads(text) for text in _messages(aws, queue_url))
    assert (told["AlarmName"], told["NewStateValue"]) == (alarm, "ALARM")

    clock.look()
    assert _messages(aws, queue_url) == []


def test_what_happened_before_the_period_does_not_count(
    aws: AwsClients, alarm: str, clock: AlarmClock
) -> None:
    aws.cloudwatch.put_metric_data(
        Namespace="AWS/Lambda",
        MetricData=[
            {
                "MetricName": "Errors",
                "Dimensions": [
                    {"Name": "FunctionName", "Value": alarm},
                    {"Name": "Resource", "Value": f"{alarm}:live"},
                ],
                "Timestamp": datetime.now(UTC) - timedelta(seconds=61),
                "Value": 100,
            }
        ],
    )
    clock.look()
    assert _state(aws, alarm) == "OK"


@pytest.fixture
def automation(aws: AwsClients, name: str, alarm: str, queue_url: str) -> None:
    """A document that a rule starts when the alarm fires."""
    content = {
        "schemaVersion": "0.3",
        "parameters": {"Cause": {"type": "String", "allowedPattern": "^[a-z0-9-]+$"}},
        "mainSteps": [
            {
                "name": "act",
                "action": "aws:executeScript",
                "timeoutSeconds": 30,
                "onFailure": "step:tell",
                "isEnd": True,
                "inputs": {
                    "Runtime": "python3.11",
                    "Handler": "handler",
                    "InputPayload": {"cause": "{{ Cause }}", "queue": queue_url},
                    "Script": SCRIPT,
                },
            },
            {
                "name": "tell",
                "action": "aws:executeAwsApi",
                "isEnd": True,
                "inputs": {
                    "Service": "sqs",
                    "Api": "SendMessage",
                    "QueueUrl": queue_url,
                    "MessageBody": "not done: {{ Cause }}",
                },
            },
        ],
    }
    aws.ssm.create_document(Name=name, DocumentType="Automation", Content=json.dumps(content))
    pattern = {
        "source": ["aws.cloudwatch"],
        "resources": [{"suffix": f":alarm:{alarm}"}],
        "detail": {"state": {"value": ["ALARM"]}},
    }
    aws.events.put_rule(Name=name, EventPattern=json.dumps(pattern), State="ENABLED")
    target = {
        "Id": "document",
        "Arn": f"arn:aws:ssm:af-south-1:123456789012:automation-definition/{name}:$DEFAULT",
        "InputTransformer": {
            "InputPathsMap": {"alarm": "$.detail.alarmName"},
            "InputTemplate": '{"Cause": ["<alarm>"]}',
        },
    }
    aws.events.put_targets(Rule=name, Targets=[target])  # type: ignore[list-item]


def _after(aws: AwsClients, queue_url: str, wanted: str) -> None:
    until = time.monotonic() + 20
    while wanted not in _messages(aws, queue_url):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_rule_starts_the_document_whose_script_acts(
    aws: AwsClients, alarm: str, clock: AlarmClock, automation: None, queue_url: str
) -> None:
    _invocations(aws, alarm, True, True, True)
    clock.look()
    _after(aws, queue_url, alarm)


def test_a_script_that_fails_is_told_by_the_step_behind_it(
    aws: AwsClients, queue_url: str, automation: None, name: str
) -> None:
    from bbws_local.automation import run_definition

    run_definition(aws, name, {"Cause": ["trouble"]})
    _after(aws, queue_url, "not done: trouble")
    with pytest.raises(ValueError, match="Cause"):
        run_definition(aws, name, {"Cause": ["No spaces!"]})


def test_an_api_is_measured_by_its_answers(aws: AwsClients, name: str) -> None:
    measurements = Measurements()
    measurements.start(aws.cloudwatch)
    for status in (200, 404, 500, 502):
        measurements.observe(Answered(name, "dev", status, 12.0))
    measurements.stop()
    sums = {}
    for metric in ("Count", "4xx", "5xx"):
        answer = aws.cloudwatch.get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=metric,
            Dimensions=[{"Name": "ApiId", "Value": name}, {"Name": "Stage", "Value": "dev"}],
            StartTime=datetime.now(UTC) - timedelta(minutes=5),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=3600,
            Statistics=["Sum"],
        )
        sums[metric] = sum(point["Sum"] for point in answer["Datapoints"])
    assert sums == {"Count": 4, "4xx": 1, "5xx": 2}


def test_a_metric_is_the_one_with_exactly_the_dimensions_that_are_asked_for(
    aws: AwsClients, name: str
) -> None:
    _invocations(aws, name, True, False)
    answer = aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        StartTime=datetime.now(UTC) - timedelta(minutes=5),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )
    assert sum(point["Sum"] for point in answer["Datapoints"]) == 2
