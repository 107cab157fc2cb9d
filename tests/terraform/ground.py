"""What other repositories make in an account, and an applied stack presumes (runbook §2)."""

from dataclasses import dataclass
from typing import Any

import boto3

from bbws_local.specification import REGION

PORTAL_CLIENT = "portal"
FOUNDATION_ROLES = ("bbws-github-actions-role-dev", "bbws-github-actions-reader-role-dev")
"""The roles of GitHub's workflows in DEV, which the foundation makes."""


@dataclass(frozen=True)
class Ground:
    """The ids of what was made."""

    vpc_id: str
    subnet_ids: tuple[str, ...]
    alb_group_id: str
    alb_dns_name: str
    user_pool_id: str
    client_id: str


def client(endpoint_url: str, service: Any, region: str = REGION) -> Any:
    """A boto3 client of the emulated account."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id="AKIATERRAFORMTESTS",
        aws_secret_access_key="local",
    )


def prepare(endpoint_url: str, environment: str) -> Ground:
    """Make the network, the internal ALB and the user pool."""
    ec2 = client(endpoint_url, "ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = tuple(
        ec2.create_subnet(
            VpcId=vpc_id, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    )
    for service, kind in (("dynamodb", "Gateway"), ("secretsmanager", "Interface")):
        create_endpoint(ec2, vpc_id, service, kind)
    group = ec2.create_security_group(GroupName="alb", Description="ALB", VpcId=vpc_id)["GroupId"]
    dns_name = create_alb(endpoint_url, environment, subnets, group)
    pool_id, client_id = create_user_pool(endpoint_url, environment)
    return Ground(vpc_id, subnets, group, dns_name, pool_id, client_id)


def create_endpoint(ec2: Any, vpc_id: str, service: str, kind: Any) -> str:
    """A VPC endpoint of an AWS service; its id."""
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc_id, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType=kind
    )
    return str(endpoint["VpcEndpoint"]["VpcEndpointId"])


def create_alb(
    endpoint_url: str,
    environment: str,
    subnets: tuple[str, ...],
    group: str,
    scheme: str = "internal",
) -> str:
    """The internal ALB; its DNS name."""
    answer = client(endpoint_url, "elbv2").create_load_balancer(
        Name=f"bbws-wp-internal-alb-{environment}",
        Subnets=list(subnets),
        SecurityGroups=[group],
        Scheme=scheme,
        Type="application",
    )
    return str(answer["LoadBalancers"][0]["DNSName"])


def create_user_pool(endpoint_url: str, environment: str) -> tuple[str, str]:
    """The environment's user pool with the portal's app client; both ids."""
    cognito = client(endpoint_url, "cognito-idp")
    pool_id = cognito.create_user_pool(PoolName=f"bbws-{environment}")["UserPool"]["Id"]
    made = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName=PORTAL_CLIENT)
    return pool_id, made["UserPoolClient"]["ClientId"]


def create_key(endpoint_url: str, alias: str) -> None:
    """A KMS key with an alias."""
    kms = client(endpoint_url, "kms")
    kms.create_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
