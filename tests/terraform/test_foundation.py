"""The foundation of the applied account."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

import pytest

from bbws_local.clients import AwsClients
from bbws_local.table import create_table
from terraform import workbench
from terraform.account import Account
from terraform.conftest import Stack

Aws = Callable[[str], Any]
ROLE = "bbws-github-actions-role-dev"
ACCOUNT = workbench.ACCOUNTS["dev"]


def test_the_table_is_the_one_that_the_code_is_tested_with(
    aws: Aws, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def shape(dynamodb: Any) -> Any:
        table = dynamodb.describe_table(TableName="sites")["Table"]
        indexes = table["GlobalSecondaryIndexes"]
        return (
            table["KeySchema"],
            sorted(table["AttributeDefinitions"], key=lambda one: one["AttributeName"]),
            table["BillingModeSummary"]["BillingMode"],
            sorted((i["IndexName"], str(i["KeySchema"]), str(i["Projection"])) for i in indexes),
            dynamodb.describe_time_to_live(TableName="sites")["TimeToLiveDescription"],
        )

    with Account(ACCOUNT, tmp_path_factory.mktemp("tested")) as tested:
        clients = AwsClients(tested.url)
        create_table(clients.dynamodb)
        assert shape(aws("dynamodb")) == shape(clients.dynamodb)


@pytest.mark.parametrize("table", ["sites", "terraform-state-lock-dev"])
def test_a_table_is_protected_and_can_be_brought_back(aws: Aws, table: str) -> None:
    dynamodb = aws("dynamodb")
    assert dynamodb.describe_table(TableName=table)["Table"]["DeletionProtectionEnabled"]
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    assert recovery == "ENABLED"


def test_the_topic_has_a_key_that_alarms_and_rules_may_use(aws: Aws) -> None:
    arn = f"arn:aws:sns:af-south-1:{ACCOUNT}:bbws-wp-notifications-dev"
    topic = aws("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    key = topic["KmsMasterKeyId"].rpartition("/")[2]
    aliases = aws("kms").list_aliases(KeyId=key)["Aliases"]
    assert [alias["AliasName"] for alias in aliases] == ["alias/bbws-wp-notifications-dev"]
    assert aws("kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    policies = [
        topic["Policy"],
        aws("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"],
    ]
    for policy in policies:
        publishing = {
            statement["Principal"]["Service"]: statement.get("Condition")
            for statement in json.loads(policy)["Statement"]
            if "Service" in statement["Principal"]
        }
        assert publishing == {
            # With a condition on the account nothing of EventBridge's would arrive.
            "events.amazonaws.com": None,
            "cloudwatch.amazonaws.com": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }


def test_only_this_repository_s_environment_may_take_the_deployment_role(aws: Aws) -> None:
    role = aws("iam").get_role(RoleName=ROLE)["Role"]
    found = role["AssumeRolePolicyDocument"]
    document = found if isinstance(found, dict) else json.loads(unquote(found))
    [statement] = document["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    issuer = "token.actions.githubusercontent.com"
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"
    assert statement["Principal"] == {"Federated": provider}
    repository = "BigBeardWebSolutions/2_bbws_wordpress_site_management_lambda"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": f"repo:{repository}:environment:dev",
        }
    }


def deployment_statements(aws: Aws) -> list[dict[str, Any]]:
    iam = aws("iam")
    found: list[dict[str, Any]] = []
    for attached in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        text = json.dumps(document["Document"], separators=(",", ":"))
        assert len(text) <= 6144, f"{arn} is larger than a managed policy may be"
        found += document["Document"]["Statement"]
    return found


def actions_of(call: dict[str, str]) -> set[str]:
    """The IAM actions of which a call needs one, where their names differ from the operation's."""
    service, operation = call["service"], call["operation"]
    if service == "apigateway":
        return {f"apigateway:{call['method']}"}
    if service == "monitoring":
        return {f"cloudwatch:{operation}"}
    if service == "s3":
        return {f"s3:{_S3_ACTIONS.get(operation, operation)}"}
    if service == "lambda":
        return {f"lambda:{_LAMBDA_ACTIONS.get(operation, operation)}"}
    return {f"{service}:{operation}"}


