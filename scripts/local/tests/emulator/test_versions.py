"""An invocation reaches the version that its alias points to at that moment, by the alias's weights."""

import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests

from bbws_local.clients import AwsClients
from bbws_local.environment import Code
from bbws_local.host import Invoked, LambdaHost
from bbws_local.pool import FunctionPool
from bbws_local.serving import Server
from bbws_local.specification import FunctionSpecification
from bbws_local.tasks import unpack
from bbws_local.versions import Aliases, VersionedFunction

TASK = "import os\n\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_FUNCTION_VERSION'], {}\n"


def _package(text: str) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("task.py", TASK.format(repr(text)))
    return buffer.getvalue()


@pytest.fixture
def function(aws: AwsClients, name: str) -> str:
    """A function of two published versions, whose alias `live` points to the first."""
    role = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    aws.lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="task.handler",
        Code={"ZipFile": _package("one")},
        Publish=True,
    )
    aws.lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    aws.lambda_.update_function_code(FunctionName=name, ZipFile=_package("two"), Publish=True)
    return name


@pytest.fixture
def observed() -> list[Invoked]:
    return []


@pytest.fixture
def host(
    aws: AwsClients,
    emulator: Server,
    function: str,
    runtime_folder: Path,
    tmp_path: Path,
    observed: list[Invoked],
) -> Iterator[LambdaHost]:
    def new_pool(version: str) -> FunctionPool:
        answer = requests.get(
            f"{emulator.url}/_local/code",
            params={"function": function, "version": version},
            timeout=10,
        )
        if answer.status_code == 404:
            raise KeyError(version)
        package = tmp_path / f"{version}.zip"
        package.write_bytes(answer.content)
        root = unpack(package, f"task-{version}", tmp_path / "tasks")
        described = FunctionSpecification(
            function, function, "task.handler", 3, 128, 2, version=version
        )
        return FunctionPool(described, Code(root, runtime_folder), lambda *_: None)

    running = LambdaHost(observe=observed.append)
    running.start([VersionedFunction(function, Aliases(aws.lambda_, function).choose, new_pool)])
    yield running
    running.stop()


def _invoke(host: LambdaHost, name: str) -> tuple[str, str]:
    version, text = json.loads(host.invoke(name, b"{}").payload)
    return version, text


def test_a_version_runs_its_own_code(host: LambdaHost, function: str) -> None:
    assert _invoke(host, f"{function}:1") == ("1", "one")
    assert _invoke(host, f"{function}:2") == ("2", "two")
    assert _invoke(host, function) == ("$LATEST", "two")


def test_an_alias_is_followed_where_it_is_moved(
    aws: AwsClients, host: LambdaHost, function: str
) -> None:
    assert _invoke(host, f"{function}:live") == ("1", "one")
    aws.lambda_.update_alias(FunctionName=function, Name="live", FunctionVersion="2")
    until = time.monotonic() + 5
    while _invoke(host, f"{function}:live") != ("2", "two"):
        assert time.monotonic() < until


def test_an_alias_sends_a_share_to_its_second_version(
    aws: AwsClients, host: LambdaHost, function: str, observed: list[Invoked]
) -> None:
    aws.lambda_.update_alias(
        FunctionName=function,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.3}},
    )
    for _ in range(300):
        _invoke(host, f"{function}:live")
    counted = Counter(one.version for one in observed)
    # Of 300 with a chance of 0.3, between 40 and 140 come by all but one in 10^12.
    assert 40 < counted["2"] < 140
    assert counted.total() == 300


def test_the_version_that_ran_is_in_the_answer(host: LambdaHost, function: str) -> None:
    answer = requests.post(
        f"{host.url}/2015-03-31/functions/{function}:live/invocations", data=b"{}", timeout=10
    )
    assert answer.headers["X-Amz-Executed-Version"] == "1"


@pytest.mark.parametrize("qualifier", ["3", "blue"])
def test_what_was_never_published_is_refused(
    host: LambdaHost, function: str, qualifier: str
) -> None:
    answer = requests.post(
        f"{host.url}/2015-03-31/functions/{function}:{qualifier}/invocations", timeout=10
    )
    assert answer.status_code == 404
    assert answer.headers["X-Amzn-ErrorType"] == "ResourceNotFoundException"


def test_a_stopped_function_is_stopped_in_every_version(host: LambdaHost, function: str) -> None:
    _invoke(host, f"{function}:1")
    requests.post(f"{host.url}/functions/{function}/stop", timeout=10).raise_for_status()
    for qualifier in ("1", "2"):
        answer = requests.post(
            f"{host.url}/2015-03-31/functions/{function}:{qualifier}/invocations", timeout=10
        )
        assert answer.status_code == 503
    requests.post(f"{host.url}/functions/{function}/start", timeout=10).raise_for_status()
    assert _invoke(host, f"{function}:2") == ("2", "two")
