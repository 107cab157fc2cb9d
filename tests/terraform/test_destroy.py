"""Taking the stack down again. The last tests of this folder: afterwards there is no account to look at."""

from collections.abc import Callable
from typing import Any

from terraform.conftest import Stack
from terraform.ground import FOUNDATION_ROLES

Aws = Callable[[str], Any]
DESTROY = (
    'terraform destroy -auto-approve -var="environment=dev"'
    " -var-file=environments/dev/terraform.tfvars"
)


def remains(aws: Aws) -> dict[str, list[str]]:
    """Everything of the stack that there is, by kind."""
    return {
        "functions": [f["FunctionName"] for f in aws("lambda").list_functions()["Functions"]],
        "queues": aws("sqs").list_queues().get("QueueUrls", []),
        "APIs": [one["Name"] for one in aws("apigatewayv2").get_apis()["Items"]],
        "rules": [rule["Name"] for rule in aws("events").list_rules()["Rules"]],
        "log groups": [g["logGroupName"] for g in aws("logs").describe_log_groups()["logGroups"]],
        "alarms": [a["AlarmName"] for a in aws("cloudwatch").describe_alarms()["MetricAlarms"]],
        "dashboards": [
            d["DashboardName"] for d in aws("cloudwatch").list_dashboards()["DashboardEntries"]
        ],
        "documents": [
            d["Name"]
            for d in aws("ssm").list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])[
                "DocumentIdentifiers"
            ]
        ],
        "roles": [
            role["RoleName"]
            for role in aws("iam").list_roles()["Roles"]
            if role["RoleName"] not in FOUNDATION_ROLES
        ],
        "buckets": [
            bucket["Name"]
            for bucket in aws("s3").list_buckets()["Buckets"]
            if bucket["Name"] not in ("bbws-terraform-state-dev", "bbws-wp-artifacts-dev")
        ],
        "mappings": [
            m["UUID"] for m in aws("lambda").list_event_source_mappings()["EventSourceMappings"]
        ],
        "security groups": [
            group["GroupName"]
            for group in aws("ec2").describe_security_groups()["SecurityGroups"]
            if group["GroupName"] not in ("default", "alb")
        ],
    }


def test_destroying_leaves_nothing_of_the_stack_and_all_of_the_foundation(
    aws: Aws, stack: Stack
) -> None:
    before = remains(aws)
    assert all(before.values()), "the stack has one of each, or this test sees nothing"

    stack.bench.run(DESTROY)

    assert remains(aws) == {kind: [] for kind in before}
    assert set(aws("dynamodb").list_tables()["TableNames"]) == {"sites", "terraform-state-lock-dev"}
    assert len(aws("sns").list_topics()["Topics"]) == 1


def test_the_foundation_does_not_let_itself_be_destroyed(aws: Aws, stack: Stack) -> None:
    printed = stack.bench.run(
        "terraform destroy -auto-approve -var-file=../environments/dev/foundation.tfvars"
        " -target=aws_dynamodb_table.sites",
        within="terraform/foundation",
        succeeds=False,
    )
    assert "deletion protection" in printed.lower().replace("_", " ")
    assert "sites" in aws("dynamodb").list_tables()["TableNames"]
