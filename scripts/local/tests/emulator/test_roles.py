"""The emulator knows which function calls, what it used, and what its role allows."""

import io
import json
import zipfile
from collections.abc import Iterator

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from bbws_local.clients import AwsClients
from bbws_local.emulator import Emulator
from bbws_local.host import LambdaHost
from bbws_local.iam.credentials import access_key_id
from bbws_local.serving import Server

FUNCTION = "test-roles"
ROLE = "test-roles-role"
BOUNDARY = "test-roles-boundary"


@pytest.fixture(scope="module")
def strict(running_host: LambdaHost) -> Iterator[Server]:
    """An emulator of the same account that refuses what roles do not allow."""
    server = Server(Emulator(running_host.url, enforces_roles=True).serve).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def function(aws: AwsClients) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    boundary = aws.iam.create_policy(
        PolicyName=BOUNDARY, PolicyDocument=_allow("sqs:*", "arn:aws:sqs:*")
    )["Policy"]["Arn"]
    role = aws.iam.create_role(
        RoleName=ROLE, AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary
    )["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("handler.py", "")
    aws.lambda_.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.12",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": archive.getvalue()},
    )


def _allow(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def sending(aws: AwsClients, name: str, queue_url: str, function: None) -> Iterator[str]:
    """A queue that the function may send to."""
    arn = f"arn:aws:sqs:af-south-1:123456789012:{name}"
    aws.iam.put_role_policy(
        RoleName=ROLE, PolicyName="own", PolicyDocument=_allow("sqs:SendMessage", arn)
    )
    yield queue_url
    aws.iam.delete_role_policy(RoleName=ROLE, PolicyName="own")


def _sends(server: Server, url: str, key: str = access_key_id(FUNCTION)) -> None:
    client = boto3.client(
        "sqs",
        endpoint_url=server.url,
        region_name="af-south-1",
        aws_access_key_id=key,
        aws_secret_access_key="local",
    )
    client.send_message(QueueUrl=url, MessageBody="hello")


def _uses(server: Server) -> list[tuple[str, str, str]]:
    answer = requests.get(f"{server.url}/_local/uses", timeout=5)
    return [(use["function"], use["action"], use["resource"]) for use in answer.json()]


def test_a_function_may_what_its_role_allows(strict: Server, sending: str, name: str) -> None:
    _sends(strict, sending)
    arn = f"arn:aws:sqs:af-south-1:123456789012:{name}"
    assert (FUNCTION, "sqs:SendMessage", arn) in _uses(strict)


def test_it_is_refused_anything_else_and_told_what_it_lacks(
    strict: Server, aws: AwsClients, sending: str, name: str
) -> None:
    other = aws.sqs.create_queue(QueueName=f"{name}-other")["QueueUrl"]
    with pytest.raises(ClientError) as refusal:
        _sends(strict, other)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert (
        f"User: arn:aws:sts::123456789012:assumed-role/{ROLE}/{FUNCTION} is not authorized to "
        f"perform: sqs:SendMessage on resource: arn:aws:sqs:af-south-1:123456789012:{name}-other"
    ) in str(refusal.value)
    assert "Messages" not in aws.sqs.receive_message(QueueUrl=other)
    assert (FUNCTION, "sqs:SendMessage", f"arn:aws:sqs:af-south-1:123456789012:{name}-other") in (
        _uses(strict)
    )


def test_the_boundary_of_its_role_is_a_limit(strict: Server, aws: AwsClients, sending: str) -> None:
    arn = f"arn:aws:iam::123456789012:policy/{BOUNDARY}"
    version = aws.iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=_allow("sns:*", "*"), SetAsDefault=True
    )["PolicyVersion"]["VersionId"]
    with pytest.raises(ClientError, match="not authorized"):
        _sends(strict, sending)
    aws.iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    aws.iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    _sends(strict, sending)


def test_what_was_used_can_be_forgotten(strict: Server, sending: str) -> None:
    _sends(strict, sending)
    assert _uses(strict)
    requests.delete(f"{strict.url}/_local/uses", timeout=5).raise_for_status()
    assert _uses(strict) == []


def test_people_are_not_watched_and_may_everything(
    strict: Server, aws: AwsClients, queue_url: str
) -> None:
    before = _uses(strict)
    _sends(strict, queue_url, key="AKIASOMEBODYELSE0000")
    assert _uses(strict) == before


def test_without_being_told_to_it_only_looks(
    emulator: Server, aws: AwsClients, queue_url: str, name: str, function: None
) -> None:
    _sends(emulator, queue_url)
    arn = f"arn:aws:sqs:af-south-1:123456789012:{name}"
    assert (FUNCTION, "sqs:SendMessage", arn) in _uses(emulator)
