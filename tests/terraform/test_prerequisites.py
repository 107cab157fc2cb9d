"""What must exist before the stack (runbook §2): a plan without it stops, and names it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bbws_local.clients import AwsClients
from bbws_local.specification import PREVIEW_KEY_SECRET
from bbws_local.table import create_table
from terraform import ground, workbench
from terraform.account import Account
from terraform.workbench import Workbench

LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in which nothing was made yet."""
    with Account(workbench.ACCOUNTS["dev"], tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.fixture(scope="module")
def bench(empty: Account, provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    folder = tmp_path_factory.mktemp("planned")
    workbench.copy_repository(folder)
    (folder / "terraform" / "backend_override.tf").write_text(LOCAL_STATE)
    made = Workbench(folder, empty.url, provider)
    made.run("terraform init")
    return made


def test_in_an_empty_account_the_plan_names_everything_that_is_missing(bench: Workbench) -> None:
    printed = said(bench)
    for name in (
        "Dynamodb Table (sites)",
        "SNS Topic (bbws-wp-notifications-dev)",
        "KMS Alias (alias/bbws-wp-notifications-dev)",
        "There is no load balancer bbws-wp-internal-alb-dev",
        f"Secret ({PREVIEW_KEY_SECRET})",
        "There are 0 Cognito user pools named bbws-dev. Set user_pool_name, or jwt_issuer and",
    ):
        assert name in printed


def test_what_exists_otherwise_than_it_must_is_named_too(bench: Workbench, empty: Account) -> None:
    """A table without indexes, an ALB without endpoints in its VPC, a pool without the client."""
    clients = AwsClients(empty.url)
    clients.dynamodb.create_table(
        TableName="sites",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
    )
    ec2 = ground.client(empty.url, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"af-south-1{z}")[
            "Subnet"
        ]["SubnetId"]
        for n, z in enumerate("ab")
    )
    group = ec2.create_security_group(GroupName="alb", Description="ALB", VpcId=vpc)["GroupId"]
    ground.create_alb(empty.url, "dev", subnets, group)
    ground.client(empty.url, "cognito-idp").create_user_pool(PoolName="bbws-dev")

    printed = said(bench)

    for sentence in (
        "The DynamoDB table 'sites' has not the indexes GSI1 to GSI4",
        'data.aws_vpc_endpoint.required["dynamodb"]',
        'data.aws_vpc_endpoint.required["secretsmanager"]',
        "The Cognito user pool bbws-dev has no app client named portal.",
    ):
        assert sentence in printed


def test_an_alb_that_faces_the_internet_and_a_package_not_built_stop_the_plan(
    provider: Path, bench: Workbench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Account(workbench.ACCOUNTS["dev"], tmp_path_factory.mktemp("open")) as account:
        made = ground.prepare(account.url, "dev")
        elb = ground.client(account.url, "elbv2")
        [alb] = elb.describe_load_balancers()["LoadBalancers"]
        elb.delete_load_balancer(LoadBalancerArn=alb["LoadBalancerArn"])
        ground.create_alb(
            account.url, "dev", made.subnet_ids, made.alb_group_id, scheme="internet-facing"
        )
        create_table(AwsClients(account.url).dynamodb)
        ground.client(account.url, "sns").create_topic(Name="bbws-wp-notifications-dev")
        ground.create_key(account.url, "alias/bbws-wp-notifications-dev")
        other = Workbench(bench.folder, account.url, provider)
        printed = said(other)
        assert "The load balancer bbws-wp-internal-alb-dev faces the internet" in printed

        elb.delete_load_balancer(
            LoadBalancerArn=elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
        )
        ground.create_alb(account.url, "dev", made.subnet_ids, made.alb_group_id)
        package = bench.folder / "sites-service" / "dist" / "lambda.zip"
        content = package.read_bytes()
        package.unlink()
        try:
            printed = said(other)
        finally:
            package.write_bytes(content)
        assert "There is no package" in printed
        assert "Build it with scripts/build_all.sh." in printed


def said(bench: Workbench, *more: str) -> str:
    """What a plan that fails prints, in one line: Terraform breaks lines where it likes."""
    printed = bench.run(workbench.plan("dev", "-compact-warnings", *more), succeeds=False)
    return " ".join(printed.replace("│", " ").split())
