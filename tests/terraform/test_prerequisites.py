"""What must exist before the stack (runbook §2): a plan without it stops, and names it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bbws_local.clients import AwsClients
from bbws_local.table import create_table
from terraform import ground, runbook, workbench
from terraform.account import Account
from terraform.workbench import Workbench

LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in which nothing was made yet."""
    with Account(workbench.ACCOUNTS["dev"], tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.fixture(scope="module")
def planning(empty: Account, provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    folder = tmp_path_factory.mktemp("planned")
    workbench.copy_repository(folder)
    (folder / "terraform" / "backend_override.tf").write_text(LOCAL_STATE)
    made = Workbench(folder, empty.url, provider)
    made.run("terraform init")
    return made


def test_in_an_empty_account_the_plan_names_everything_that_is_missing(planning: Workbench) -> None:
    printed = said(planning)
    for name in (
        "Dynamodb Table (sites)",
        "SNS Topic (bbws-wp-notifications-dev)",
        "KMS Alias (alias/bbws-wp-notifications-dev)",
        "There is no load balancer bbws-wp-internal-alb-dev",
        "There are 0 Cognito user pools named bbws-dev. Set user_pool_name, or jwt_issuer and",
    ):
        assert name in printed


def test_what_exists_otherwise_than_it_must_is_named_too(
    planning: Workbench, empty: Account
) -> None:
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

    printed = said(planning)

    for sentence in (
        "The DynamoDB table 'sites' has not the indexes GSI1 to GSI4",
        'data.aws_vpc_endpoint.required["dynamodb"]',
        'data.aws_vpc_endpoint.required["secretsmanager"]',
        "The Cognito user pool bbws-dev has no app client named portal.",
    ):
        assert sentence in printed


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account in which everything is there that must be."""
    with Account(workbench.ACCOUNTS["dev"], tmp_path_factory.mktemp("ready")) as running:
        ground.prepare(running.url, "dev")
        create_table(AwsClients(running.url).dynamodb)
        ground.client(running.url, "sns").create_topic(Name="bbws-wp-notifications-dev")
        ground.create_key(running.url, "alias/bbws-wp-notifications-dev")
        yield running


@pytest.fixture
def ready_bench(planning: Workbench, ready: Account, provider: Path) -> Workbench:
    return Workbench(planning.folder, ready.url, provider)


def test_an_alb_that_faces_the_internet_stops_the_plan(
    ready_bench: Workbench, ready: Account
) -> None:
    elb = ground.client(ready.url, "elbv2")
    [alb] = elb.describe_load_balancers()["LoadBalancers"]
    subnets = tuple(zone["SubnetId"] for zone in alb["AvailabilityZones"])
    [group] = alb["SecurityGroups"]
    elb.delete_load_balancer(LoadBalancerArn=alb["LoadBalancerArn"])
    ground.create_alb(ready.url, "dev", subnets, group, scheme="internet-facing")
    try:
        printed = said(ready_bench)
    finally:
        [alb] = elb.describe_load_balancers()["LoadBalancers"]
        elb.delete_load_balancer(LoadBalancerArn=alb["LoadBalancerArn"])
        ground.create_alb(ready.url, "dev", subnets, group)
    assert "The load balancer bbws-wp-internal-alb-dev faces the internet" in printed


def test_a_package_that_was_not_built_stops_the_plan(ready_bench: Workbench) -> None:
    package = ready_bench.folder / "sites-service" / "dist" / "lambda.zip"
    content = package.read_bytes()
    package.unlink()
    try:
        printed = said(ready_bench)
    finally:
        package.write_bytes(content)
    assert "There is no package" in printed
    assert "Build it with scripts/build_all.sh." in printed


def test_a_creation_queue_that_exists_is_taken_over(ready_bench: Workbench, ready: Account) -> None:
    """The runbook (§2) counts it among what exists before; the README says how it is imported."""
    ground.client(ready.url, "sqs").create_queue(QueueName="bbws-wp-site-creation-dev")
    commands = runbook.PREAMBLE + workbench.readme_block("Import what exists")
    assert "Import successful!" in ready_bench.run(commands, ENV="dev")
    address = 'aws_sqs_queue.operations["creation"]'
    planned = ready_bench.run(workbench.plan("dev"))
    assert f"{address} will be updated in-place" in planned


def said(planning: Workbench, *more: str) -> str:
    """What a plan that fails prints, in one line: Terraform breaks lines where it likes."""
    printed = planning.run(workbench.plan("dev", "-compact-warnings", *more), succeeds=False)
    return " ".join(printed.replace("│", " ").split())
