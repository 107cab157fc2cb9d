"""What is read from an account is what is in it, whoever made it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bbws_local.clients import AwsClients
from bbws_local.events import load_routes
from bbws_local.http_api import read_api
from bbws_local.reading import AccountUnusable, read_account, seconds_of
from bbws_local.specification import AccountSpecification
from bbws_local.stack import LocalStack

FUNCTION = "dev-bbws-sites-service"


@pytest.fixture
def timeout(aws: AwsClients) -> Iterator[int]:
    """The function's timeout, changed until the test ends."""
    before = aws.lambda_.get_function_configuration(FunctionName=FUNCTION)["Timeout"]
    aws.lambda_.update_function_configuration(FunctionName=FUNCTION, Timeout=7)
    version = aws.lambda_.publish_version(FunctionName=FUNCTION)["Version"]
    aws.lambda_.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)
    yield 7
    aws.lambda_.update_function_configuration(FunctionName=FUNCTION, Timeout=before)
    aws.lambda_.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion="1")


def test_an_account_made_of_a_specification_reads_as_it(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    # A rule cannot be quicker than a minute, however quick the stack's own clock is.
    slow = replace(specification.schedule, every_seconds=60)
    assert read_account(aws, specification) == replace(specification, schedule=slow)


def test_what_somebody_changed_is_read_at_the_alias(
    aws: AwsClients, specification: AccountSpecification, timeout: int
) -> None:
    read = read_account(aws, specification)
    assert read.function("sites-service").timeout_seconds == timeout
    assert read.function("plugins-service") == specification.function("plugins-service")


def test_a_mapping_that_is_switched_off_reads_no_queue(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    mapping, *_ = aws.lambda_.list_event_source_mappings()["EventSourceMappings"]
    aws.lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    read = read_account(aws, specification)
    aws.lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    assert mapping["EventSourceArn"] not in {one.queue.arn for one in read.mappings}
    assert len(read.mappings) == len(specification.mappings) - 1


def test_a_rule_that_is_switched_off_is_no_clock(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    name = specification.schedule.name
    aws.events.disable_rule(Name=name)
    with pytest.raises(AccountUnusable, match=f"{name} is DISABLED"):
        read_account(aws, specification)
    aws.events.enable_rule(Name=name)


def test_the_api_is_read_with_its_routes_and_settings(
    aws: AwsClients, stack: LocalStack, specification: AccountSpecification
) -> None:
    services = {function.name: function.service for function in specification.functions}
    api = read_api(aws.apigatewayv2, specification.api_name, "dev", services)
    document = load_routes(stack.options.root / "openapi" / "site-management.yaml")

    assert set(api.routes) == set(document)
    assert api.throttle == specification.throttle
    assert api.cors.origins == specification.cors_origins
    assert "Idempotency-Key" in api.cors.allowed_headers
    assert api.issuer.startswith("https://cognito-idp.af-south-1.amazonaws.com/")


def test_an_api_of_another_name_is_not_found(aws: AwsClients) -> None:
    with pytest.raises(AccountUnusable, match="0 APIs named none"):
        read_api(aws.apigatewayv2, "none", "dev", {})


def test_a_route_to_a_function_that_is_none_of_ours_is_named(
    aws: AwsClients, specification: AccountSpecification
) -> None:
    ours = {"dev-bbws-sites-service": "sites-service"}
    with pytest.raises(AccountUnusable, match="service:live, which is none of the functions"):
        read_api(aws.apigatewayv2, specification.api_name, "dev", ours)


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(2 hours)", 7200),
        ("rate(1 day)", 86400),
    ],
)
def test_a_rate_is_read_in_seconds(expression: str, seconds: float) -> None:
    assert seconds_of(expression) == seconds


def test_a_cron_is_no_rate() -> None:
    with pytest.raises(AccountUnusable, match="not a rate: cron"):
        seconds_of("cron(0 12 * * ? *)")
