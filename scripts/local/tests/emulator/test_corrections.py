"""The emulated account does what Terraform relies on, where moto alone does otherwise."""

import io
import json
import zipfile
from typing import Any

import pytest

from bbws_local.clients import AwsClients

TLS_ONLY = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def _definition(**paths: Any) -> str:
    authorizer = {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": "https://issuer.example", "audience": ["portal"]},
    }
    return json.dumps(
        {
            "openapi": "3.0.1",
            "info": {"title": "An API", "version": "1", "description": "For a test"},
            "paths": {f"/{name}": item for name, item in paths.items()},
            "components": {
                "securitySchemes": {"cognito": {"x-amazon-apigateway-authorizer": authorizer}}
            },
            "x-amazon-apigateway-cors": {"allowOrigins": ["https://portal.example"]},
        }
    )


def _operation(*, verified: bool) -> dict[str, Any]:
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": "arn:aws:lambda:af-south-1:123456789012:function:one:live",
        "payloadFormatVersion": "2.0",
    }
    security: list[dict[str, list[str]]] = [{"cognito": []}] if verified else []
    return {"security": security, "x-amazon-apigateway-integration": integration}


def test_an_imported_api_has_the_documents_routes_and_authorizer(
    aws: AwsClients, name: str
) -> None:
    rest = {**_operation(verified=False), "isDefaultRoute": True}
    body = _definition(
        sites={"get": _operation(verified=True)},
        health={"x-amazon-apigateway-any-method": _operation(verified=False)},
        **{"$default": {"x-amazon-apigateway-any-method": rest}},
    )
    api = aws.apigatewayv2.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    # As Terraform does it, of which a second time changes nothing.
    for _ in range(2):
        aws.apigatewayv2.reimport_api(ApiId=api, Body=body)
    routes = {r["RouteKey"]: r for r in aws.apigatewayv2.get_routes(ApiId=api)["Items"]}

    assert set(routes) == {"GET /sites", "ANY /health", "$default"}
    verified = routes["GET /sites"]
    assert verified["AuthorizationType"] == "JWT"
    assert routes["ANY /health"]["AuthorizationType"] == "NONE"
    authorizer = aws.apigatewayv2.get_authorizer(ApiId=api, AuthorizerId=verified["AuthorizerId"])
    assert authorizer["JwtConfiguration"]["Issuer"] == "https://issuer.example"


def test_a_bucket_that_wants_tls_can_be_used_here(aws: AwsClients, name: str) -> None:
    where: Any = {"LocationConstraint": "af-south-1"}
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    policy = {"Version": "2012-10-17", "Statement": [TLS_ONLY]}
    aws.s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    aws.s3.put_object(Bucket=name, Key="a", Body=b"content")

    assert aws.s3.get_object(Bucket=name, Key="a")["Body"].read() == b"content"


def test_an_attribute_of_a_queue_leaves_the_others(aws: AwsClients, queue_url: str) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [TLS_ONLY]})
    allowed = json.dumps({"redrivePermission": "denyAll"})
    for attributes in (
        {"Policy": policy}, {"RedriveAllowPolicy": allowed}, {"VisibilityTimeout": "77"}
    ):  # fmt: skip
        aws.sqs.set_queue_attributes(QueueUrl=queue_url, Attributes=attributes)  # type: ignore[arg-type]
    found = aws.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]

    assert json.loads(found["Policy"])["Statement"][0]["Sid"] == "TlsOnly"
    assert found["RedriveAllowPolicy"] == allowed
    assert found["VisibilityTimeout"] == "77"


@pytest.mark.timeout(20)
def test_a_mapping_takes_nothing_from_its_queue_by_itself(
    aws: AwsClients, queue_url: str, name: str
) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("handler.py", "")
    arn = aws.lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": archive.getvalue()},
        LoggingConfig={"LogFormat": "JSON"},
        Publish=True,
    )["FunctionArn"]
    bare = arn.removesuffix(":1")
    aws.lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    mapping = aws.lambda_.create_event_source_mapping(
        EventSourceArn=f"arn:aws:sqs:af-south-1:123456789012:{name}",
        FunctionName=f"{bare}:live",
    )
    aws.sqs.send_message(QueueUrl=queue_url, MessageBody="still here")
    (message,) = aws.sqs.receive_message(QueueUrl=queue_url)["Messages"]

    assert message["Body"] == "still here"
    assert mapping["FunctionArn"] == f"{bare}:live"
    configuration = aws.lambda_.get_function_configuration(FunctionName=name)
    assert configuration["LoggingConfig"]["LogFormat"] == "JSON"
