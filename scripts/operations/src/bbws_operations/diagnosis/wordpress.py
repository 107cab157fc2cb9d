"""Issues "WordPress API Connection Failures" and "Plugin Installation Fails with Security Error"."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from bbws_operations.diagnosis.finding import Finding, Level
from bbws_operations.environment import PROCESSOR, Environment
from bbws_operations.errors import is_missing

_ENDPOINTS: Final = ("dynamodb", "secretsmanager")
_SECRETS: Final = "bbws/wp/"
_HTTPS: Final = 443


def load_balancer(environment: Environment) -> Iterator[Finding]:
    """The internal ALB and the containers behind it."""
    elb, name = environment.client("elbv2"), f"bbws-wp-internal-alb-{environment.name}"
    try:
        balancer = elb.describe_load_balancers(Names=[name])["LoadBalancers"][0]
    except ClientError as error:
        if not is_missing(error):
            raise
        yield Finding(Level.FAIL, name, "does not exist", "2_bbws_ecs_terraform makes it")
        return
    state = balancer["State"]["Code"]
    yield Finding(Level.OK if state == "active" else Level.FAIL, name, f"is {state}")
    arn = balancer["LoadBalancerArn"]
    groups = elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
    if not groups:
        yield Finding(Level.FAIL, f"{name} targets", "there is no target group", "the ECS services")
    for group in groups:
        yield _targets(elb, group)
    yield from _network(environment, balancer)


def _targets(elb: Any, group: Any) -> Finding:
    health = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    states = [one["TargetHealth"]["State"] for one in health["TargetHealthDescriptions"]]
    healthy, what = states.count("healthy"), f"containers of {group['TargetGroupName']}"
    if healthy and healthy == len(states):
        return Finding(Level.OK, what, f"{healthy} are healthy")
    level = Level.WARN if healthy else Level.FAIL
    seen = f"{healthy} of {len(states)} are healthy" if states else "none is registered"
    return Finding(level, what, seen, "the ECS service's events and the container's log say why")


def _network(environment: Environment, balancer: Any) -> Iterator[Finding]:
    """Security groups Lambda -> ALB, and the VPC's endpoints."""
    ec2 = environment.client("ec2")
    processor = environment.lambda_.get_function_configuration(
        FunctionName=environment.function(PROCESSOR)
    )
    own = set(processor.get("VpcConfig", {}).get("SecurityGroupIds", []))
    groups = balancer.get("SecurityGroups", [])
    described = ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"] if groups else []
    allowed = any(_lets_in(rule, own) for group in described for rule in group["IpPermissions"])
    yield Finding(
        Level.OK if allowed else Level.FAIL, "Lambda -> ALB",
        "is allowed by the ALB's security groups" if allowed else "no security group of the ALB lets the "
        "functions in", "" if allowed else "terraform plan",
    )  # fmt: skip
    vpc = [{"Name": "vpc-id", "Values": [balancer["VpcId"]]}]
    endpoints = {
        one["ServiceName"].rpartition(".")[2]: one["State"]
        for one in ec2.describe_vpc_endpoints(Filters=vpc)["VpcEndpoints"]
    }
    for service in _ENDPOINTS:
        state = endpoints.get(service, "missing")
        level = Level.OK if state.lower() == "available" else Level.FAIL
        yield Finding(level, f"VPC endpoint {service}", f"is {state}")


def _lets_in(rule: Any, groups: set[str]) -> bool:
    from_groups = {pair["GroupId"] for pair in rule.get("UserIdGroupPairs", [])} & groups
    has_port = rule["IpProtocol"] == "-1" or (
        rule.get("FromPort", 0) <= _HTTPS <= rule.get("ToPort", 0)
    )
    return bool(from_groups or rule.get("IpRanges")) and has_port


def credentials(environment: Environment) -> Iterator[Finding]:
    """The tenants' application passwords."""
    pages = (
        environment.client("secretsmanager")
        .get_paginator("list_secrets")
        .paginate(Filters=[{"Key": "name", "Values": [_SECRETS]}])
    )
    names = [
        one["Name"]
        for page in pages
        for one in page["SecretList"]
        if one["Name"].endswith("/wp-app-password")
    ]
    if names:
        yield Finding(Level.OK, "application passwords", f"{len(names)} tenants have one")
    else:
        yield Finding(
            Level.FAIL, "application passwords", f"no secret {_SECRETS}*/wp-app-password exists",
            "the tenant provisioner makes them",
        )  # fmt: skip


def blocked_plugins(environment: Environment) -> Iterator[Finding]:
    """Plugins that the security check has refused in the last hour."""
    now = datetime.now(UTC)
    answer = environment.cloudwatch.get_metric_statistics(
        Namespace="BBWS/WPTechnical",
        MetricName="PluginSecurityBlocked",
        Dimensions=[{"Name": "Environment", "Value": environment.name}],
        StartTime=now - timedelta(hours=1),
        EndTime=now,
        Period=3600,
        Statistics=["Sum"],
    )
    count = round(sum(point["Sum"] for point in answer["Datapoints"]))
    yield Finding(
        Level.OK, "plugins blocked", f"{count} in an hour",
        "the log lines 'plugin blocked' say which, where and why" if count else "",
    )  # fmt: skip
