"""The runbook's troubleshooting finds what is broken, in its order, and changes nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from promotion.accounts import EmulatedAccount
from promotion.standing_in import Run

from bbws_local.specification import REGION, SERVICES
from bbws_operations.commands.diagnose import LOOKS
from bbws_shared import keys
from bbws_shared.attributes import to_attributes

type Break = Callable[[EmulatedAccount], object]

VARIABLES = {"ENVIRONMENT": "dev", "TABLE_NAME": "sites", "WORDPRESS_BASE_URL": "https://alb"}
LOCK = "bbws-terraform-state-dev/site-management-lambda/dev/terraform.tfstate"


@pytest.fixture
def well(account: EmulatedAccount) -> EmulatedAccount:
    """An account in which everything is as it should be."""
    account.deploy("1.0.0")
    subnets, group, alb_group = network(account)
    account.client("iam").put_role_policy(
        RoleName="any", PolicyName="own", PolicyDocument=json.dumps(policy("dynamodb:GetItem"))
    )
    for service in SERVICES:
        account.client("lambda").update_function_configuration(
            FunctionName=account.function(service),
            Environment={"Variables": VARIABLES},
            VpcConfig={"SubnetIds": subnets, "SecurityGroupIds": [group]},
        )
        account.client("logs").create_log_group(
            logGroupName=f"/aws/lambda/{account.function(service)}"
        )
    lock_table(account)
    balancer(account, subnets, alb_group)
    connect(account)
    account.client("secretsmanager").create_secret(
        Name="bbws/wp/tenant-123/wp-app-password", SecretString="{}"
    )
    return account


def policy(action: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": [action], "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def network(account: EmulatedAccount) -> tuple[list[str], str, str]:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    for service, kind in (("dynamodb", "Gateway"), ("secretsmanager", "Interface")):
        ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType=kind
        )
    group, alb_group = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name in ("functions", "alb")
    )
    ec2.authorize_security_group_ingress(
        GroupId=alb_group,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "UserIdGroupPairs": [{"GroupId": group}],
            }
        ],
    )
    return subnets, group, alb_group


def lock_table(account: EmulatedAccount) -> None:
    account.client("dynamodb").create_table(
        TableName="terraform-state-lock-dev",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def balancer(account: EmulatedAccount, subnets: list[str], group: str) -> None:
    elb = account.client("elbv2")
    made = elb.create_load_balancer(
        Name="bbws-wp-internal-alb-dev", Subnets=subnets, SecurityGroups=[group], Scheme="internal"
    )["LoadBalancers"][0]
    target = elb.create_target_group(
        Name="tenant-123", Protocol="HTTP", Port=80, VpcId=made["VpcId"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
    )
    elb.register_targets(TargetGroupArn=target, Targets=[{"Id": "10.0.0.9"}])


def connect(account: EmulatedAccount) -> None:
    """The mappings of the queues, and the schedule."""
    sqs = account.client("sqs")
    for kind in ("creation", "update", "deletion"):
        url = sqs.get_queue_url(QueueName=f"bbws-wp-site-{kind}-dev")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        account.client("lambda").create_event_source_mapping(
            EventSourceArn=arn["QueueArn"], FunctionName=account.function("async-processor")
        )
    account.client("events").put_rule(
        Name="dev-bbws-reconcile", ScheduleExpression="rate(1 minute)"
    )


def test_a_healthy_account_has_no_finding(run: Run, well: EmulatedAccount) -> None:
    said = run("diagnose").output
    assert [line.partition(":")[0] for line in said.splitlines()[:7]] == list(LOOKS)
    assert said.count(": nothing found") == 7
    assert "DEV: 0 broken, 0 to look at, " in said
    assert " 0 not seen" in said
    assert well.changes() == []


def test_everything_can_be_shown(run: Run, well: EmulatedAccount) -> None:
    said = run("diagnose", "--all").output
    assert "OK     Terraform's lock is free" in said
    assert "OK     dev-bbws-sites-service:live serves version 1 (1.0.0)" in said
    assert "OK     containers of tenant-123 1 are healthy" in said


def hold_lock(account: EmulatedAccount, since: datetime) -> None:
    info = {"ID": "4711", "Who": "ci@runner", "Created": since.isoformat(), "Operation": "Apply"}
    item = {"LockID": LOCK, "Info": json.dumps(info)}
    account.client("dynamodb").put_item(
        TableName="terraform-state-lock-dev", Item=to_attributes(item)
    )


def run_operation(account: EmulatedAccount, minutes: int) -> None:
    created = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
    item = {
        "PK": "TENANT#tenant-123",
        "SK": "OP#op-1",
        "GSI4PK": keys.in_flight("op-1"),
        "GSI4SK": created,
        "operationId": "op-1",
        "siteId": "site-1",
        "status": "IN_PROGRESS",
        "createdAt": created,
    }
    account.client("dynamodb").put_item(TableName="sites", Item=to_attributes(item))


def remove_queue(account: EmulatedAccount) -> None:
    sqs = account.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="bbws-wp-site-update-dev")["QueueUrl"])


def send(account: EmulatedAccount, queue: str, count: int = 1) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    for _ in range(count):
        sqs.send_message(QueueUrl=url, MessageBody="{}")


def pile_up(account: EmulatedAccount) -> None:
    """In a queue made anew, which moto does not bring to a function that it needs Docker for."""
    sqs, queue = account.client("sqs"), "bbws-wp-site-creation-dev"
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"])
    sqs.create_queue(QueueName=queue)
    send(account, queue, 51)


def log_error(account: EmulatedAccount) -> None:
    logs, group = account.client("logs"), "/aws/lambda/dev-bbws-sites-service"
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    now = int(datetime.now(UTC).timestamp() * 1000)
    line = {"timestamp": now, "message": '{"level": "ERROR", "message": "no table"}'}
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[line])


def mappings(account: EmulatedAccount) -> list[str]:
    found = account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return [one["UUID"] for one in found]


def close_group(account: EmulatedAccount) -> None:
    ec2 = account.client("ec2")
    found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["alb"]}])
    (group,) = found["SecurityGroups"]
    ec2.revoke_security_group_ingress(
        GroupId=group["GroupId"], IpPermissions=group["IpPermissions"]
    )


def remove_endpoint(account: EmulatedAccount) -> None:
    ec2 = account.client("ec2")
    found = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    ids = [one["VpcEndpointId"] for one in found if one["ServiceName"].endswith("dynamodb")]
    ec2.delete_vpc_endpoints(VpcEndpointIds=ids)


def remove_balancer(account: EmulatedAccount) -> None:
    elb = account.client("elbv2")
    for one in elb.describe_load_balancers()["LoadBalancers"]:
        elb.delete_load_balancer(LoadBalancerArn=one["LoadBalancerArn"])


def remove_target(account: EmulatedAccount) -> None:
    elb = account.client("elbv2")
    (group,) = elb.describe_target_groups()["TargetGroups"]
    elb.deregister_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": "10.0.0.9"}])


def configure(account: EmulatedAccount, **settings: Any) -> None:
    account.client("lambda").update_function_configuration(
        FunctionName="dev-bbws-sites-service", **settings
    )


BROKEN: dict[str, tuple[Break, str]] = {
    "alarm": (lambda a: a.ring(), "FAIL   bbws-wp-rollback-lambda-errors-dev 51 errors in 5 minutes\n"
              "         -> docs/operations.md#bbws-wp-rollback-lambda-errors"),
    "no alarm": (lambda a: a.client("cloudwatch").delete_alarms(
        AlarmNames=[a.alarm("rollback-api-5xx-rate")]), "FAIL   rollback alarms DEV has no alarm"),
    "old lock": (lambda a: hold_lock(a, datetime.now(UTC) - timedelta(hours=3)),
                 "terraform force-unlock 4711"),
    "lock without a time": (lambda a: a.client("dynamodb").put_item(
        TableName="terraform-state-lock-dev", Item={"LockID": {"S": LOCK}}),
        "FAIL   Terraform's lock is held by somebody"),
    "function": (lambda a: a.client("lambda").delete_function(
        FunctionName="dev-bbws-templates-service"),
        "FAIL   dev-bbws-templates-service does not exist"),
    "state": (lambda a: a.states.update({"dev-bbws-sites-service": "Inactive"}),
              "FAIL   dev-bbws-sites-service is Inactive, not Active (for the test)"),
    "alias": (lambda a: a.client("lambda").delete_alias(
        FunctionName="dev-bbws-sites-service", Name="live"),
        "FAIL   dev-bbws-sites-service:live does not exist, so nobody can call it"),
    "table": (lambda a: a.client("dynamodb").delete_table(TableName="sites"),
              "FAIL   table sites does not exist"),
    "variables": (lambda a: configure(a, Environment={"Variables": {"ENVIRONMENT": "dev"}}),
                  "FAIL   dev-bbws-sites-service variables lacks TABLE_NAME, WORDPRESS_BASE_URL"),
    "other environment": (lambda a: configure(a, Environment={
        "Variables": {**VARIABLES, "ENVIRONMENT": "sit"}}),
        "FAIL   dev-bbws-sites-service variables is configured for another environment"),
    "no network": (lambda a: configure(a, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}),
                   "FAIL   dev-bbws-sites-service network is in no VPC"),
    "role": (lambda a: a.client("iam").put_role_policy(
        RoleName="any", PolicyName="own", PolicyDocument=json.dumps(policy("s3:GetObject"))),
        "FAIL   dev-bbws-sites-service role any has no DynamoDB permission"),
    "error": (log_error, 'FAIL   dev-bbws-sites-service log errors in an hour: 1, the last: {"level"'),
    "no log": (lambda a: a.client("logs").delete_log_group(
        logGroupName="/aws/lambda/dev-bbws-sites-service"),
        "FAIL   dev-bbws-sites-service log /aws/lambda/dev-bbws-sites-service does not exist"),
    "queue": (remove_queue, "FAIL   bbws-wp-site-update-dev does not exist"),
    "dead letter": (lambda a: send(a, "bbws-wp-site-operations-dlq-dev"),
                    "FAIL   bbws-wp-site-operations-dlq-dev holds what was given up, messages: 1\n"
                    "         -> scripts/redrive_dlq --environment dev --dry-run"),
    "mapping": (lambda a: a.client("lambda").delete_event_source_mapping(UUID=mappings(a)[0]),
                "FAIL   bbws-wp-site-creation-dev -> dev-bbws-async-processor does not exist"),
    "schedule off": (lambda a: a.client("events").disable_rule(Name="dev-bbws-reconcile"),
                     "FAIL   schedule dev-bbws-reconcile is DISABLED"),
    "no schedule": (lambda a: a.client("events").delete_rule(Name="dev-bbws-reconcile"),
                    "FAIL   schedule dev-bbws-reconcile is missing"),
    "stuck": (lambda a: run_operation(a, 16), "FAIL   op-1 of site-1 is IN_PROGRESS since"),
    "balancer": (remove_balancer, "FAIL   bbws-wp-internal-alb-dev does not exist"),
    "containers": (remove_target, "FAIL   containers of tenant-123 none is registered"),
    "security group": (close_group, "FAIL   Lambda -> ALB no security group of the ALB lets"),
    "endpoint": (remove_endpoint, "FAIL   VPC endpoint dynamodb is deleted"),
    "password": (lambda a: a.client("secretsmanager").delete_secret(
        SecretId="bbws/wp/tenant-123/wp-app-password", ForceDeleteWithoutRecovery=True),
        "FAIL   application passwords no secret bbws/wp/*/wp-app-password exists"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_found(run: Run, well: EmulatedAccount, what: str) -> None:
    break_it, finding = BROKEN[what]
    break_it(well)
    said = run("diagnose", fails="DEV: ").output
    assert finding in said
    assert well.changes() == []


LOOKED_AT: dict[str, tuple[Break, str]] = {
    "lock": (lambda a: hold_lock(a, datetime.now(UTC)), "is held by ci@runner since"),
    "backlog": (pile_up, "messages waiting: 51"),
    "shift": (lambda a: (a.deploy("1.1.0"), a.point("sites-service", "1", {"2": 0.1})),
              "dev-bbws-sites-service:live shares the calls: version 1 and {'2': 0.1}"),
    "rolled back": (lambda a: (a.deploy("1.1.0"), a.point("sites-service", "1")),
                    "serves version 1 (1.0.0), and the newest is 2"),
}  # fmt: skip


@pytest.mark.parametrize("what", LOOKED_AT)
def test_what_may_be_a_cause_is_shown_and_is_no_failure(
    run: Run, well: EmulatedAccount, what: str
) -> None:
    break_it, finding = LOOKED_AT[what]
    break_it(well)
    said = run("diagnose").output
    assert finding in said
    assert "DEV: 0 broken, 1 to look at" in said


def test_an_operation_of_a_few_minutes_is_not_stuck(run: Run, well: EmulatedAccount) -> None:
    run_operation(well, 14)
    assert "DEV: 0 broken" in run("diagnose").output


def test_blocked_plugins_are_counted(run: Run, well: EmulatedAccount) -> None:
    point = {
        "MetricName": "PluginSecurityBlocked",
        "Dimensions": [{"Name": "Environment", "Value": "dev"}],
        "Timestamp": datetime.now(UTC) - timedelta(minutes=5),
        "Value": 3,
    }
    well.client("cloudwatch").put_metric_data(Namespace="BBWS/WPTechnical", MetricData=[point])
    assert "plugins blocked 3 in an hour" in run("diagnose", "--all").output


@pytest.mark.parametrize(
    "operation",
    ["DescribeTable", "ListRolePolicies", "FilterLogEvents", "GetQueueUrl", "DescribeRule"],
)
def test_what_may_not_be_looked_at_is_said_and_ends_nothing_else(
    run: Run, well: EmulatedAccount, operation: str
) -> None:
    well.refusals[operation] = "AccessDeniedException"
    said = run("diagnose").output
    assert f"{operation}: AccessDeniedException\n         -> these credentials may not" in said
    assert "DEV: 0 broken" in said
    assert " 1 not seen" in said


def test_an_empty_account_is_told_whole(run: Run, account: EmulatedAccount) -> None:
    said = run("diagnose", fails="DEV: ").output
    assert said.count("does not exist") >= 7


def test_without_an_answer_every_look_says_so(
    run: Run, account: EmulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("bbws_operations.environment._CONFIG", None)
    said = run("diagnose").output
    asked = sum(map(len, LOOKS.values()))
    assert f"DEV: 0 broken, 0 to look at, 0 well, {asked} not seen" in said
