"""Where moto does otherwise than AWS, put right, so that Terraform can make an account in it."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from moto.awslambda.models import EventSourceMapping
    from moto.ec2.models.security_groups import SecurityGroupRule
    from moto.s3.models import FakeBucket
    from moto.sqs.models import Queue

Attributes = dict[str, Any]
_ANY_METHOD: Final = "x-amazon-apigateway-any-method"
_DEFAULT_PATH: Final = "/$default"
_NOT_BY_TLS: Final = {"Bool": {"aws:SecureTransport": "false"}}


def correct_moto() -> None:
    """Put it right, once in a process. moto reads its settings when it is imported, so not before."""
    from moto.apigatewayv2.models import Api
    from moto.awslambda.models import EventSourceMapping, LambdaBackend, LambdaFunction
    from moto.ec2.models.security_groups import SecurityGroupRule
    from moto.s3.models import FakeBucket
    from moto.sqs.models import Queue

    if "RedriveAllowPolicy" in Queue.BASE_ATTRIBUTES:
        return
    Queue.BASE_ATTRIBUTES.append("RedriveAllowPolicy")
    told: Any = Queue.attributes
    compact = with_compact_redrive_policy(told.fget)
    updating = updating_logging(LambdaFunction.update_configuration)
    delivered = LambdaBackend.create_event_source_mapping
    corrected: list[tuple[type, str, Any]] = [
        (Api, "import_api", import_definition),
        (FakeBucket, "get_permission", permission_over_tls),
        (SecurityGroupRule, "description", property(description_of_rule)),
        (Queue, "redrive_allow_policy", None),
        (Queue, "_set_attributes", keeping_policy(Queue._set_attributes)),
        (Queue, "attributes", property(compact)),
        (EventSourceMapping, "__init__", mapping_the_alias(EventSourceMapping.__init__)),
        (LambdaBackend, "create_event_source_mapping", without_delivery(delivered)),
        (LambdaFunction, "__init__", remembering_logging(LambdaFunction.__init__)),
        (LambdaFunction, "update_configuration", updating),
        (LambdaFunction, "get_configuration", with_logging(LambdaFunction.get_configuration)),
    ]
    for owner, name, right in corrected:
        setattr(owner, name, right)


def import_definition(api: Any, body: str, fail_on_warnings: bool) -> None:  # noqa: ARG001
    """Make an HTTP API's integrations, authorizers and routes from an OpenAPI document.

    As API Gateway does (docs "x-amazon-apigateway-authorizer", "-integration", "-any-method"): an
    authorizer for each security scheme that has one, `ANY` for the any-method, `$default` where that
    is marked as the default route, and stages are kept.
    """
    document = json.loads(body)
    for made in (api.integrations, api.routes, api.authorizers):
        made.clear()
    schemes = document["components"]["securitySchemes"]
    authorizers = {name: _authorizer(api, name, scheme) for name, scheme in schemes.items()}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _route(api, _key(path, method, operation), operation, authorizers)
    api.name = document["info"]["title"]
    api.version = document["info"]["version"]
    api.description = document["info"]["description"]
    api.cors_configuration = document["x-amazon-apigateway-cors"]


def _key(path: str, method: str, operation: dict[str, Any]) -> str:
    if path == _DEFAULT_PATH and operation.get("isDefaultRoute"):
        return "$default"
    return f"{'ANY' if method == _ANY_METHOD else method.upper()} {path}"


def _authorizer(api: Any, name: str, scheme: dict[str, Any]) -> str:
    wanted = scheme["x-amazon-apigateway-authorizer"]
    authorizer = api.create_authorizer(
        auth_creds_arn=None,
        auth_payload_format_version=None,
        auth_result_ttl=None,
        authorizer_type=wanted["type"].upper(),
        authorizer_uri=None,
        enable_simple_response=None,
        identity_source=[wanted["identitySource"]],
        identity_validation_expr=None,
        jwt_config=wanted["jwtConfiguration"],
        name=name,
    )
    return str(authorizer.id)


def _route(api: Any, key: str, operation: dict[str, Any], authorizers: dict[str, str]) -> None:
    wanted = operation["x-amazon-apigateway-integration"]
    integration = api.create_integration(
        connection_type="INTERNET",
        description="",
        integration_type=wanted["type"].upper(),
        integration_method=wanted["httpMethod"],
        integration_uri=wanted["uri"],
        payload_format_version=wanted["payloadFormatVersion"],
    )
    schemes = [name for requirement in operation["security"] for name in requirement]
    api.create_route(
        api_key_required=False,
        authorization_scopes=[],
        route_key=key,
        target=f"integrations/{integration.id}",
        authorization_type="JWT" if schemes else "NONE",
        authorizer_id=authorizers[schemes[0]] if schemes else None,
        operation_name=operation.get("operationId"),
    )


def permission_over_tls(bucket: "FakeBucket", action: str, resource: str) -> Any:
    """What a bucket's policy says of a request that came by TLS, for which the loopback stands here.

    moto takes a Deny whose condition does not hold for a Deny all the same.
    """
    from moto.iam.access_control import IAMPolicy, PermissionResult

    statements = json.loads(bucket.policy)["Statement"] if bucket.policy else []
    applicable = [one for one in statements if one.get("Condition") != _NOT_BY_TLS]
    if not applicable:
        return PermissionResult.NEUTRAL
    policy = IAMPolicy(json.dumps({"Version": "2012-10-17", "Statement": applicable}))
    return policy.is_action_permitted(action, resource)


def keeping_policy(set_attributes: Callable[..., None]) -> Callable[..., None]:
    """Setting some attributes of a queue leaves its policy as it is; moto would take it away."""

    def set_some(queue: Any, attributes: Mapping[str, Any], now: float | None = None) -> None:
        policy = getattr(queue, "policy", None)
        set_attributes(queue, {"Policy": policy, **attributes}, now)
        # An empty text takes it away.
        queue.redrive_allow_policy = queue.redrive_allow_policy or None

    return set_some


def without_delivery(
    create: Callable[..., "EventSourceMapping"],
) -> Callable[..., "EventSourceMapping"]:
    """A mapping is remembered and that is all: moto would run the function, in a Docker container.

    Who reads the queues is the local stack's poller.
    """

    def create_mapping(backend: Any, spec: dict[str, Any]) -> "EventSourceMapping":
        from moto.sqs.models import sqs_backends

        mapping = create(backend, spec)
        for queue in sqs_backends[backend.account_id][backend.region_name].queues.values():
            queue.lambda_event_source_mappings.clear()
        return mapping

    return create_mapping


def with_compact_redrive_policy(attributes: Callable[..., Attributes]) -> Callable[..., Attributes]:
    """SQS gives a redrive policy as it was set, without spaces; Terraform compares the text."""

    def compacted(queue: "Queue") -> Attributes:
        found = attributes(queue)
        if policy := found.get("RedrivePolicy"):
            found["RedrivePolicy"] = json.dumps(json.loads(policy), separators=(",", ":"))
        return found

    return compacted


def description_of_rule(rule: "SecurityGroupRule") -> str | None:
    """A rule about another security group has a description too, not only one about addresses."""
    described = rule.ip_range.get("Description") or rule.source_group.get("Description")
    return str(described) if described else None


def mapping_the_alias(initialise: Callable[..., None]) -> Callable[..., None]:
    """An event source mapping of an alias stays with the alias; moto takes its present version."""

    def initialise_mapping(mapping: "EventSourceMapping", spec: dict[str, Any]) -> None:
        named = spec["FunctionName"]
        arn = named if named.startswith("arn:") else spec["FunctionArn"]
        initialise(mapping, {**spec, "FunctionArn": arn})

    return initialise_mapping


def remembering_logging(initialise: Callable[..., None]) -> Callable[..., None]:
    """A function has a logging configuration, which moto does not know."""

    def initialise_function(
        function: Any,
        account_id: str,
        spec: dict[str, Any],
        region: str,
        version: str | int = 1,
    ) -> None:
        function.logging_config = spec.get("LoggingConfig")
        initialise(function, account_id, spec, region, version)

    return initialise_function


def updating_logging(update: Callable[..., Attributes]) -> Callable[..., Attributes]:
    """An update may change it."""

    def update_configuration(function: Any, updates: dict[str, Any]) -> Attributes:
        function.logging_config = updates.get("LoggingConfig", function.logging_config)
        return update(function, updates)

    return update_configuration


def with_logging(get: Callable[..., Attributes]) -> Callable[..., Attributes]:
    """A function's configuration tells it."""

    def get_configuration(function: Any, on_create: bool = False) -> Attributes:
        configuration = get(function, on_create)
        if function.logging_config:
            configuration["LoggingConfig"] = function.logging_config
        return configuration

    return get_configuration
