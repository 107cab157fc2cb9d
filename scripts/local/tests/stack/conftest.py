"""A whole stack from a repository whose services only say what they got."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bbws_local.clients import AwsClients
from bbws_local.specification import AccountSpecification, StackOptions, fast
from bbws_local.stack import LocalStack

type NewOptions = Callable[..., StackOptions]

_DOCUMENT: Final = Path(__file__).parents[4] / "openapi" / "site-management.yaml"
_HANDLER: Final = """
import json


def handler(event, context):
    print(json.dumps({"event": event}))
    if "Records" in event:
        return {"batchItemFailures": []}
    return {"statusCode": 200, "body": json.dumps(event)}
"""
_BUILD: Final = f"""#!/bin/sh
set -e
cd "$(dirname "$0")/../$1/src"
mkdir -p "$DIST/$1"
{sys.executable} -m zipfile -c "$DIST/$1/lambda.zip" *
"""


@pytest.fixture(scope="session")
def new_options(tmp_path_factory: pytest.TempPathFactory, runtime_folder: Path) -> NewOptions:
    """Options of a stack in a repository of its own; `handler` is the code of every service."""

    def make(handler: str = _HANDLER, **different: Any) -> StackOptions:
        root = tmp_path_factory.mktemp("repository")
        for service in ("sites", "templates", "plugins"):
            _write(root / f"{service}-service" / "src" / service / "handler.py", handler)
        _write(root / "async-processor" / "src" / "processor" / "handler.py", handler)
        _write(root / "scripts" / "build_service.sh", _BUILD).chmod(0o755)
        _write(root / "openapi" / "site-management.yaml", _DOCUMENT.read_text())
        shutil.copytree(runtime_folder, root / ".local" / "runtime" / runtime_folder.name)
        state = tmp_path_factory.mktemp("state")
        options = fast(StackOptions(root, state, log_to_console=False))
        return replace(options, **different)

    return make


def _write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture(scope="package")
def stack(new_options: NewOptions) -> Iterator[LocalStack]:
    with LocalStack(new_options(reconcile_interval_seconds=0.5)) as running:
        yield running


@pytest.fixture
def aws(stack: LocalStack) -> AwsClients:
    return stack.clients


@pytest.fixture
def specification(stack: LocalStack) -> AccountSpecification:
    return stack.specification
