"""A function that cannot start says which environment variables to mend, all at once."""

import pytest

from bbws_shared.config import (
    ConfigurationError,
    NotificationSettings,
    ProcessorSettings,
    QueueSettings,
    Settings,
    WordPressSettings,
)

_ALL = {
    "ENVIRONMENT": "dev",
    "TABLE_NAME": "sites",
    "CREATION_QUEUE_URL": "https://sqs/creation",
    "UPDATE_QUEUE_URL": "https://sqs/update",
    "DELETION_QUEUE_URL": "https://sqs/deletion",
    "WORDPRESS_BASE_URL": "https://wordpress.internal",
    "NOTIFICATION_TOPIC_ARN": "arn:aws:sns:af-south-1:123456789012:topic",
    "DLQ_URL": "https://sqs/dlq",
    "BACKUP_BUCKET": "backups",
}
_NUMBERS = {
    "RETRY_BACKOFF_SECONDS": "1,2.5",
    "WORDPRESS_TIMEOUT_SECONDS": "7",
    "STEP_SECONDS": "8",
    "RESEND_AFTER_SECONDS": "9",
    "OPERATION_TIMEOUT_SECONDS": "10",
}


def _named(settings: type[Settings], environ: dict[str, str]) -> set[str]:
    """The variables that the refusal names."""
    with pytest.raises(ConfigurationError) as refusal:
        settings.load(environ)
    return {problem.split(":")[0] for problem in str(refusal.value).split("; ")}


def test_the_settings_are_read_and_other_variables_ignored() -> None:
    settings = Settings.load({**_ALL, "PATH": "/bin"})
    assert (settings.environment, settings.table_name) == ("dev", "sites")


@pytest.mark.parametrize("missing", sorted(_ALL))
def test_each_missing_variable_is_named(missing: str) -> None:
    environ = {name: value for name, value in _ALL.items() if name != missing}
    assert _named(ProcessorSettings, environ) == {missing}


def test_all_missing_variables_are_named_at_once() -> None:
    assert _named(ProcessorSettings, {}) == set(_ALL)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("ENVIRONMENT", ""),
        ("TABLE_NAME", ""),
        ("CREATION_QUEUE_URL", ""),
        ("UPDATE_QUEUE_URL", ""),
        ("DELETION_QUEUE_URL", ""),
        ("WORDPRESS_BASE_URL", "wordpress.internal"),
        ("WORDPRESS_BASE_URL", "https://"),
        ("NOTIFICATION_TOPIC_ARN", "topic"),
        ("DLQ_URL", ""),
        ("BACKUP_BUCKET", "b"),
        ("RETRY_BACKOFF_SECONDS", ""),
        ("RETRY_BACKOFF_SECONDS", "60,soon"),
        ("RETRY_BACKOFF_SECONDS", "60,0"),
        ("WORDPRESS_TIMEOUT_SECONDS", "0"),
        ("STEP_SECONDS", "-1"),
        ("RESEND_AFTER_SECONDS", "later"),
        ("OPERATION_TIMEOUT_SECONDS", ""),
    ],
)
def test_each_malformed_variable_is_named(name: str, value: str) -> None:
    assert _named(ProcessorSettings, {**_ALL, name: value}) == {name}


def test_a_refusal_does_not_repeat_the_values() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        WordPressSettings.load({**_ALL, "WORDPRESS_BASE_URL": "hunter2"})
    assert "hunter2" not in str(refusal.value)


def test_a_function_needs_no_variables_of_the_others() -> None:
    common = {name: _ALL[name] for name in ("ENVIRONMENT", "TABLE_NAME")}
    assert Settings.load(common)
    assert _named(WordPressSettings, common) == {"WORDPRESS_BASE_URL"}
    assert _named(NotificationSettings, common) == {"NOTIFICATION_TOPIC_ARN"}
    queues = {"CREATION_QUEUE_URL", "UPDATE_QUEUE_URL", "DELETION_QUEUE_URL"}
    assert _named(QueueSettings, common) == queues


def test_the_processors_times_have_the_values_of_the_runbook_unless_told_otherwise() -> None:
    usual = ProcessorSettings.load(_ALL)
    assert usual.retry_backoff == (60, 120, 240)
    assert usual.operation_timeout == 900
    told = ProcessorSettings.load(_ALL | _NUMBERS)
    assert told.retry_backoff == (1, 2.5)
    assert (told.wordpress_timeout, told.step_time) == (7, 8)
    assert (told.resend_after, told.operation_timeout) == (9, 10)
