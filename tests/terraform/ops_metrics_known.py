"""Whether a metric exists: emitted by the code, or documented by AWS and of a resource of the account."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from terraform.ops_aws_metrics import DOCUMENTED
from terraform.ops_emitted import Emitted

OWN_NAMESPACE: Final = "BBWS/WPTechnical"


def resources(client: Callable[[str], Any]) -> dict[str, set[str]]:
    """What the dimensions of AWS's metrics may name: the resources of the account, by dimension."""
    functions = [one["FunctionName"] for one in client("lambda").list_functions()["Functions"]]
    apis = [one["ApiId"] for one in client("apigatewayv2").get_apis()["Items"]]
    queues = client("sqs").list_queues(QueueNamePrefix="bbws-wp-")["QueueUrls"]
    balancers = client("elbv2").describe_load_balancers()["LoadBalancers"]
    return {
        "FunctionName": set(functions),
        "Resource": {f"{function}:live" for function in functions},
        "ApiId": set(apis),
        "Stage": {
            stage["StageName"]
            for api in apis
            for stage in client("apigatewayv2").get_stages(ApiId=api)["Items"]
        },
        "QueueName": {url.rpartition("/")[2] for url in queues},
        "RuleName": {rule["Name"] for rule in client("events").list_rules()["Rules"]},
        "TableName": set(client("dynamodb").list_tables()["TableNames"]),
        "Operation": {"GetItem", "Query", "UpdateItem", "TransactWriteItems"},
        "LoadBalancer": {one["LoadBalancerArn"].partition("loadbalancer/")[2] for one in balancers},
    }


def unit_of(
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    emitted: frozenset[Emitted],
    existing: Mapping[str, set[str]],
) -> str:
    """The unit of a metric that exists. AssertionError when nobody emits it with these dimensions."""
    if namespace == OWN_NAMESPACE:
        found = [
            one.unit
            for one in emitted
            if (one.name, one.dimensions) == (name, frozenset(dimensions.items()))
        ]
        assert len(found) == 1, f"{name} with {dict(dimensions)} is not what the code emits"
        return found[0]
    metric = DOCUMENTED[namespace, name]
    assert frozenset(dimensions) in metric.dimensions, f"{namespace} {name} has no such dimensions"
    for dimension, value in dimensions.items():
        assert value in existing[dimension], f"there is no {dimension} {value}"
    return metric.unit
