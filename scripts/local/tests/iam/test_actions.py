"""What each call is checked against, by the words of the service authorization reference."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from bbws_local.iam.actions import Authorization, authorizations
from bbws_local.serving import Request

TABLE = "arn:aws:dynamodb:af-south-1:123456789012:table/sites"
QUEUE = "arn:aws:sqs:af-south-1:123456789012:work"
TOPIC = "arn:aws:sns:af-south-1:123456789012:events"
ENCRYPTED = "arn:aws:sns:af-south-1:123456789012:secrets"
KEY = "arn:aws:kms:af-south-1:123456789012:key/1"
SECRET = "arn:aws:secretsmanager:af-south-1:123456789012:secret:password-AbCdEf"


class Known:
    """An account with one encrypted topic and one secret."""

    def secret_arn(self, secret_id: str) -> str:
        assert secret_id == "password"
        return SECRET

    def topic_key_arn(self, topic_arn: str) -> str:
        return KEY if topic_arn == ENCRYPTED else ""


def _asked(service: str, operation: str, request: Request) -> set[tuple[str, str]]:
    found = authorizations(service, operation, request, Known())
    return {(one.action, one.resource) for one in found}


def _json(service: str, operation: str, **fields: Any) -> set[tuple[str, str]]:
    headers = [("X-Amz-Target", f"Any.{operation}")]
    return _asked(service, operation, Request("POST", "/", headers, json.dumps(fields).encode()))


def _form(service: str, operation: str, **fields: str) -> set[tuple[str, str]]:
    body = urlencode({"Action": operation, **fields}).encode()
    return _asked(service, operation, Request("POST", "/", [], body))


@pytest.mark.parametrize(
    "name", ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"]
)
def test_a_call_of_the_table_is_of_the_action_of_its_name(name: str) -> None:
    assert _json("dynamodb", name, TableName="sites") == {(f"dynamodb:{name}", TABLE)}


def test_a_query_of_an_index_is_of_the_index_alone() -> None:
    found = _json("dynamodb", "Query", TableName="sites", IndexName="GSI1")
    assert found == {("dynamodb:Query", f"{TABLE}/index/GSI1")}


def test_a_table_named_by_its_arn_is_the_same() -> None:
    assert _json("dynamodb", "GetItem", TableName=TABLE) == {("dynamodb:GetItem", TABLE)}


def test_a_batch_has_an_action_of_its_own_on_each_table() -> None:
    found = _json("dynamodb", "BatchGetItem", RequestItems={"sites": {}, "others": {}})
    other = TABLE.replace("sites", "others")
    assert found == {("dynamodb:BatchGetItem", TABLE), ("dynamodb:BatchGetItem", other)}


def test_a_transaction_is_what_it_is_made_of() -> None:
    parts = ("Put", "Update", "Delete", "ConditionCheck")
    items = [{part: {"TableName": "sites"}} for part in parts]
    assert _json("dynamodb", "TransactWriteItems", TransactItems=items) == {
        ("dynamodb:PutItem", TABLE),
        ("dynamodb:UpdateItem", TABLE),
        ("dynamodb:DeleteItem", TABLE),
        ("dynamodb:ConditionCheckItem", TABLE),
    }
    reading = [{"Get": {"TableName": "sites"}}]
    found = _json("dynamodb", "TransactGetItems", TransactItems=reading)
    assert found == {("dynamodb:GetItem", TABLE)}


def test_a_queue_is_told_by_its_url_and_a_batch_needs_what_one_message_needs() -> None:
    url = "http://127.0.0.1:4566/123456789012/work"
    assert _json("sqs", "SendMessage", QueueUrl=url) == {("sqs:SendMessage", QUEUE)}
    assert _json("sqs", "SendMessageBatch", QueueUrl=url) == {("sqs:SendMessage", QUEUE)}
    assert _form("sqs", "DeleteMessage", QueueUrl=url) == {("sqs:DeleteMessage", QUEUE)}


def test_publishing_on_an_encrypted_topic_needs_its_key_through_sns() -> None:
    assert _form("sns", "Publish", TopicArn=TOPIC) == {("sns:Publish", TOPIC)}
    request = Request("POST", "/", [], urlencode({"TopicArn": ENCRYPTED}).encode())
    via = "sns.af-south-1.amazonaws.com"
    assert authorizations("sns", "Publish", request, Known()) == (
        Authorization("sns:Publish", ENCRYPTED),
        Authorization("kms:GenerateDataKey", KEY, via),
        Authorization("kms:Decrypt", KEY, via),
    )


def test_a_secret_is_its_full_arn() -> None:
    found = _json("secretsmanager", "GetSecretValue", SecretId="password")
    assert found == {("secretsmanager:GetSecretValue", SECRET)}


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("GetObject", "s3:GetObject"),
        ("HeadObject", "s3:GetObject"),
        ("PutObject", "s3:PutObject"),
        ("UploadPart", "s3:PutObject"),
    ],
)
def test_an_object_is_its_bucket_and_key(operation: str, action: str) -> None:
    request = Request("GET", "/backups/tenant/a%20b.tar.gz?X-Amz-Credential=x", [], b"")
    assert _asked("s3", operation, request) == {(action, "arn:aws:s3:::backups/tenant/a b.tar.gz")}


def test_a_call_nobody_has_thought_of_is_no_arn_of_ours() -> None:
    assert _json("dynamodb", "DeleteTable", TableName="sites") == {("dynamodb:DeleteTable", "*")}
