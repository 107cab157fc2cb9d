"""Terraform as people run it: the runbook's commands, in a copy of the repository, on an emulated account."""

import os
import shlex
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bbws_local.specification import REGION, SERVICES
from bbws_local.terraform.command import provider_mirror

ROOT: Final = Path(__file__).resolve().parents[2]
ACCOUNTS: Final = {"dev": "536580886816", "sit": "815856636111", "prod": "093646564004"}
"""The accounts of the runbook, section 11."""
_COPIED: Final = ("terraform", "openapi")
_LEFT_OUT: Final = shutil.ignore_patterns(".terraform", "*.tfstate*", "tfplan", "*_override.tf")


class TerraformFailed(AssertionError):
    """A command ended otherwise than it was to; the text is what it printed."""


def copy_repository(folder: Path) -> None:
    """What Terraform reads of the repository, with a package of one file for each service.

    What is in the real packages is the business of tests/packaging.
    """
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=_LEFT_OUT)
    version = Path("shared/src/bbws_shared/version.py")
    (folder / version).parent.mkdir(parents=True)
    shutil.copyfile(ROOT / version, folder / version)
    for service in SERVICES:
        write_package(folder, service, "first")


def write_package(folder: Path, service: str, content: str) -> None:
    """A service's package in the copy `folder`; other content is another version."""
    package = folder / service / "dist" / "lambda.zip"
    package.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py"), f"# {content}\n")


class Workbench:
    """A copy of the repository, and an environment in which Terraform reaches only one account."""

    def __init__(self, folder: Path, endpoint_url: str | None, provider_cache: Path) -> None:
        self.folder = folder
        self.endpoint_url = endpoint_url
        self._cache = provider_cache

    def run(
        self, command: str, *, within: str = "terraform", succeeds: bool = True, **variables: str
    ) -> str:
        """What a command prints, run by bash in a folder of the copy.

        Raises:
            TerraformFailed: when it fails, or (`succeeds=False`) does not.
        """
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder / within,
            env={**self.environment(), **variables},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        printed = ran.stdout + ran.stderr
        if (ran.returncode == 0) != succeeds:
            raise TerraformFailed(f"{command}\nended with {ran.returncode}:\n{printed}")
        return printed

    def environment(self) -> Mapping[str, str]:
        """Nothing of the developer's own AWS access may be seen."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
        account = {"AWS_ENDPOINT_URL": self.endpoint_url} if self.endpoint_url else {}
        return {
            **kept,
            **account,
            "HOME": str(self._cache),
            "AWS_ACCESS_KEY_ID": "AKIATERRAFORMTESTS",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_CLI_ARGS": "-no-color",
            "TF_CLI_CONFIG_FILE": str(_settings(self._cache)),
            "CHECKPOINT_DISABLE": "1",
        }


def _settings(cache: Path) -> Path:
    """Terraform's own settings: the provider from a mirror where there is one, else its registry."""
    file = cache / "terraform.rc"
    if file.exists():
        return file
    mirror = provider_mirror()
    if mirror is None:
        plugins = cache / "plugins"
        plugins.mkdir(exist_ok=True)
        file.write_text(f"plugin_cache_dir = {_quoted(plugins)}\n")
    else:
        source = f"filesystem_mirror {{\n    path = {_quoted(mirror)}\n  }}"
        file.write_text(f"provider_installation {{\n  {source}\n}}\n")
    return file


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def initialisation(environment: str, *more: str) -> str:
    """The `terraform init` of the runbook, sections 4 and 6, to the letter."""
    values = (
        f"bucket=bbws-terraform-state-{environment}",
        f"key=site-management-lambda/{environment}/terraform.tfstate",
        f"region={REGION}",
        f"dynamodb_table=terraform-state-lock-{environment}",
        "encrypt=true",
    )
    options = [f"-backend-config={shlex.quote(value)}" for value in values]
    return " ".join(["terraform init", *options, *more])


def plan(environment: str, *more: str) -> str:
    """The `terraform plan` of the runbook, section 4."""
    variables = (
        f'-var="environment={environment}" -var-file=environments/{environment}/terraform.tfvars'
    )
    return " ".join(["terraform plan", variables, *more])


def readme_block(heading: str) -> str:
    """The first block of commands under a heading of terraform/README.md."""
    readme = (ROOT / "terraform" / "README.md").read_text()
    _, _, section = readme.partition(f"## {heading}\n")
    block = section.partition("```bash\n")[2].partition("```")[0]
    if not block:
        raise LookupError(f"terraform/README.md has no commands under {heading!r}")
    return block
