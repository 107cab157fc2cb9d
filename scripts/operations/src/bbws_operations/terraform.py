"""Terraform, called with the parameters of the runbook (§4, §6) and no others."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from bbws_operations.environment import Environment
from bbws_operations.errors import Failure

_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Terraform:
    """The folder `terraform/` of a checkout, for one environment."""

    folder: Path
    environment: Environment

    def initialise(self) -> None:
        """`terraform init` with the environment's backend, whichever the folder had before."""
        name, region = self.environment.name, self.environment.region
        values = (
            f"bucket=bbws-terraform-state-{name}",
            f"key=site-management-lambda/{name}/terraform.tfstate",
            f"region={region}",
            f"dynamodb_table=terraform-state-lock-{name}",
            "encrypt=true",
        )
        options = [f"-backend-config={value}" for value in values]
        self._run("init", *options, "-reconfigure")

    def plan(self, live_versions: Mapping[str, str]) -> None:
        """`terraform plan`; of the functions in `live_versions` the alias stays where it is."""
        name = self.environment.name
        self._run(
            "plan",
            f"-var=environment={name}",
            f"-var-file=environments/{name}/terraform.tfvars",
            "-out=tfplan",
            # By the environment, so that the command is the runbook's to the letter.
            TF_VAR_live_versions=json.dumps(dict(live_versions)),
        )

    def apply(self) -> None:
        """`terraform apply` of the plan."""
        self._run("apply", "tfplan")

    def _run(self, *arguments: str, **variables: str) -> None:
        click.echo(f"$ terraform {' '.join(arguments)}")
        command = ["terraform", *arguments]
        environment = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", **variables}
        try:
            status, was_stopped = _run_to_its_end(command, self.folder, environment)
        except FileNotFoundError as error:
            raise Failure(f"terraform cannot be run in {self.folder}: {error.strerror}.") from error
        if was_stopped:
            raise Failure(f"terraform {arguments[0]} was stopped. {_CONSEQUENCE[arguments[0]]}")
        if status:
            raise Failure(
                f"terraform {arguments[0]} failed (its reason is above). {_CONSEQUENCE[arguments[0]]}"
            )


def _run_to_its_end(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, bool]:
    """The exit status of a command, and whether it was told to end.

    Ctrl-C and a cancelled workflow reach Terraform as one SIGINT: it then ends what it is making, writes
    its state and gives its lock back. At a second one, or by force, it leaves both. So it has a session
    of its own, in which the terminal sends it nothing, and is waited for.
    """
    with (
        _signals() as came,
        subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True) as child,
    ):
        while child.poll() is None and not came:
            time.sleep(_POLL_SECONDS)
        if came:
            child.send_signal(signal.SIGINT)
        return child.wait(), bool(came)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals to end that came meanwhile; they do nothing else."""
    came = list[int]()
    before = {
        one: signal.signal(one, lambda number, _: came.append(number))
        for one in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield came
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


_CONSEQUENCE = {
    "init": "Nothing was changed.",
    "plan": "Nothing was changed.",
    "apply": "No call goes to a new version; what was changed before that, the next plan shows.",
}
