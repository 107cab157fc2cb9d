"""The rollback's script, and functions for it to roll back, deployed as Terraform deploys them."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from bbws_local.specification import REGION, SERVICES, function_name

SCRIPT: Final = Path(__file__).resolve().parents[2] / "terraform" / "rollback" / "rollback.py"
FUNCTIONS: Final = [function_name("dev", service) for service in SERVICES]
TOPIC: Final = "bbws-wp-notifications-dev"
ALARM: Final = "bbws-wp-rollback-lambda-errors-dev"
_TRUST: Final = json.dumps({"Version": "2012-10-17", "Statement": []})


def load_script(source: str | None = None) -> ModuleType:
    """The script as Automation has it: from its text alone, under no name that could be imported."""
    module = ModuleType("rollback_script")
    text = SCRIPT.read_text() if source is None else source
    exec(compile(text, str(SCRIPT), "exec"), module.__dict__)  # noqa: S102 (our own script)
    return module


class Deployments:
    """The four functions, their versions and the alias `live`."""

    def __init__(self, clients: Callable[[str], Any], freezer: Any) -> None:
        self.client = clients("lambda")
        self._freezer = freezer
        self._number = 0
        role = clients("iam").create_role(RoleName="any", AssumeRolePolicyDocument=_TRUST)
        self._role = role["Role"]["Arn"]

    def deploy(self, *functions: str, after: timedelta = timedelta(days=1)) -> None:
        """Publish new code of these functions, of all when none is named, and move `live` to it.

        `after` is how long after the deployment before.
        """
        self._freezer.tick(after)
        self._number += 1
        for function in functions or FUNCTIONS:
            self._freezer.tick(timedelta(seconds=40))
            self._publish(function)

    def _publish(self, function: str) -> None:
        code = _package(f"# deployment {self._number}")
        if function not in self._existing():
            made = self.client.create_function(
                FunctionName=function,
                Runtime="python3.12",
                Handler="a.b",
                Role=self._role,
                Code={"ZipFile": code},
                Publish=True,
            )
            self.client.create_alias(
                FunctionName=function, Name="live", FunctionVersion=made["Version"]
            )
            return
        made = self.client.update_function_code(FunctionName=function, ZipFile=code, Publish=True)
        self.point(function, made["Version"])

    def _existing(self) -> set[str]:
        return {one["FunctionName"] for one in self.client.list_functions()["Functions"]}

    def point(self, function: str, version: str, **more: Any) -> None:
        """Move `live` by hand, or as the next deployment does."""
        self.client.update_alias(
            FunctionName=function, Name="live", FunctionVersion=version, **more
        )

    def share(self, function: str, weights: Mapping[str, float]) -> None:
        """Send a share of the calls to other versions."""
        live = self.client.get_alias(FunctionName=function, Name="live")["FunctionVersion"]
        self.point(function, live, RoutingConfig={"AdditionalVersionWeights": dict(weights)})

    def live(self) -> dict[str, str]:
        """The version that serves, by function."""
        return {
            function: self.client.get_alias(FunctionName=function, Name="live")["FunctionVersion"]
            for function in FUNCTIONS
        }

    def aliases(self, function: str) -> dict[str, str]:
        """Every alias of a function, and the version it is on."""
        found = self.client.list_aliases(FunctionName=function)["Aliases"]
        return {alias["Name"]: alias["FunctionVersion"] for alias in found}

    def weights(self, function: str) -> dict[str, float]:
        """The shares that other versions get."""
        routing = self.client.get_alias(FunctionName=function, Name="live").get("RoutingConfig")
        return dict((routing or {}).get("AdditionalVersionWeights", {}))


def _package(content: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.py", content)
    return buffer.getvalue()


class Revisions:
    """What moto leaves out of UpdateAlias: it fails when the RevisionId is not the alias's.

    (Lambda API reference, UpdateAlias: "PreconditionFailedException"). `before` is called with the
    function's name before each comparison, where a test lets somebody else be faster; `refuse`
    names functions that AWS does not let anybody change.
    """

    def __init__(self, client: Any) -> None:
        self._reader = client
        self._numbers: dict[str, int] = {}
        self.before: Callable[[str], None] = lambda _function: None
        self.refuse: set[str] = set()

    def watch(self, client: Any) -> Any:
        """A client that is given the revisions, and held to them."""
        client.meta.events.register("after-call.lambda.ListAliases", self._give)
        client.meta.events.register("before-call.lambda.UpdateAlias", self._compare)
        return client

    def changed(self, function: str) -> None:
        """Somebody has changed the alias `live` of a function."""
        self._numbers[function] = self._numbers.get(function, 0) + 1

    def _give(self, parsed: dict[str, Any], **_: Any) -> None:
        for alias in parsed["Aliases"]:
            function = alias["AliasArn"].split(":")[6]
            alias["RevisionId"] = f"revision-{self._numbers.get(function, 0)}"

    def _compare(self, params: dict[str, Any], **_: Any) -> Any:
        function = params["url_path"].split("/")[3]
        self.before(function)
        if function in self.refuse:
            return forbidden()
        if json.loads(params["body"])["RevisionId"] != f"revision-{self._numbers.get(function, 0)}":
            return _error(412, "PreconditionFailedException", "The RevisionId is not the latest")
        self.changed(function)
        return None


def forbidden() -> tuple[AWSResponse, dict[str, Any]]:
    """The answer to a call that a role does not allow."""
    return _error(403, "AccessDeniedException", "not authorized to perform this")


def _error(status: int, code: str, message: str) -> tuple[AWSResponse, dict[str, Any]]:
    return AWSResponse("https://lambda", status, HTTPHeaders(), None), {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }


def request(clients: Callable[[str], Any], cause: str = ALARM) -> dict[str, Any]:
    """The script's `events`, as the document gives them."""
    topic = clients("sns").create_topic(Name=TOPIC)["TopicArn"]
    return {
        "region": REGION,
        "environment": "dev",
        "functions": FUNCTIONS,
        "topicArn": topic,
        "cause": cause,
        "execution": "0b1c2d3e",
    }


def midnight() -> datetime:
    """When the tests' time begins."""
    return datetime(2026, 1, 25)  # noqa: DTZ001 (freezegun's)
