"""Plays a workflow of .github/workflows: its jobs, its steps, its roles, on the emulated accounts.

What GitHub does around the steps is done here as far as the workflows use it; what is used and not
known here ends the play with an error.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from bbws_local.specification import SERVICES
from promotion.accounts import ACCOUNT_IDS, EmulatedAccount
from promotion.releases import package
from promotion.standing_in import terraform_on_path

ROOT: Final = Path(__file__).resolve().parents[2]
WORKFLOWS: Final = ROOT / ".github" / "workflows"
_EXPRESSION: Final = re.compile(r"\$\{\{ ([^}]+) \}\}")
_ROLE: Final = re.compile(r"arn:aws:iam::(\d{12}):role/(bbws-github-actions-[a-z-]+)")
_ALWAYS: Final = "!cancelled()"
_NOTHING_TO_DO: Final = (
    "actions/checkout",
    "actions/setup-python",
    "hashicorp/setup-terraform",
    "./.github/actions/operations",
)
_GH: Final = """#!/bin/bash
# gh release download VERSION --dir FOLDER …, of releases that are folders.
set -euo pipefail
[[ "$1 $2" == "release download" && -d $RELEASES/$3 ]] || { echo "release not found" >&2; exit 1; }
mkdir -p "$5"
cp "$RELEASES/$3"/* "$5"
"""
_BUILD: Final = """#!/bin/bash
# Builds nothing: the packages are there already.
cp -r "$BUILT"/. "$(dirname "$0")/.."
"""
_SMOKE: Final = """#!/bin/bash
# There is no API Gateway behind these accounts; scripts/operations/tests has the real one's tests.
echo "smoke_health $*"
"""


@dataclass
class Job:
    """What became of a job: `success`, `failure` or `skipped`, and what it printed."""

    name: str
    environment: str | None
    result: str = "skipped"
    output: str = ""


@dataclass(frozen=True)
class Play:
    """What became of a workflow's run."""

    jobs: list[Job]
    summary: str

    @property
    def failed(self) -> Job | None:
        """The first job that failed."""
        return next((job for job in self.jobs if job.result == "failure"), None)

    def results(self) -> dict[str, str]:
        """The jobs' results."""
        return {job.name: job.result for job in self.jobs}


@dataclass
class Player:
    """A runner, and the part of GitHub that it needs."""

    folder: Path
    accounts: Mapping[str, EmulatedAccount]
    service_tests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = self.folder / "checkout"
        self.releases = self.folder / "releases"
        self._store, self._built = self.folder / "artifacts", self.folder / "built"
        _copy_programs(self.root)
        for name, text in (("gh", _GH),):
            _executable(self.folder / "bin" / name, text)
        _executable(self.root / "scripts" / "build_all.sh", _BUILD)
        _executable(self.root / "scripts" / "smoke_health", _SMOKE)
        terraform_on_path(self.folder / "bin")

    def build(self, version: str, content: str = "") -> None:
        """What scripts/build_all.sh will leave."""
        for service in SERVICES:
            file = self._built / service / "dist" / "lambda.zip"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(package(version, content))

    def terraform_calls(self) -> list[str]:
        """Every call of Terraform so far."""
        file = self.folder / "terraform-calls"
        return file.read_text().splitlines() if file.exists() else []

    def play(self, workflow: str, **inputs: str) -> Play:
        """Run a workflow with these inputs."""
        described = yaml.safe_load((WORKFLOWS / workflow).read_text())
        summary = self.folder / "summary"
        summary.write_text("")
        shutil.rmtree(self._store, ignore_errors=True)
        jobs = dict[str, Job]()
        for job_id, job in described["jobs"].items():
            environment = job.get("environment")
            jobs[job_id] = Job(job_id, environment)
            if self._begins(job, jobs):
                run = _Run(self, inputs, described.get("env", {}), summary)
                run.play(job, jobs[job_id])
        return Play(list(jobs.values()), summary.read_text())

    @staticmethod
    def _begins(job: Mapping[str, Any], jobs: Mapping[str, Job]) -> bool:
        needed = job.get("needs", [])
        needed = [needed] if isinstance(needed, str) else needed
        if _ALWAYS in job.get("if", ""):
            return jobs["deploy"].result != "skipped"
        return all(jobs[one].result == "success" for one in needed)


class _Run:
    """The run of a job, on a machine of its own."""

    def __init__(
        self, player: Player, inputs: Mapping[str, str], variables: Mapping[str, str], summary: Path
    ) -> None:
        self._player = player
        self._known = {f"inputs.{name}": value for name, value in inputs.items()}
        self._known |= {"github.token": "token"}
        own = {n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "TF_", "ENV"))}
        path = os.pathsep.join([str(player.folder / "bin"), os.environ["PATH"]])
        self._variables = {
            **own,
            **{name: self._filled(value) for name, value in variables.items()},
            "PATH": path,
            "GITHUB_STEP_SUMMARY": str(summary),
            "RELEASES": str(player.releases),
            "BUILT": str(player._built),
            "TERRAFORM_CALLS": str(player.folder / "terraform-calls"),
            "WATCH_SECONDS": "0",
        }
        _clean(player.root)

    def play(self, job: Mapping[str, Any], outcome: Job) -> None:
        """Run the steps until one fails; after that those that the deployment wants anyhow."""
        outcome.result, ran = "success", set[str | None]()
        for step in job["steps"]:
            if outcome.result == "failure" and not (
                _ALWAYS in step.get("if", "") and "deploy" in ran
            ):
                continue
            ran.add(step.get("id"))
            if not self._step(step, outcome):
                outcome.result = "failure"
        for account in self._player.accounts.values():
            account.is_read_only = False

    def _step(self, step: Mapping[str, Any], outcome: Job) -> bool:
        if "run" in step:
            return self._command(step, outcome)
        action, given = step["uses"].partition("@")[0], step.get("with", {})
        match action:
            case "aws-actions/configure-aws-credentials":
                self._assume(given["role-to-assume"])
            case "./.github/actions/service-tests":
                self._player.service_tests.append(given["service"])
            case "actions/upload-artifact":
                self._keep(given["path"])
            case "actions/download-artifact":
                shutil.copytree(self._player._store, self._player.root, dirs_exist_ok=True)
            case _ if action not in _NOTHING_TO_DO:
                raise NotImplementedError(action)
        return True

    def _command(self, step: Mapping[str, Any], outcome: Job) -> bool:
        own = {name: self._filled(value) for name, value in step.get("env", {}).items()}
        ran = subprocess.run(
            # What GitHub does with a step's commands (docs "jobs.<job_id>.steps[*].shell").
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self._player.root,
            env={**self._variables, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        outcome.output += f"$ {step['run']}\n{ran.stdout}"
        return ran.returncode == 0

    def _assume(self, role: str) -> None:
        found = _ROLE.fullmatch(role)
        assert found is not None, role
        (name,) = (name for name, number in ACCOUNT_IDS.items() if number == found[1])
        assert found[2] in (
            f"bbws-github-actions-role-{name}",
            f"bbws-github-actions-reader-role-{name}",
        )
        account = self._player.accounts[name]
        account.is_read_only = "reader" in role
        # A workflow names the environment itself.
        self._variables |= {k: v for k, v in account.variables.items() if k != "ENV"}

    def _keep(self, pattern: str) -> None:
        for file in self._player.root.glob(pattern):
            kept = self._player._store / file.relative_to(self._player.root)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, kept)

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self._known[found[1]], text)


def _copy_programs(root: Path) -> None:
    """A checkout with what a deployment reads, in which the interpreter is this one's."""
    shutil.copytree(ROOT / "scripts" / "operations", root / "scripts" / "operations")
    for program in (ROOT / "scripts").iterdir():
        if program.is_file():
            shutil.copy(program, root / "scripts")
    shutil.copytree(ROOT / "terraform" / "rollback", root / "terraform" / "rollback")
    (root / ".venv").symlink_to(ROOT / ".venv")


def _clean(root: Path) -> None:
    """Every job begins on a machine that has seen none before."""
    shutil.rmtree(root / "release", ignore_errors=True)
    for service in SERVICES:
        shutil.rmtree(root / service, ignore_errors=True)


def _executable(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
