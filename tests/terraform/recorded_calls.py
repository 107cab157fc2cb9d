"""A pytest plugin: which AWS calls a service's own code makes while its tests run.

What a test calls by itself, to arrange or to look, is left out. After a complete run that passed, the
calls must be those of `used_calls/{service}.json`, which test_permissions.py holds the function's role
to; so a role has what its code needs, and nothing else. BBWS_USED_CALLS=write writes the file anew.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

import botocore.client
import botocore.signers
import pytest

USED_CALLS: Final = Path(__file__).parent / "used_calls"

Grant = tuple[str, str]
"""An IAM action and the name of its resource."""

_FRAME_OF_ALL_SERVICES: Final = "/bbws_shared/api.py"
# What a transaction's writes need (DynamoDB docs, "IAM and transactions").
_TRANSACTED: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_RESOURCE: Final = {
    "sqs": "QueueUrl",
    "sns": "TopicArn",
    "secretsmanager": "SecretId",
    "s3": "Bucket",
}


def grants_for(service: str, operation: str, arguments: dict[str, Any]) -> Iterator[Grant]:
    """What IAM has to allow for a call."""
    if service != "dynamodb":
        yield f"{service}:{operation}", _plain(arguments[_RESOURCE[service]])
    elif operation == "TransactWriteItems":
        for item in arguments["TransactItems"]:
            [(kind, write)] = item.items()
            yield f"dynamodb:{_TRANSACTED[kind]}", write["TableName"]
    elif operation == "BatchGetItem":
        for table in arguments["RequestItems"]:
            yield "dynamodb:BatchGetItem", table
    else:
        index = arguments.get("IndexName")
        table = arguments["TableName"]
        yield f"dynamodb:{operation}", f"{table}/index/{index}" if index else table


def _plain(name: str) -> str:
    """A queue's or topic's name without its address; any tenant's secret as one."""
    if name.startswith(("http", "arn:")):
        return name.replace(":", "/").rpartition("/")[2]
    return re.sub(r"/tenant-\w+/", "/*/", name)


class _Recording:
    """What was seen while the tests of the service in `folder` ran."""

    def __init__(self, folder: Path) -> None:
        self._source = f"{folder / 'src'}{os.sep}"
        self._tests = f"{folder / 'tests'}{os.sep}"
        self._file = USED_CALLS / f"{folder.name}.json"
        self._seen: set[Grant] = set()

    def note(self, service: str, operation: str, arguments: dict[str, Any]) -> None:
        """Remember a call when the service made it."""
        if self._is_of_the_service():
            self._seen.update(grants_for(service, operation, arguments))

    def _is_of_the_service(self) -> bool:
        """Whether, from the call outwards, the service's code comes before any test's."""
        frame: FrameType | None = sys._getframe(2)
        while frame:
            file = frame.f_code.co_filename
            if file.startswith(self._tests):
                return False
            if file.startswith(self._source) or file.endswith(_FRAME_OF_ALL_SERVICES):
                return True
            frame = frame.f_back
        return False

    def compare(self) -> str | None:
        """What is otherwise than in the file, or None."""
        found = sorted(self._seen)
        if os.environ.get("BBWS_USED_CALLS") == "write":
            lines = ",\n  ".join(json.dumps(grant) for grant in found)
            self._file.write_text(f"[\n  {lines}\n]\n")
            return None
        known = {(action, name) for action, name in json.loads(self._file.read_text())}
        new, gone = self._seen - known, known - self._seen
        if not new and not gone:
            return None
        return (
            f"The calls of {self._file.stem} are not those of {self._file}: new {sorted(new)},"
            f" not made any more {sorted(gone)}. Give them to its role in terraform/permissions.tf,"
            " or take them from it, and write the file with"
            f" BBWS_USED_CALLS=write scripts/gates.sh {self._file.stem} pytest."
        )


def _recorded(call: Callable[..., Any], recording: _Recording) -> Callable[..., Any]:
    def make_api_call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        recording.note(client.meta.service_model.endpoint_prefix, operation, arguments)
        return call(client, operation, arguments)

    return make_api_call


def _signed(sign: Callable[..., Any], recording: _Recording) -> Callable[..., Any]:
    def generate_presigned_url(
        client: Any, method: str, Params: dict[str, Any], **more: Any  # noqa: N803 (boto3's)
    ) -> Any:
        recording.note("s3", client.meta.method_to_api_mapping[method], Params)
        return sign(client, method, Params=Params, **more)

    return generate_presigned_url


_recording = _Recording(Path.cwd())


def pytest_configure() -> None:
    """Begin to record."""
    client: Any = botocore.client.BaseClient
    client._make_api_call = _recorded(client._make_api_call, _recording)
    # Before any client is made: a client's class takes the function as it is then.
    botocore.signers.generate_presigned_url = _signed(
        botocore.signers.generate_presigned_url, _recording
    )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Compare, when everything ran: a part of the tests makes a part of the calls."""
    is_complete = not session.config.option.keyword and session.config.args == ["tests/"]
    if exitstatus == 0 and is_complete and (difference := _recording.compare()):
        session.config.get_terminal_writer().line(f"\n{difference}", red=True)
        session.exitstatus = 1