# Service Authorization Reference, "Actions defined by Amazon S3" and "by AWS Lambda".
_S3_ACTIONS = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
}
_LAMBDA_ACTIONS = {
    "Invoke": "InvokeFunction",
    "GetFunctionConcurrency": "GetFunction",
}


def test_the_deployment_role_may_do_every_call_that_a_deployment_made(
    aws: Aws, stack: Stack
) -> None:
    allowed = {action for s in deployment_statements(aws) for action in _listed(s["Action"])}
    calls = [call for call in stack.account.calls()[stack.calls :] if "Terraform" in call["agent"]]
    assert len(calls) > 300
    missing = {
        action
        for call in calls
        if call["service"] and call["operation"] and call["service"] != "sts"
        for action in actions_of(call)
        if not any(fnmatchcase(action, pattern) for pattern in allowed)
    }
    assert not missing


def test_the_deployment_role_may_look_at_every_alarm_or_cloudwatch_refuses_it(aws: Aws) -> None:
    looking = [
        arn
        for statement in deployment_statements(aws)
        if "cloudwatch:DescribeAlarms" in _listed(statement["Action"])
        for arn in _listed(statement["Resource"])
    ]
    assert looking == ["*"]


def test_the_deployment_role_cannot_make_a_role_beyond_the_boundary(aws: Aws) -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/bbws-site-management-boundary-dev"
    for statement in deployment_statements(aws):
        actions = _listed(statement["Action"])
        assert "iam:*" not in actions
        assert not any(a.startswith(("iam:CreatePolicy", "iam:AttachRole")) for a in actions)
        assert "iam:DeleteRolePermissionsBoundary" not in actions
        if "iam:CreateRole" in actions:
            limited = statement["Condition"]["StringEquals"]
            assert limited == {"iam:PermissionsBoundary": boundary}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_foundation_s_state_lies_beside_the_stack_s_and_the_role_cannot_read_it(
    aws: Aws, stack: Stack
) -> None:
    listed = aws("s3").list_objects_v2(Bucket="bbws-terraform-state-dev")["Contents"]
    assert {one["Key"] for one in listed} == {
        "site-management-lambda/dev/foundation.tfstate",
        "site-management-lambda/dev/terraform.tfstate",
    }
    objects = [
        arn
        for statement in deployment_statements(aws)
        if "s3:GetObject" in _listed(statement["Action"])
        for arn in _listed(statement["Resource"])
    ]
    foundation = (
        "arn:aws:s3:::bbws-terraform-state-dev/site-management-lambda/dev/foundation.tfstate"
    )
    assert not [arn for arn in objects if fnmatchcase(foundation, arn)]
    assert not (stack.bench.folder / "terraform/foundation/terraform.tfstate").exists()


@pytest.mark.parametrize("bucket", ["bbws-terraform-state-dev", "bbws-wp-artifacts-dev"])
def test_a_bucket_is_private_versioned_and_encrypted(aws: Aws, bucket: str) -> None:
    s3 = aws("s3")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert list(blocked.values()) == [True] * 4
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]


def test_a_second_plan_of_the_foundation_finds_nothing_to_change(stack: Stack) -> None:
    printed = stack.bench.run(
        "terraform plan -detailed-exitcode -var-file=../environments/dev/foundation.tfvars",
        within="terraform/foundation",
    )
    assert "No changes." in printed


def test_the_reader_role_is_the_workflows_of_main_and_only_looks(aws: Aws) -> None:
    iam = aws("iam")
    role = iam.get_role(RoleName="bbws-github-actions-reader-role-dev")["Role"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    repository = "repo:BigBeardWebSolutions/2_bbws_wordpress_site_management_lambda"
    condition = trust["Condition"]["StringEquals"]
    assert set(condition["token.actions.githubusercontent.com:sub"]) == {
        f"{repository}:ref:refs/heads/main",
        *(f"{repository}:environment:{environment}" for environment in ("dev", "sit", "prod")),
    }
    policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName="look")["PolicyDocument"]
    for statement in policy["Statement"]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            verb = action.partition(":")[2]
            assert verb.startswith(("Get", "Describe", "List")) or action == "apigateway:GET"
