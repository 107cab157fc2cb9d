"""Settings of a function: its environment variables, typed, read once per cold start."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bbws_shared.operation_states import OPERATION_TIMEOUT_SECONDS


class ConfigurationError(Exception):
    """A function cannot start: an environment variable is missing or malformed. Names each one."""


class Settings(BaseModel):
    """What every function needs. A field's alias is the name of its environment variable."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: Literal["dev", "sit", "prod"] = Field(alias="ENVIRONMENT")
    table_name: str = Field(alias="TABLE_NAME", min_length=3)

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings from `environ`.

        Raises:
            ConfigurationError: with one line for each variable that is missing or malformed.
        """
        try:
            return cls.model_validate(dict(environ))
        except ValidationError as error:
            problems = [f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False)]
            raise ConfigurationError("; ".join(problems)) from None


class QueueSettings(Settings):
    """For functions that send operations to the queues."""

    creation_queue_url: str = Field(alias="CREATION_QUEUE_URL", min_length=1)
    update_queue_url: str = Field(alias="UPDATE_QUEUE_URL", min_length=1)
    deletion_queue_url: str = Field(alias="DELETION_QUEUE_URL", min_length=1)


class WordPressSettings(Settings):
    """For functions that speak to WordPress."""

    wordpress_base_url: str = Field(alias="WORDPRESS_BASE_URL", pattern=r"^https?://\S+$")


class NotificationSettings(Settings):
    """For functions that publish events."""

    notification_topic_arn: str = Field(alias="NOTIFICATION_TOPIC_ARN", pattern=r"^arn:")


def _numbers(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


Seconds = Annotated[float, Field(gt=0)]
"""A duration in seconds."""


class ProcessorSettings(QueueSettings, WordPressSettings, NotificationSettings):
    """For the async-processor."""

    dlq_url: str = Field(alias="DLQ_URL", min_length=1)
    backup_bucket: str = Field(alias="BACKUP_BUCKET", min_length=3)
    retry_backoff: tuple[Seconds, ...] = Field(
        alias="RETRY_BACKOFF_SECONDS", default=(60.0, 120.0, 240.0), min_length=1
    )
    """Visibility of a message after its first, second, … transient failure."""
    wordpress_timeout: Seconds = Field(alias="WORDPRESS_TIMEOUT_SECONDS", default=20.0)
    """How long one answer of WordPress may take."""
    step_time: Seconds = Field(alias="STEP_SECONDS", default=50.0)
    """With less time left, an invocation begins no further step but hands the operation on."""
    resend_after: Seconds = Field(alias="RESEND_AFTER_SECONDS", default=60.0)
    """How long an operation may wait before the reconciler sends it again."""
    operation_timeout: Seconds = Field(
        alias="OPERATION_TIMEOUT_SECONDS", default=OPERATION_TIMEOUT_SECONDS
    )
    """How long an operation may make no progress before it fails (runbook, section 10)."""

    _split = field_validator("retry_backoff", mode="before")(_numbers)
