"""All that can be told of an account's resources, as flat facts that two accounts can differ in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from bbws_local.clients import AwsClients
from bbws_local.reading import ALIAS
from bbws_local.specification import AccountSpecification
from bbws_local.stack import LocalStack

Facts = dict[str, str]

# Ids, times and counts, which no two accounts share and nobody sets.
_MOMENTARY: Final = {
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "CodeSha256",
    "CodeSize",
    "CreationDateTime",
    "CurrentVersionSize",
    "ItemCount",
    "LastModified",
    "EarliestRestorableDateTime",
    "LatestRestorableDateTime",
    "OnDemandThroughput",
    "ResponseMetadata",
    "RevisionId",
    "TableId",
    "TableSizeBytes",
    "IndexSizeBytes",
    "UUID",
    "EventSourceMappingArn",
    "CreatedDate",
    "LastUpdatedDate",
    "DeploymentId",
    "CreatedBy",
}


def facts_of(stack: LocalStack) -> Facts:
    """Everything of a stack's account, by path; addresses and ids of this run are made equal."""
    clients, named = stack.clients, stack.specification
    told = {
        "table": _table(clients, named),
        "queue": _queues(clients, named),
        "function": _functions(clients, named),
        "mapping": _mappings(clients),
        "schedule": _schedule(clients, named),
        "api": _api(clients, named),
        "topic": _topic(clients, named),
        "bucket": _bucket(clients, named),
    }
    text = json.dumps(told, default=str, sort_keys=True)
    for address, name in _addresses(stack):
        text = text.replace(address, name)
    return dict(_flat("", json.loads(text)))


def _addresses(stack: LocalStack) -> Iterator[tuple[str, str]]:
    yield stack.aws_endpoint_url, "AWS"
    yield stack.wordpress_url, "WORDPRESS"
    cognito = stack.clients.cognito
    (pool,) = cognito.list_user_pools(MaxResults=10)["UserPools"]
    (app,) = cognito.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
    yield pool["Id"], "POOL"
    yield app["ClientId"], "PORTAL"


def _flat(path: str, content: Any) -> Iterator[tuple[str, str]]:
    if isinstance(content, dict) and content:
        for name, value in content.items():
            if name not in _MOMENTARY:
                yield from _flat(f"{path}/{name}" if path else name, value)
    elif content not in ({}, [], None, ""):
        # Where AWS gives a set as a list, its order says nothing.
        ordered = sorted(content, key=json.dumps) if isinstance(content, list) else content
        yield path, json.dumps(ordered, sort_keys=True)


def _table(clients: AwsClients, named: AccountSpecification) -> Mapping[str, Any]:
    name = named.table_name
    table: dict[str, Any] = dict(clients.dynamodb.describe_table(TableName=name)["Table"])
    table["indexes"] = {one["IndexName"]: one for one in table.pop("GlobalSecondaryIndexes")}
    ttl = clients.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = clients.dynamodb.describe_continuous_backups(TableName=name)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return {**table, "ttl": ttl, "recovery": recovery}


def _queues(clients: AwsClients, named: AccountSpecification) -> Mapping[str, Any]:
    def attributes(name: str) -> Mapping[str, Any]:
        url = clients.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        told: dict[str, Any] = {str(key): value for key, value in found["Attributes"].items()}
        for parsed in ("RedrivePolicy", "RedriveAllowPolicy", "Policy"):
            if parsed in told:
                told[parsed] = json.loads(told[parsed])
        return told

    return {
        queue.name: attributes(queue.name) for queue in (*named.queues, named.dead_letter_queue)
    }


def _functions(clients: AwsClients, named: AccountSpecification) -> Mapping[str, Any]:
    def told(name: str, log_group: str) -> Mapping[str, Any]:
        aws = clients.lambda_
        configuration = dict(aws.get_function_configuration(FunctionName=name, Qualifier=ALIAS))
        (group,) = clients.logs.describe_log_groups(logGroupNamePrefix=log_group)["logGroups"]
        return {**configuration, "logRetention": group.get("retentionInDays")}

    return {one.service: told(one.name, one.log_group) for one in named.functions}


def _mappings(clients: AwsClients) -> Mapping[str, Any]:
    found = clients.lambda_.list_event_source_mappings()["EventSourceMappings"]
    return {one["EventSourceArn"].rpartition(":")[2]: one for one in found}


def _schedule(clients: AwsClients, named: AccountSpecification) -> Mapping[str, Any]:
    rule = clients.events.describe_rule(Name=named.schedule.name)
    targets = clients.events.list_targets_by_rule(Rule=named.schedule.name)["Targets"]
    return {"rule": rule, "target": {target["Id"]: target for target in targets}}


def _api(clients: AwsClients, named: AccountSpecification) -> Mapping[str, Any]:
    gateway = clients.apigatewayv2
    (api,) = [one for one in gateway.get_apis()["Items"] if one["Name"] == named.api_name]
    api_id = api["ApiId"]
    stage = dict(gateway.get_stage(ApiId=api_id, StageName=named.environment))
    integrations = {
        one["IntegrationId"]: one for one in gateway.get_integrations(ApiId=api_id)["Items"]
    }
    authorizers: dict[str, Any] = {}
    routes: dict[str, Any] = {}
    for route in gateway.get_routes(ApiId=api_id)["Items"]:
        integration = integrations[route["Target"].rpartition("/")[2]]
        routes[route["RouteKey"].replace("/", "|")] = {
            "authorization": route["AuthorizationType"],
            # By the ARN of the function or by that of its invocation: both invoke the same.
            "function": integration["IntegrationUri"].rpartition("function:")[2].split("/")[0],
            "payload": integration["PayloadFormatVersion"],
            "type": integration["IntegrationType"],
        }
        if name := route.get("AuthorizerId"):
            found = gateway.get_authorizer(ApiId=api_id, AuthorizerId=name)
            told = ("Name", "AuthorizerType", "IdentitySource", "JwtConfiguration")
            authorizers[found["Name"]] = {key: found.get(key) for key in told}
    return {
        "cors": api["CorsConfiguration"],
        "protocol": api["ProtocolType"],
        "stage": stage,
        "routes": routes,
        "authorizers": authorizers,
    }


def _topic(clients: AwsClients, named: AccountSpecification) -> Mapping[str, Any]:
    told = clients.sns.get_topic_attributes(TopicArn=named.topic_arn)["Attributes"]
    return {name: told.get(name) for name in ("KmsMasterKeyId", "Policy", "DisplayName")}


def _bucket(clients: AwsClients, named: AccountSpecification) -> Mapping[str, Any]:
    s3, name = clients.s3, named.bucket_name
    asked = {
        "versioning": s3.get_bucket_versioning,
        "encryption": s3.get_bucket_encryption,
        "lifecycle": s3.get_bucket_lifecycle_configuration,
        "ownership": s3.get_bucket_ownership_controls,
        "policy": s3.get_bucket_policy,
        "publicAccess": s3.get_public_access_block,
    }
    return {what: _asked(call, name) for what, call in asked.items()}


def _asked(call: Any, name: str) -> Any:
    try:
        return call(Bucket=name)
    except ClientError as error:
        # S3 answers 404 for a setting that a bucket has not.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
