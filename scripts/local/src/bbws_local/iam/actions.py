"""What a call of the AWS API is checked against: IAM actions and the ARNs of what they act on.

Source of fact: the service authorization reference, "Actions, resources, and condition keys for" the
service, and what is named beside each rule. A call without a rule here is one of the action of its
own name on `*`, which no policy of ours allows: it cannot pass unnoticed.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

from bbws_local.serving import Request
from bbws_local.specification import ACCOUNT_ID, REGION


@dataclass(frozen=True, order=True)
class Authorization:
    """An action on a resource; `via` is the service in whose name another asks (kms:ViaService)."""

    action: str
    resource: str
    via: str = ""


class Resources(Protocol):
    """What has to be known of the account to tell an ARN."""

    def secret_arn(self, secret_id: str) -> str:
        """The full ARN of a secret named by its name or ARN."""

    def topic_key_arn(self, topic_arn: str) -> str:
        """The ARN of the key that encrypts a topic; empty when none does."""


Fields = Mapping[str, Any]
_Rule = Callable[[Fields, Resources], Iterator[Authorization]]

# DynamoDB docs, "Using IAM with DynamoDB transactions": a transaction needs the permissions of what
# it is made of, and none of its own.
_PARTS_OF_TRANSACTIONS: Final = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Get": "dynamodb:GetItem",
}
# S3 docs, "Required permissions for Amazon S3 API operations": HeadObject reads an object's
# metadata by s3:GetObject; a part of a multipart upload is a PutObject.
_ACTIONS_OF_OBJECTS: Final = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
}


def authorizations(
    service: str, operation: str, request: Request, resources: Resources
) -> tuple[Authorization, ...]:
    """What the caller of an operation must be allowed, in order; `service` is its signing name."""
    if service == "s3" and operation in _ACTIONS_OF_OBJECTS:
        arn = f"arn:aws:s3:::{request.path.lstrip('/')}"
        return (Authorization(_ACTIONS_OF_OBJECTS[operation], arn),)
    rule = _RULES.get((service, operation))
    if rule is None:
        return (Authorization(f"{service}:{operation}", "*"),)
    return tuple(dict.fromkeys(rule(_fields(request), resources)))


def _fields(request: Request) -> Fields:
    """The parameters of a call, of the JSON protocols or of the query protocol."""
    if request.header("X-Amz-Target"):
        content: Fields = json.loads(request.body or b"{}")
        return content
    form = parse_qs(request.body.decode(errors="replace"))
    return {name: values[0] for name, values in form.items()}


def _table_arn(name: str) -> str:
    return (
        name if name.startswith("arn:") else f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{name}"
    )


def _on_table(action: str) -> _Rule:
    def rule(fields: Fields, _: Resources) -> Iterator[Authorization]:
        arn = _table_arn(fields["TableName"])
        # Query and Scan of an index are of the index alone.
        index = f"/index/{fields['IndexName']}" if fields.get("IndexName") else ""
        yield Authorization(action, f"{arn}{index}")

    return rule


def _on_tables(action: str) -> _Rule:
    def rule(fields: Fields, _: Resources) -> Iterator[Authorization]:
        for name in fields["RequestItems"]:
            yield Authorization(action, _table_arn(name))

    return rule


def _transaction(fields: Fields, _: Resources) -> Iterator[Authorization]:
    for item in fields["TransactItems"]:
        for part, content in item.items():
            yield Authorization(_PARTS_OF_TRANSACTIONS[part], _table_arn(content["TableName"]))


def _on_queue(action: str) -> _Rule:
    def rule(fields: Fields, _: Resources) -> Iterator[Authorization]:
        # https://sqs.{region}.amazonaws.com/{account}/{name}
        account, name = fields["QueueUrl"].rstrip("/").split("/")[-2:]
        yield Authorization(action, f"arn:aws:sqs:{REGION}:{account}:{name}")

    return rule


def _publish(fields: Fields, resources: Resources) -> Iterator[Authorization]:
    topic = fields["TopicArn"]
    yield Authorization("sns:Publish", topic)
    # SNS docs, "Key management: configuring AWS KMS permissions": publishing on an encrypted topic
    # asks for both, by SNS in the publisher's name.
    if key := resources.topic_key_arn(topic):
        via = f"sns.{REGION}.amazonaws.com"
        yield Authorization("kms:GenerateDataKey", key, via)
        yield Authorization("kms:Decrypt", key, via)


def _secret(fields: Fields, resources: Resources) -> Iterator[Authorization]:
    yield Authorization("secretsmanager:GetSecretValue", resources.secret_arn(fields["SecretId"]))


_RULES: Final[Mapping[tuple[str, str], _Rule]] = {
    **{
        ("dynamodb", name): _on_table(f"dynamodb:{name}")
        for name in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")
    },
    **{
        ("dynamodb", name): _on_tables(f"dynamodb:{name}")
        for name in ("BatchGetItem", "BatchWriteItem")
    },
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("dynamodb", "TransactGetItems"): _transaction,
    **{
        ("sqs", name): _on_queue(f"sqs:{name}")
        for name in (
            "SendMessage",
            "ReceiveMessage",
            "DeleteMessage",
            "ChangeMessageVisibility",
            "GetQueueAttributes",
        )
    },
    # SQS docs, "Amazon SQS API permissions": a batch needs the permission of one.
    ("sqs", "SendMessageBatch"): _on_queue("sqs:SendMessage"),
    ("sqs", "DeleteMessageBatch"): _on_queue("sqs:DeleteMessage"),
    ("sns", "Publish"): _publish,
    ("secretsmanager", "GetSecretValue"): _secret,
}
