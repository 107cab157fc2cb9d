"""The queues of the applied account, and what reads them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from terraform import workbench

Aws = Callable[[str], Any]
VISIBILITY = {"creation": 900, "update": 600, "deletion": 600}
DEAD_LETTER = "bbws-wp-site-operations-dlq-dev"
ARN = f"arn:aws:sqs:af-south-1:{workbench.ACCOUNTS['dev']}"
each_queue = pytest.mark.parametrize("kind", VISIBILITY)


def attributes(aws: Aws, name: str) -> dict[str, str]:
    url = aws("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    found = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(found["Attributes"])


def test_there_are_these_four_queues_and_no_other(aws: Aws) -> None:
    names = {url.rpartition("/")[2] for url in aws("sqs").list_queues()["QueueUrls"]}
    assert names == {DEAD_LETTER, *(f"bbws-wp-site-{kind}-dev" for kind in VISIBILITY)}


@each_queue
def test_a_message_is_hidden_kept_four_days_and_received_three_times(aws: Aws, kind: str) -> None:
    found = attributes(aws, f"bbws-wp-site-{kind}-dev")
    assert int(found["VisibilityTimeout"]) == VISIBILITY[kind]
    assert int(found["MessageRetentionPeriod"]) == 4 * 24 * 3600
    redrive = json.loads(found["RedrivePolicy"])
    assert redrive == {"deadLetterTargetArn": f"{ARN}:{DEAD_LETTER}", "maxReceiveCount": 3}


def test_the_dlq_keeps_messages_for_14_days_and_takes_them_from_these_queues_only(
    aws: Aws,
) -> None:
    found = attributes(aws, DEAD_LETTER)
    assert int(found["MessageRetentionPeriod"]) == 14 * 24 * 3600
    allowed = json.loads(found["RedriveAllowPolicy"])
    assert allowed["redrivePermission"] == "byQueue"
    assert set(allowed["sourceQueueArns"]) == {f"{ARN}:bbws-wp-site-{k}-dev" for k in VISIBILITY}


@pytest.mark.parametrize(
    "name", [DEAD_LETTER, *(f"bbws-wp-site-{kind}-dev" for kind in VISIBILITY)]
)
def test_a_queue_is_encrypted_and_reached_by_tls_only(aws: Aws, name: str) -> None:
    found = attributes(aws, name)
    assert found["SqsManagedSseEnabled"] == "true"
    [statement] = json.loads(found["Policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == f"{ARN}:{name}"


def test_the_processor_s_alias_takes_one_message_at_a_time_and_reports_partial_failures(
    aws: Aws,
) -> None:
    mappings = aws("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert {m["EventSourceArn"] for m in mappings} == {
        f"{ARN}:bbws-wp-site-{k}-dev" for k in VISIBILITY
    }
    for mapping in mappings:
        assert mapping["FunctionArn"].endswith(":function:dev-bbws-async-processor:live")
        assert mapping["BatchSize"] == 1
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": 10}


def test_backups_are_private_versioned_encrypted_and_reached_by_tls_only(aws: Aws) -> None:
    s3, bucket = aws("s3"), {"Bucket": "bbws-wp-backups-dev"}
    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert [r["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for r in rules] == ["AES256"]
    blocked = s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"]
    assert list(blocked.values()) == [True] * 4
    [rule] = s3.get_bucket_lifecycle_configuration(**bucket)["Rules"]
    assert rule["Expiration"]["Days"] == 400
    [statement] = json.loads(s3.get_bucket_policy(**bucket)["Policy"])["Statement"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
