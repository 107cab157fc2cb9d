import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HANDLERS = {
    "sites-service": "sites.handler",
    "templates-service": "templates.handler",
    "plugins-service": "plugins.handler",
    "async-processor": "processor.handler",
}
QUEUES = "https://sqs.af-south-1.amazonaws.com/123456789012/bbws-wp-site"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "af-south-1",
    "AWS_DEFAULT_REGION": "af-south-1",
    "AWS_LAMBDA_FUNCTION_NAME": "dev-bbws-tested",
    "BACKUP_BUCKET": "bbws-wp-backups-dev",
    "CREATION_QUEUE_URL": f"{QUEUES}-creation-dev",
    "DELETION_GRACE_SECONDS": "86400",
    "DELETION_QUEUE_URL": f"{QUEUES}-deletion-dev",
    "DLQ_URL": f"{QUEUES}-operations-dlq-dev",
    "ENVIRONMENT": "dev",
    "LOG_LEVEL": "INFO",
    "NOTIFICATION_TOPIC_ARN": "arn:aws:sns:af-south-1:123456789012:bbws-wp-notifications-dev",
    "PREVIEW_BASE_URL": "https://preview.bbws.io/templates",
    "PREVIEW_KEY_SECRET": "bbws/wp/preview-signing-key",
    "TABLE_NAME": "sites",
    "UPDATE_QUEUE_URL": f"{QUEUES}-update-dev",
    "WORDPRESS_BASE_URL": "https://wordpress.internal",
}
# Lambda's own start: nothing but the standard library and the package is on the path (-I and -S
# leave out PYTHONPATH, the user's and the interpreter's site-packages), and it cannot be written to.
STARTS = """
import importlib, sys
sys.dont_write_bytecode = True
sys.path.append(sys.argv[1])
handler = importlib.import_module(sys.argv[2]).handler
assert callable(handler)
elsewhere = [
    name for name, module in sys.modules.items()
    if "site-packages" in (getattr(module, "__file__", None) or "")
]
assert not elsewhere, elsewhere
"""
CLIENTS = """
import sys
sys.path.append(sys.argv[1])
import boto3
for api in sys.argv[2:]:
    boto3.client(api)
"""


def python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("service", HANDLERS)
def test_function_starts_with_nothing_but_its_package(
    unzipped: Callable[[str], Path], service: str
) -> None:
    started = python(STARTS, str(unzipped(service)), HANDLERS[service])
    assert started.returncode == 0, started.stderr


def test_client_of_every_declared_api_can_be_made(unzipped: Callable[[str], Path]) -> None:
    folder = unzipped("async-processor")
    made = python(CLIENTS, str(folder), "dynamodb", "s3", "secretsmanager", "sns", "sqs", "xray")
    assert made.returncode == 0, made.stderr


def test_client_of_another_api_says_which_there_are(unzipped: Callable[[str], Path]) -> None:
    made = python(CLIENTS, str(unzipped("sites-service")), "sns")
    assert made.returncode != 0
    assert "Unknown service: 'sns'. Valid service names are: dynamodb" in made.stderr


def test_function_starts_from_compiled_modules_of_whatever_age(
    unzipped: Callable[[str], Path],
) -> None:
    """The source's time differs after unzipping, and Lambda cannot write a new compiled file."""
    folder = unzipped("sites-service")
    for module in folder.rglob("*.py"):
        module.write_text("raise AssertionError('compiled anew')")
    started = python(STARTS, str(folder), HANDLERS["sites-service"])
    assert started.returncode == 0, started.stderr
