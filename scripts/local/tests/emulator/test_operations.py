"""Which operation a request of an AWS SDK is."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bbws_local.clients import AwsClients
from bbws_local.operations import operation_of
from bbws_local.serving import Request, Response, Server


@pytest.fixture(scope="module")
def requests_seen() -> list[Request]:
    return []


@pytest.fixture(scope="module")
def observed(requests_seen: list[Request]) -> Iterator[AwsClients]:
    """Clients of a server that only looks at what they send."""

    def look(request: Request) -> Response:
        requests_seen.append(request)
        return Response(400, b"<ErrorResponse/>")

    server = Server(look).start()
    yield AwsClients(server.url)
    server.stop()


_CALLS: list[tuple[str, str, Callable[[AwsClients], Any]]] = [
    ("dynamodb", "PutItem", lambda aws: aws.dynamodb.put_item(TableName="t", Item={})),
    ("dynamodb", "TransactWriteItems", lambda aws: aws.dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": "t", "Key": {}}}])),
    ("sqs", "SendMessage", lambda aws: aws.sqs.send_message(QueueUrl="q", MessageBody="b")),
    ("sns", "Publish", lambda aws: aws.sns.publish(TopicArn="t", Message="m")),
    ("iam", "CreateRole", lambda aws: aws.iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")),
    ("secretsmanager", "GetSecretValue", lambda aws: aws.secretsmanager.get_secret_value(SecretId="s")),
    ("cognito-idp", "ListUserPools", lambda aws: aws.cognito.list_user_pools(MaxResults=1)),
    ("events", "PutRule", lambda aws: aws.events.put_rule(Name="r")),
    ("logs", "CreateLogGroup", lambda aws: aws.logs.create_log_group(logGroupName="g")),
    ("monitoring", "PutMetricData", lambda aws: aws.cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m"}])),
    ("s3", "PutObject", lambda aws: aws.s3.put_object(Bucket="b", Key="a/b c.zip", Body=b"")),
    ("s3", "GetObject", lambda aws: aws.s3.get_object(Bucket="b", Key="a/b")),
    ("s3", "ListObjectsV2", lambda aws: aws.s3.list_objects_v2(Bucket="b")),
    ("s3", "CreateBucket", lambda aws: aws.s3.create_bucket(Bucket="b")),
    ("s3", "ListBuckets", lambda aws: aws.s3.list_buckets()),
    ("s3", "CreateMultipartUpload", lambda aws: aws.s3.create_multipart_upload(Bucket="b", Key="k")),
    ("s3", "UploadPart", lambda aws: aws.s3.upload_part(Bucket="b", Key="k", UploadId="u", PartNumber=1)),
    ("s3", "CopyObject", lambda aws: aws.s3.copy_object(Bucket="b", Key="k", CopySource="b/a")),
    ("s3", "GetBucketVersioning", lambda aws: aws.s3.get_bucket_versioning(Bucket="b")),
    ("lambda", "Invoke", lambda aws: aws.lambda_.invoke(FunctionName="f")),
    ("lambda", "GetFunction", lambda aws: aws.lambda_.get_function(FunctionName="f")),
    ("lambda", "GetFunctionConfiguration", lambda aws: aws.lambda_.get_function_configuration(FunctionName="f")),
    ("apigateway", "CreateApi", lambda aws: aws.apigatewayv2.create_api(Name="a", ProtocolType="HTTP")),
    ("apigateway", "GetRoutes", lambda aws: aws.apigatewayv2.get_routes(ApiId="a")),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "call"), _CALLS, ids=[c[1] for c in _CALLS])
def test_an_sdks_request_is_recognised(
    observed: AwsClients,
    requests_seen: list[Request],
    service: str,
    operation: str,
    call: Callable[[AwsClients], Any],
) -> None:
    with suppress(ClientError):
        call(observed)

    assert operation_of(requests_seen[-1]) == (service, operation)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], ("", "")),
        ([("Authorization", "Bearer token")], ("", "")),
        (
            [("Authorization", "AWS4-HMAC-SHA256 Credential=A/20260101/r/ec2/aws4_request, S=")],
            ("ec2", ""),
        ),
        ([("Content-Type", "application/x-www-form-urlencoded")], ("", "")),
    ],
)
def test_what_cannot_be_told_is_empty(
    headers: list[tuple[str, str]], expected: tuple[str, str]
) -> None:
    assert operation_of(Request("POST", "/", headers, b"a=b")) == expected
