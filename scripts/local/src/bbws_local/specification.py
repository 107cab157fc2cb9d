"""The emulated account, described once: functions, queues, topic, bucket, mappings, schedule."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from bbws_local.throttle import Throttle

REGION: Final = "af-south-1"
# moto's own variable; what has no reason to be another account is moto's.
ACCOUNT_ID: Final = os.environ.get("MOTO_ACCOUNT_ID", "123456789012")
PROCESSOR = "async-processor"
SERVICES = ("sites-service", "templates-service", "plugins-service", PROCESSOR)
TENANTS = ("tenant-123", "tenant-456")
TENANT_ROLES = ("CUSTOMER_SUPER_ADMIN", "CUSTOMER_ADMIN", "CUSTOMER_USER", "CUSTOMER_VIEWER")
STAFF_ROLE = "super-admin"
STAFF = "staff"
PREVIEW_BASE_URL: Final = "https://preview.bbws.io/templates"
PREVIEW_KEY_SECRET: Final = "bbws/wp/preview-signing-key"

_HANDLERS = {
    "sites-service": "sites.handler.handler",
    "templates-service": "templates.handler.handler",
    "plugins-service": "plugins.handler.handler",
    PROCESSOR: "processor.handler.handler",
}
_DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class StackOptions:
    """What may differ between a developer's stack and a test's. Times in seconds; port 0 is a free one."""

    root: Path
    state_directory: Path
    wordpress: Literal["simulator", "real"] = "simulator"
    provision: Literal["quick", "terraform"] = "quick"
    """Who makes the account; Terraform's has the settings of Terraform, not those below."""
    environment: str = "dev"
    gateway_port: int = 0
    emulator_port: int = 0
    wordpress_port: int = 0
    control_port: int = 0
    api_timeout_seconds: int = 29
    processor_timeout_seconds: int = 100
    creation_visibility_seconds: int = 900
    update_visibility_seconds: int = 600
    deletion_visibility_seconds: int = 600
    retry_backoff_seconds: tuple[int, ...] = (60, 120, 240)
    reconcile_interval_seconds: float = 60
    resend_after_seconds: int = 60
    operation_timeout_seconds: int = 900
    deletion_grace_seconds: int = _DAY_SECONDS
    step_seconds: int = 50
    wordpress_timeout_seconds: float = 20
    cors_origins: tuple[str, ...] = ("*",)
    max_processes_per_function: int = 4
    processor_concurrency: int = 10
    throttle_requests_per_second: float = 1000
    throttle_burst: int = 500
    log_level: str = "INFO"
    log_to_console: bool = True


def fast(options: StackOptions) -> StackOptions:
    """The same stack with every wait of minutes shortened to a second or two, for tests."""
    return replace(
        options,
        processor_timeout_seconds=8,
        step_seconds=3,
        wordpress_timeout_seconds=2,
        creation_visibility_seconds=20,
        update_visibility_seconds=20,
        deletion_visibility_seconds=20,
        retry_backoff_seconds=(1, 1, 1),
        reconcile_interval_seconds=1,
        resend_after_seconds=2,
        operation_timeout_seconds=60,
        deletion_grace_seconds=3,
    )


@dataclass(frozen=True)
class QueueSpecification:
    """An SQS queue; `variable` is the environment variable that carries its URL."""

    name: str
    variable: str
    retention_seconds: int
    visibility_seconds: int = 30
    dead_letter_queue: str | None = None
    max_receives: int = 3

    @property
    def arn(self) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{self.name}"


@dataclass(frozen=True)
class FunctionSpecification:
    """A Lambda function as Terraform would declare it; memory in MB."""

    name: str
    service: str
    handler: str
    timeout_seconds: int
    memory_mb: int
    max_processes: int
    environment: Mapping[str, str] = field(default_factory=dict)
    version: str = "$LATEST"

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{self.name}"

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.name}"


@dataclass(frozen=True)
class EventSourceMapping:
    """A queue that invokes a function with `batch_size` messages.

    `reports_failures`: the function's answer says which messages of a batch failed.
    """

    queue: QueueSpecification
    function_name: str
    batch_size: int = 1
    reports_failures: bool = True


@dataclass(frozen=True)
class ScheduleSpecification:
    """An EventBridge rule `rate(...)` that invokes a function."""

    name: str
    function_name: str
    every_seconds: float

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{self.name}"


@dataclass(frozen=True)
class AccountSpecification:
    """Everything the stack creates in the emulator and runs around it."""

    environment: str
    table_name: str
    queues: tuple[QueueSpecification, ...]
    dead_letter_queue: QueueSpecification
    notifications_queue_name: str
    topic_name: str
    bucket_name: str
    api_name: str
    user_pool_name: str
    functions: tuple[FunctionSpecification, ...]
    mappings: tuple[EventSourceMapping, ...]
    mapping_concurrency: int
    schedule: ScheduleSpecification
    cors_origins: tuple[str, ...]
    throttle: Throttle

    @property
    def topic_arn(self) -> str:
        return f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{self.topic_name}"

    def function(self, service: str) -> FunctionSpecification:
        """The function of a service folder's name; KeyError when there is none."""
        for function in self.functions:
            if function.service == service:
                return function
        raise KeyError(service)


