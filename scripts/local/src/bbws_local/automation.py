"""Runs Systems Manager Automation documents: the actions that the account's documents use.

Source of fact: Systems Manager docs, "aws:executeScript", "aws:executeAwsApi", "Using the onFailure
option". A script runs in a process of its own, as Automation runs it apart from everything else.
"""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

import boto3

from bbws_local.clients import ACCESS_KEY, SECRET_KEY, AwsClients
from bbws_local.specification import REGION

_SCRIPT: Final = "Script"
_RUN_SCRIPT: Final = """
import json, sys
given = json.load(sys.stdin)
space = {"__name__": "script"}
exec(compile(given["script"], "script.py", "exec"), space)
json.dump(space[given["handler"]](given["payload"], None), sys.stdout)
"""


class StepFailed(Exception):
    """A step did not end well; the text says why."""


def run_definition(clients: AwsClients, name: str, given: Mapping[str, list[str]]) -> None:
    """Start a document with these parameters, in a thread of its own."""
    content = json.loads(clients.ssm.get_document(Name=name)["Content"])
    execution = Execution(content, given, clients.endpoint_url)
    threading.Thread(target=execution.run, name=f"automation-{name}", daemon=True).start()


class Execution:
    """One run of a document."""

    def __init__(
        self, content: Mapping[str, Any], given: Mapping[str, list[str]], endpoint_url: str
    ) -> None:
        """Raises ValueError when a parameter is not of the document's pattern."""
        self._steps = {step["name"]: step for step in content["mainSteps"]}
        self._endpoint_url = endpoint_url
        self._values = variables(content, given, str(uuid4()))

    def run(self) -> None:
        """Carry the steps out, in the document's order; the first that is an end ends it."""
        order = list(self._steps)
        name: str | None = order[0]
        while name is not None:
            step = self._steps[name]
            try:
                self._carry_out(step)
            except StepFailed as failure:
                print(f"automation step {name} failed: {failure}", flush=True)
                name = _after_failure(step)
                continue
            print(f"automation step {name} succeeded", flush=True)
            following = order[order.index(name) + 1 :]
            name = None if step.get("isEnd") or not following else following[0]

    def _carry_out(self, step: Mapping[str, Any]) -> None:
        inputs = filled(step["inputs"], self._values)
        match step["action"]:
            case "aws:executeScript":
                self._run_script(inputs, step["timeoutSeconds"])
            case "aws:executeAwsApi":
                self._call(inputs)
            case unknown:
                raise StepFailed(f"{unknown} is not known here")

    def _run_script(self, inputs: Mapping[str, Any], seconds: float) -> None:
        given = {
            "script": inputs[_SCRIPT],
            "handler": inputs["Handler"],
            "payload": inputs["InputPayload"],
        }
        try:
            run = subprocess.run(
                [sys.executable, "-c", _RUN_SCRIPT],
                input=json.dumps(given),
                env={**os.environ, **_access(self._endpoint_url)},
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StepFailed(f"it took longer than {seconds} s") from None
        if run.returncode:
            raise StepFailed(run.stderr.strip().splitlines()[-1])

    def _call(self, inputs: Mapping[str, Any]) -> None:
        arguments = {k: v for k, v in inputs.items() if k not in ("Service", "Api")}
        session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
        client: Any = session.client(inputs["Service"], endpoint_url=self._endpoint_url)
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", inputs["Api"]).lower()
        getattr(client, method)(**arguments)


def variables(
    content: Mapping[str, Any], given: Mapping[str, list[str]], execution_id: str
) -> dict[str, str]:
    """What a run of a document replaces in its steps.

    Raises:
        ValueError: a parameter is not of the document's pattern.
    """
    values = {"automation:EXECUTION_ID": execution_id}
    for name, parameter in content["parameters"].items():
        (value,) = given.get(name, [parameter.get("default", "")])
        if not re.fullmatch(parameter.get("allowedPattern", ".*"), value):
            raise ValueError(f"{name} does not take {value!r}")
        values[name] = value
    return values


def filled(inputs: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """A step's inputs with their variables replaced; a script is taken as it is."""
    text = json.dumps({name: value for name, value in inputs.items() if name != _SCRIPT})
    for name, value in values.items():
        text = text.replace("{{ " + name + " }}", value)
    replaced: dict[str, Any] = json.loads(text)
    return replaced | {name: value for name, value in inputs.items() if name == _SCRIPT}


def _after_failure(step: Mapping[str, Any]) -> str | None:
    """The step that goes on, as `onFailure` has it."""
    return step["onFailure"].removeprefix("step:") if "onFailure" in step else None


def _access(endpoint_url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
    }
