"""What other repositories make in an account before this service's Terraform (runbook, section 2)."""

from typing import Final

from bbws_local.clients import AwsClients
from bbws_local.specification import REGION

_ENDPOINTS: Final = (("dynamodb", "Gateway"), ("secretsmanager", "Interface"))


def create_surroundings(clients: AwsClients, environment: str) -> None:
    """The network, its endpoints, and the internal ALB. Nothing passes through any of them here."""
    ec2 = clients.ec2
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    for service, kind in _ENDPOINTS:
        ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            VpcEndpointType=kind,
        )
    group = ec2.create_security_group(GroupName="alb", Description="ALB", VpcId=vpc)["GroupId"]
    clients.elbv2.create_load_balancer(
        Name=f"bbws-wp-internal-alb-{environment}",
        Subnets=subnets,
        SecurityGroups=[group],
        Scheme="internal",
        Type="application",
    )