def function_name(environment: str, service: str) -> str:
    """`dev-bbws-sites-service` and the like."""
    return f"{environment}-bbws-{service}"


def queue_url(aws_endpoint_url: str, name: str) -> str:
    """The URL the emulator gives a queue."""
    return f"{aws_endpoint_url}/{ACCOUNT_ID}/{name}"


def specify(
    options: StackOptions, aws_endpoint_url: str, wordpress_url: str
) -> AccountSpecification:
    """The account for these options, its functions configured for the emulator at these addresses."""
    env = options.environment
    dead_letters = QueueSpecification(
        f"bbws-wp-site-operations-dlq-{env}", "DLQ_URL", retention_seconds=14 * _DAY_SECONDS
    )
    queues = tuple(
        QueueSpecification(
            name=f"bbws-wp-site-{kind}-{env}",
            variable=f"{kind.upper()}_QUEUE_URL",
            retention_seconds=4 * _DAY_SECONDS,
            visibility_seconds=visibility,
            dead_letter_queue=dead_letters.name,
        )
        for kind, visibility in (
            ("creation", options.creation_visibility_seconds),
            ("update", options.update_visibility_seconds),
            ("deletion", options.deletion_visibility_seconds),
        )
    )
    processor = function_name(env, PROCESSOR)
    topic = f"bbws-wp-notifications-{env}"
    bucket = f"bbws-wp-backups-{env}"
    every_queue = {
        queue.variable: queue_url(aws_endpoint_url, queue.name) for queue in (*queues, dead_letters)
    }
    wordpress = {"WORDPRESS_BASE_URL": wordpress_url}
    notifications = {"NOTIFICATION_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{topic}"}
    operations = _only(every_queue, *(queue.variable for queue in queues))
    variables: dict[str, dict[str, str]] = {
        "sites-service": {
            **operations,
            **wordpress,
            "DELETION_GRACE_SECONDS": str(options.deletion_grace_seconds),
        },
        "templates-service": {
            **operations,
            **wordpress,
            "PREVIEW_BASE_URL": PREVIEW_BASE_URL,
            "PREVIEW_KEY_SECRET": PREVIEW_KEY_SECRET,
        },
        "plugins-service": {**wordpress, **notifications},
        PROCESSOR: {
            **every_queue,
            **wordpress,
            **notifications,
            "BACKUP_BUCKET": bucket,
            "RETRY_BACKOFF_SECONDS": ",".join(map(str, options.retry_backoff_seconds)),
            "RESEND_AFTER_SECONDS": str(options.resend_after_seconds),
            "OPERATION_TIMEOUT_SECONDS": str(options.operation_timeout_seconds),
            "STEP_SECONDS": str(options.step_seconds),
            "WORDPRESS_TIMEOUT_SECONDS": str(options.wordpress_timeout_seconds),
        },
    }
    return AccountSpecification(
        environment=env,
        table_name="sites",
        queues=queues,
        dead_letter_queue=dead_letters,
        notifications_queue_name=f"bbws-local-notifications-{env}",
        topic_name=topic,
        bucket_name=bucket,
        api_name=f"bbws-wp-site-management-{env}",
        user_pool_name=f"bbws-{env}",
        functions=tuple(
            _function(options, service, {**_common(options), **own})
            for service, own in variables.items()
        ),
        mappings=tuple(EventSourceMapping(queue, processor) for queue in queues),
        mapping_concurrency=options.processor_concurrency,
        schedule=ScheduleSpecification(
            f"{env}-bbws-reconcile", processor, options.reconcile_interval_seconds
        ),
        cors_origins=options.cors_origins,
        throttle=Throttle(options.throttle_requests_per_second, options.throttle_burst),
    )


def _only(variables: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: variables[name] for name in names}


def _common(options: StackOptions) -> dict[str, str]:
    return {
        "ENVIRONMENT": options.environment,
        "TABLE_NAME": "sites",
        "LOG_LEVEL": options.log_level,
    }


def _function(
    options: StackOptions, service: str, environment: Mapping[str, str]
) -> FunctionSpecification:
    is_processor = service == PROCESSOR
    return FunctionSpecification(
        name=function_name(options.environment, service),
        service=service,
        handler=_HANDLERS[service],
        timeout_seconds=(
            options.processor_timeout_seconds if is_processor else options.api_timeout_seconds
        ),
        memory_mb=1024 if is_processor else 512,
        # One more than the mappings use, so the schedule never waits behind a full queue.
        max_processes=(
            options.processor_concurrency + 1
            if is_processor
            else options.max_processes_per_function
        ),
        environment=environment,
    )
