"""Everything that the specification names is in the account."""

import base64
import json
from typing import Any

import pytest

from bbws_local.clients import AwsClients
from bbws_local.events import load_routes
from bbws_local.specification import (
    PREVIEW_KEY_SECRET,
    SERVICES,
    STAFF,
    STAFF_ROLE,
    TENANT_ROLES,
    TENANTS,
    AccountSpecification,
    QueueSpecification,
)
from bbws_local.stack import LocalStack


def _attributes(aws: AwsClients, queue: str) -> dict[str, str]:
    url = aws.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return {str(name): value for name, value in found.items()}


def test_the_table_has_its_indexes(aws: AwsClients, specification: AccountSpecification) -> None:
    table = aws.dynamodb.describe_table(TableName=specification.table_name)["Table"]

    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {
        "GSI1", "GSI2", "GSI3", "GSI4"
    }  # fmt: skip


def test_every_queue_has_its_times_and_its_dead_letters(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    assert len(specification.queues) == 3
    for queue in specification.queues:
        found = _attributes(aws, queue.name)
        assert found["QueueArn"] == queue.arn
        assert found["VisibilityTimeout"] == str(queue.visibility_seconds)
        assert found["MessageRetentionPeriod"] == str(queue.retention_seconds)
        redrive = json.loads(found["RedrivePolicy"])
        assert redrive["deadLetterTargetArn"] == specification.dead_letter_queue.arn
        assert int(redrive["maxReceiveCount"]) == queue.max_receives


def test_the_dead_letters_are_kept_for_two_weeks(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    found = _attributes(aws, specification.dead_letter_queue.name)

    assert found["MessageRetentionPeriod"] == str(14 * 24 * 3600)
    assert "RedrivePolicy" not in found


def test_what_is_published_can_be_read_as_it_was_sent(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    aws.sns.publish(TopicArn=specification.topic_arn, Message='{"type": "test"}')
    url = aws.sqs.get_queue_url(QueueName=specification.notifications_queue_name)["QueueUrl"]
    (message,) = aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]

    assert message["Body"] == '{"type": "test"}'


def test_the_bucket_is_there(aws: AwsClients, specification: AccountSpecification) -> None:
    aws.s3.head_bucket(Bucket=specification.bucket_name)


@pytest.mark.parametrize("service", SERVICES)
def test_every_function_is_as_specified(
    aws: AwsClients, specification: AccountSpecification, service: str
) -> None:
    function = specification.function(service)
    found = aws.lambda_.get_function_configuration(FunctionName=function.name)

    assert found["FunctionArn"].startswith(function.arn)
    assert found["Handler"] == function.handler
    assert found["Timeout"] == function.timeout_seconds
    assert found["MemorySize"] == function.memory_mb
    assert found["Environment"]["Variables"] == function.environment
    assert found["State"] == "Active"
    (group,) = aws.logs.describe_log_groups(logGroupNamePrefix=function.log_group)["logGroups"]
    assert group["retentionInDays"] == 14


def test_every_queues_variable_names_a_queue_that_exists(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    variables = specification.function("async-processor").environment

    queues: list[QueueSpecification] = [*specification.queues, specification.dead_letter_queue]
    for queue in queues:
        url = aws.sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
        assert variables[queue.variable] == url


def test_a_service_that_is_none_has_no_function(specification: AccountSpecification) -> None:
    with pytest.raises(KeyError, match="billing-service"):
        specification.function("billing-service")


def test_the_schedule_names_the_processor(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    rule = aws.events.describe_rule(Name=specification.schedule.name)
    (target,) = aws.events.list_targets_by_rule(Rule=specification.schedule.name)["Targets"]

    assert rule["Arn"] == specification.schedule.arn
    assert target["Arn"] == f"{specification.function('async-processor').arn}:live"


@pytest.mark.parametrize("tenant", TENANTS)
def test_every_tenant_has_a_secret_that_opens_its_wordpress(
    aws: AwsClients, stack: LocalStack, tenant: str
) -> None:
    name = f"bbws/wp/{tenant}/wp-app-password"
    secret = json.loads(aws.secretsmanager.get_secret_value(SecretId=name)["SecretString"])
    known = json.loads((stack.options.state_directory / "tenants.json").read_text())

    assert set(secret) == {"username", "password", "networkHost"}
    assert known[tenant] == secret


def test_the_api_has_the_documents_routes(
    aws: AwsClients, stack: LocalStack, specification: AccountSpecification
) -> None:
    (api,) = aws.apigatewayv2.get_apis()["Items"]
    routes = aws.apigatewayv2.get_routes(ApiId=api["ApiId"])["Items"]
    document = load_routes(stack.options.root / "openapi" / "site-management.yaml")

    assert api["Name"] == specification.api_name
    assert {route["RouteKey"] for route in routes} == {route.key for route in document}
    public = {route["RouteKey"] for route in routes if route["AuthorizationType"] == "NONE"}
    assert public == {route.key for route in document if route.is_public}
    (stage,) = aws.apigatewayv2.get_stages(ApiId=api["ApiId"])["Items"]
    assert stage["StageName"] == "dev"
    throttled = stage["DefaultRouteSettings"]
    assert throttled["ThrottlingRateLimit"] == specification.throttle.rate
    assert api["CorsConfiguration"]["AllowOrigins"] == list(specification.cors_origins)


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return content


def test_there_is_a_token_for_every_role_of_every_tenant_and_for_staff(stack: LocalStack) -> None:
    assert set(stack.tokens) == {*TENANTS, STAFF}
    for owner in (*TENANTS, STAFF):
        roles = (STAFF_ROLE,) if owner == STAFF else TENANT_ROLES
        assert set(stack.tokens[owner]) == set(roles)
        for role in roles:
            claims = _claims(stack.tokens[owner][role])
            assert claims["cognito:groups"] == [role]
            assert claims.get("custom:tenantIds", "") == ("" if owner == STAFF else owner)
            assert claims["token_use"] == "id"
            assert claims["email"].endswith(f"@{owner}.bbws.example")


def test_every_token_is_of_another_person(stack: LocalStack) -> None:
    tokens = [token for roles in stack.tokens.values() for token in roles.values()]

    assert len({_claims(token)["sub"] for token in tokens}) == len(tokens) == 9


def test_the_key_that_signs_previews_is_where_its_function_looks(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    named = specification.function("templates-service").environment["PREVIEW_KEY_SECRET"]
    assert named == PREVIEW_KEY_SECRET
    assert len(aws.secretsmanager.get_secret_value(SecretId=named)["SecretString"]) == 64
