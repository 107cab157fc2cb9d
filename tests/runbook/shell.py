"""A person's shell: the repository checked out, the AWS CLI set up, an account that answers."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lacking import lacks
from terraform.workbench import Workbench

from bbws_local.specification import REGION
from runbook.plans import ROOT, Run

# What a person's `aws` is: version 2, and one that knows AWS_ENDPOINT_URL, as it does from 2.13 on.
# What goes on until Ctrl-C is left after a few seconds, as a person would.
_AWS: Final = """\
#!/usr/bin/env bash
# A version manager's shim looks for the program on the PATH again, and would find this one.
PATH={path}
if [[ " $* " == *" --follow "* ]]; then
    timeout 5 "{program}" --endpoint-url "$AWS_ENDPOINT_URL" "$@"
    [[ $? == 124 ]]
    exit
fi
exec "{program}" --endpoint-url "$AWS_ENDPOINT_URL" "$@"
"""
_AWS_CONFIG: Final = """\
[default]
region = {region}
cli_binary_format = raw-in-base64-out
cli_pager =

[profile bbws-sit]
region = {region}
aws_access_key_id = AKIATERRAFORMTESTS
aws_secret_access_key = local
"""


@dataclass(frozen=True)
class Outcome:
    """How commands ended, and what they printed."""

    code: int
    output: str


class Shell:
    """Runs commands in a checkout of its own."""

    def __init__(self, folder: Path, provider_cache: Path) -> None:
        self.repository = folder / "repository"
        self._home = folder / "home"
        self._cache = provider_cache
        self._programs = folder / "bin"
        for made in (self._home, self._programs):
            made.mkdir()
        (self._home / "config").write_text(_AWS_CONFIG.format(region=REGION))
        wrapper = self._programs / "aws"
        wrapper.write_text(_AWS.format(program=_aws_cli(), path=shlex.quote(os.environ["PATH"])))
        wrapper.chmod(0o755)
        _check_out(self.repository, folder / "origin.git")

    def run(self, text: str, plan: Run, url: str, variables: Mapping[str, str]) -> Outcome:
        """Run a block in an account."""
        ran = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", text],
            cwd=self.repository / plan.within,
            env={**self._environment(url, plan), "ENV": plan.account, **variables},
            input=plan.typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=plan.seconds,
            check=False,
        )
        return Outcome(ran.returncode, ran.stdout)

    def _environment(self, url: str, plan: Run) -> dict[str, str]:
        environment = dict(Workbench(self.repository, url, self._cache).environment())
        del environment["TF_IN_AUTOMATION"], environment["TF_INPUT"]
        if plan.tests_itself:
            # The services' tests make accounts of their own.
            del environment["AWS_ENDPOINT_URL"]
        python = self._own_python() if plan.tests_itself else str(Path(sys.executable).parent)
        return environment | {
            "PATH": os.pathsep.join([str(self._programs), python, os.environ["PATH"]]),
            "AWS_CONFIG_FILE": str(self._home / "config"),
            "GIT_EDITOR": "true",
            "GIT_AUTHOR_NAME": "A person",
            "GIT_AUTHOR_EMAIL": "person@bbws.example",
            "GIT_COMMITTER_NAME": "A person",
            "GIT_COMMITTER_EMAIL": "person@bbws.example",
            # What runs here is of this machine's kind.
            "ARCH": "native",
        }

    def _own_python(self) -> str:
        """The programs of an environment in which only this person installs."""
        venv = self._home / "venv"
        if not venv.is_dir():
            subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        return str(venv / "bin")


def _aws_cli() -> str:
    """The AWS CLI of version 2, wherever it is on the PATH."""
    folders = os.environ["PATH"].split(os.pathsep)
    for program in filter(None, (shutil.which("aws", path=folder) for folder in folders)):
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        if told.stdout.startswith("aws-cli/2"):
            return program
    return lacks("NOT RUN: there is no AWS CLI of version 2 on the PATH")


def _check_out(repository: Path, origin: Path) -> None:
    """The working tree as a repository of its own, with a tag and somewhere to push to."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        if source.exists():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, repository / name)
    if (ROOT / ".build/dependencies").is_dir():
        shutil.copytree(ROOT / ".build/dependencies", repository / ".build/dependencies")
    identity = ["-c", "user.name=A person", "-c", "user.email=person@bbws.example"]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        [*identity, "commit", "--quiet", "--message=First"],
        ["tag", "v0.0.1"],
        ["init", "--quiet", "--bare", "--initial-branch=main", str(origin)],
        ["remote", "add", "origin", str(origin)],
        ["push", "--quiet", "origin", "main"],
    ):
        subprocess.run(["git", *command], cwd=repository, check=True, capture_output=True)
    # `make venv` is done.
    (repository / ".venv").symlink_to(sys.prefix)
    (repository / ".git/info/exclude").write_text(".venv\n")
