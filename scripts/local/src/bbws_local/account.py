"""Creates the emulated account of a specification, as Terraform would create the real one."""

import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from bbws_local.clients import AwsClients
from bbws_local.events import Route, load_document, load_routes
from bbws_local.identity import UserPool, create_user_pool
from bbws_local.reading import ALIAS
from bbws_local.specification import (
    PREVIEW_KEY_SECRET,
    REGION,
    TENANTS,
    AccountSpecification,
    FunctionSpecification,
    QueueSpecification,
)
from bbws_local.table import create_table
from bbws_local.wordpress import Tenant

_LOG_RETENTION_DAYS: Final = 14
_ASSUMED_BY_LAMBDA: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def create_account(
    clients: AwsClients,
    specification: AccountSpecification,
    packages: Mapping[str, Path],
    document: Path,
    tenants: Iterable[Tenant],
) -> UserPool:
    """Create everything in an empty account.

    `packages` are the ZIPs of the services, `document` the OpenAPI document of the HTTP API, and
    the functions can sign in to the WordPress of the `tenants`. Gives the user pool whose tokens
    the API accepts.
    """
    create_table(clients.dynamodb, specification.table_name)
    _create_queues(clients, specification)
    clients.sns.create_topic(Name=specification.topic_name)
    keep_notifications(clients, specification)
    clients.s3.create_bucket(
        Bucket=specification.bucket_name,
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    for function in specification.functions:
        _create_function(clients, function, packages[function.service])
    _create_mappings(clients, specification)
    _create_schedule(clients, specification)
    create_secrets(clients, tenants)
    pool = create_user_pool(clients.cognito, specification.user_pool_name)
    _create_api(clients, specification, pool, document)
    return pool


def create_secrets(clients: AwsClients, tenants: Iterable[Tenant]) -> None:
    """What people put into an account: the tenants' passwords and the key of preview links."""
    for tenant in tenants:
        clients.secretsmanager.create_secret(
            Name=f"bbws/wp/{tenant.tenant_id}/wp-app-password",
            SecretString=json.dumps(wordpress_secret(tenant)),
        )
    clients.secretsmanager.create_secret(
        Name=PREVIEW_KEY_SECRET, SecretString=secrets.token_hex(32)
    )


def wordpress_tenants() -> list[Tenant]:
    """The tenants' WordPress containers, each with a new application password."""
    return [Tenant(t, "bbws", secrets.token_hex(12), f"{t}.wpnet.bbws.io") for t in TENANTS]


def wordpress_secret(tenant: Tenant) -> dict[str, str]:
    """The secret of a tenant's WordPress."""
    return {
        "username": tenant.username,
        "password": tenant.password,
        "networkHost": tenant.network_host,
    }


def _create_queues(clients: AwsClients, specification: AccountSpecification) -> None:
    _create_queue(clients, specification.dead_letter_queue, {})
    for queue in specification.queues:
        redrive = {
            "deadLetterTargetArn": specification.dead_letter_queue.arn,
            "maxReceiveCount": queue.max_receives,
        }
        _create_queue(clients, queue, {"RedrivePolicy": json.dumps(redrive)})


def _create_queue(clients: AwsClients, queue: QueueSpecification, more: Mapping[str, str]) -> None:
    attributes: Any = {
        "VisibilityTimeout": str(queue.visibility_seconds),
        "MessageRetentionPeriod": str(queue.retention_seconds),
        **more,
    }
    clients.sqs.create_queue(QueueName=queue.name, Attributes=attributes)


def keep_notifications(clients: AwsClients, specification: AccountSpecification) -> None:
    """A queue that keeps what is published on the topic, so that people and tests can read it."""
    queue = QueueSpecification(specification.notifications_queue_name, "", 24 * 3600)
    _create_queue(clients, queue, {})
    clients.sns.subscribe(
        TopicArn=specification.topic_arn,
        Protocol="sqs",
        Endpoint=queue.arn,
        Attributes={"RawMessageDelivery": "true"},
    )


def _create_function(clients: AwsClients, function: FunctionSpecification, package: Path) -> None:
    role = clients.iam.create_role(
        RoleName=f"{function.name}-role", AssumeRolePolicyDocument=json.dumps(_ASSUMED_BY_LAMBDA)
    )["Role"]["Arn"]
    clients.lambda_.create_function(
        FunctionName=function.name,
        Runtime="python3.12",
        Role=role,
        Handler=function.handler,
        Code={"ZipFile": package.read_bytes()},
        Timeout=function.timeout_seconds,
        MemorySize=function.memory_mb,
        Environment={"Variables": dict(function.environment)},
        Publish=True,
    )
    clients.lambda_.create_alias(FunctionName=function.name, Name=ALIAS, FunctionVersion="1")
    clients.logs.create_log_group(logGroupName=function.log_group)
    clients.logs.put_retention_policy(
        logGroupName=function.log_group, retentionInDays=_LOG_RETENTION_DAYS
    )


def _create_mappings(clients: AwsClients, specification: AccountSpecification) -> None:
    arns = {function.name: function.arn for function in specification.functions}
    for mapping in specification.mappings:
        clients.lambda_.create_event_source_mapping(
            EventSourceArn=mapping.queue.arn,
            FunctionName=f"{arns[mapping.function_name]}:{ALIAS}",
            BatchSize=mapping.batch_size,
            FunctionResponseTypes=["ReportBatchItemFailures"] if mapping.reports_failures else [],
            ScalingConfig={"MaximumConcurrency": specification.mapping_concurrency},
        )


def _create_schedule(clients: AwsClients, specification: AccountSpecification) -> None:
    schedule = specification.schedule
    clients.events.put_rule(Name=schedule.name, ScheduleExpression="rate(1 minute)")
    target = next(f for f in specification.functions if f.name == schedule.function_name)
    clients.events.put_targets(
        Rule=schedule.name, Targets=[{"Id": target.service, "Arn": f"{target.arn}:{ALIAS}"}]
    )


def _create_api(
    clients: AwsClients, specification: AccountSpecification, pool: UserPool, document: Path
) -> None:
    gateway = clients.apigatewayv2
    documented = load_document(document)["x-amazon-apigateway-cors"]
    cors: Any = {name[0].upper() + name[1:]: value for name, value in documented.items()}
    cors["AllowOrigins"] = list(specification.cors_origins)
    api = gateway.create_api(
        Name=specification.api_name, ProtocolType="HTTP", CorsConfiguration=cors
    )["ApiId"]
    _create_routes(clients, specification, api, pool, load_routes(document))
    gateway.create_stage(
        ApiId=api,
        StageName=specification.environment,
        AutoDeploy=True,
        DefaultRouteSettings={
            "ThrottlingRateLimit": specification.throttle.rate,
            "ThrottlingBurstLimit": specification.throttle.burst,
        },
    )


def _create_routes(
    clients: AwsClients,
    specification: AccountSpecification,
    api: str,
    pool: UserPool,
    routes: tuple[Route, ...],
) -> None:
    gateway = clients.apigatewayv2
    authorizer = gateway.create_authorizer(
        ApiId=api,
        Name="cognito",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": pool.issuer, "Audience": [pool.client_id]},
    )["AuthorizerId"]
    integrations = {
        service: gateway.create_integration(
            ApiId=api,
            IntegrationType="AWS_PROXY",
            IntegrationUri=f"{specification.function(service).arn}:{ALIAS}",
            PayloadFormatVersion="2.0",
        )["IntegrationId"]
        for service in {route.service for route in routes}
    }
    for route in routes:
        verified: Any = (
            {} if route.is_public else {"AuthorizationType": "JWT", "AuthorizerId": authorizer}
        )
        target = f"integrations/{integrations[route.service]}"
        gateway.create_route(ApiId=api, RouteKey=route.key, Target=target, **verified)
