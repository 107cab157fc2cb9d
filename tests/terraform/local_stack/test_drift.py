"""The account of `make run` and that of Terraform are the same, but for what is listed here."""

from fnmatch import fnmatchcase
from typing import Final

import pytest

from bbws_local.stack import LocalStack
from terraform.local_stack.facts import facts_of

_NOTHING: Final = "nothing"
_NO_NETWORK: Final = "a laptop has no VPC; Terraform's is looked up and leads nowhere here"
_NO_ENCRYPTION: Final = "nothing on a laptop is encrypted, and the emulator encrypts nothing"
_NO_TLS: Final = "the emulator is reached by http on the loopback"
_NO_READER: Final = "people read it in the console of AWS"

RIGHT_DIFFERENCES: Final[dict[str, str]] = {
    "api/cors/AllowOrigins": "a portal under development may be at any address",
    "api/stage/AccessLogSettings/*": "the local gateway writes its own lines to the console",
    "api/stage/DefaultRouteSettings/DetailedMetricsEnabled": "the local gateway counts nothing",
    "api/stage/Tags/*": "tags are for bills and owners; the quick account lives for a while",
    "bucket/encryption/*": _NO_ENCRYPTION,
    "bucket/lifecycle/*": "the quick account does not live until a backup has to go",
    "bucket/ownership/*": "there is one owner",
    "bucket/policy/*": _NO_TLS,
    "bucket/publicAccess/*": "nobody from outside reaches the loopback",
    "bucket/versioning/*": "nothing is kept longer than the stack runs",
    "function/*/Description": _NO_READER,
    "function/*/LoggingConfig/*": "the local stack writes the text lines that Lambda writes by default",
    "function/*/TracingConfig/Mode": "there is no X-Ray on a laptop",
    "function/*/VpcConfig/*": _NO_NETWORK,
    "function/*/logRetention": "DEV keeps logs for 30 days, the quick account for as long as it runs",
    "queue/*/MaximumMessageSize": "the provider sets SQS's old limit; a message is a pointer of 400 bytes",
    "queue/*/Policy/*": _NO_TLS,
    "queue/*/ReceiveMessageWaitTimeSeconds": "tests look into a queue without waiting; pollers say how long",
    "queue/*-dlq-dev/RedriveAllowPolicy/*": "nobody else has a queue that could name this DLQ",
    "schedule/rule/Description": _NO_READER,
    "schedule/target/async-processor/RetryPolicy/*": "the local clock tries once and comes again",
    "table/DeletionProtectionEnabled": "tests create and drop tables; a laptop holds no customer's data",
    "topic/KmsMasterKeyId": _NO_ENCRYPTION,
    "topic/Policy": "no alarm and no rule publishes here",
}
"""What may differ (a pattern of paths), and why that is right."""


@pytest.fixture(scope="module")
def differing(quick: LocalStack, terraformed: LocalStack) -> dict[str, tuple[str, str]]:
    """What both accounts say of each path where they differ: the quick one's and Terraform's."""
    one, other = facts_of(quick), facts_of(terraformed)
    return {
        path: (one.get(path, _NOTHING), other.get(path, _NOTHING))
        for path in sorted({*one, *other})
        if one.get(path) != other.get(path)
    }


def test_the_accounts_differ_in_nothing_that_is_not_listed(
    differing: dict[str, tuple[str, str]],
) -> None:
    unlisted = {
        path: values
        for path, values in differing.items()
        if not any(fnmatchcase(path, pattern) for pattern in RIGHT_DIFFERENCES)
    }
    assert unlisted == {}


@pytest.mark.parametrize("pattern", RIGHT_DIFFERENCES)
def test_what_is_listed_still_differs(differing: dict[str, tuple[str, str]], pattern: str) -> None:
    assert any(fnmatchcase(path, pattern) for path in differing)


@pytest.mark.parametrize(
    "path",
    [
        "table/indexes/GSI4/KeySchema",
        "table/ttl/AttributeName",
        "table/recovery/PointInTimeRecoveryStatus",
        "queue/bbws-wp-site-creation-dev/VisibilityTimeout",
        "queue/bbws-wp-site-operations-dlq-dev/MessageRetentionPeriod",
        "queue/bbws-wp-site-update-dev/RedrivePolicy/maxReceiveCount",
        "function/sites-service/Environment/Variables/DELETION_GRACE_SECONDS",
        "function/async-processor/Environment/Variables/BACKUP_BUCKET",
        "function/async-processor/Timeout",
        "function/plugins-service/MemorySize",
        "mapping/bbws-wp-site-deletion-dev/FunctionResponseTypes",
        "mapping/bbws-wp-site-deletion-dev/ScalingConfig/MaximumConcurrency",
        "schedule/rule/ScheduleExpression",
        "api/authorizers/cognito/JwtConfiguration/Issuer",
        "api/stage/DefaultRouteSettings/ThrottlingRateLimit",
        "api/routes/POST |v1.0|tenants|{tenantId}|sites/authorization",
        "api/routes/GET |v1.0|health/function",
    ],
)
def test_what_the_code_relies_on_is_compared(
    quick: LocalStack, terraformed: LocalStack, path: str
) -> None:
    """A fact that neither account told would be the same in both."""
    assert facts_of(quick)[path] == facts_of(terraformed)[path]
