"""Terraform, called with the parameters of the runbook (§4, §6) and no others."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from bbws_operations.environment import Environment
from bbws_operations.errors import Failure


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
            ran = subprocess.run(command, cwd=self.folder, env=environment, check=False)
        except FileNotFoundError as error:
            raise Failure(f"terraform cannot be run in {self.folder}: {error.strerror}.") from error
        if ran.returncode:
            raise Failure(
                f"terraform {arguments[0]} failed (its reason is above). {_CONSEQUENCE[arguments[0]]}"
            )


_CONSEQUENCE = {
    "init": "Nothing was changed.",
    "plan": "Nothing was changed.",
    "apply": "No call goes to a new version; what was changed before it failed, the next plan shows.",
}
