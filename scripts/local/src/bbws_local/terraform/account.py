"""An account made by this repository's Terraform: its foundation, then its stack."""

import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bbws_local.specification import ACCOUNT_ID, REGION, StackOptions
from bbws_local.terraform.command import Say, Terraform

_CONFIGURATION: Final = ("terraform", "openapi")
_VERSION: Final = Path("shared/src/bbws_shared/version.py")
_LEFT_OUT: Final = shutil.ignore_patterns(".terraform", "*.tfstate*", "tfplan", "*_override.tf")
# Its own backend is a bucket that it is to make itself.
_FOUNDATION_OVERRIDE: Final = 'terraform {\n  backend "local" {}\n}\n'
_ARCHITECTURES: Final = {"aarch64": "arm64", "arm64": "arm64"}


def apply_terraform(
    options: StackOptions,
    endpoint_url: str,
    wordpress_url: str,
    packages: Mapping[str, Path],
    say: Say,
) -> None:
    """Apply foundation and stack to the emulated account, in a copy of the configuration.

    The copy lies in the state folder, beside `terraform.log`. `packages` are the ZIPs of the
    services. What a laptop has not comes by variables; everything else is the environment's own.

    Raises:
        TerraformMissing: Terraform or its provider is not to be had.
        TerraformFailed: it does not apply.
    """
    work = options.state_directory / "terraform"
    _copy(options.root, work, packages)
    log = options.state_directory / "terraform.log"
    log.unlink(missing_ok=True)
    cache = options.root / ".local" / "providers"
    environment = options.environment
    account = [f"-var=environment={environment}", f"-var=aws_account_id={ACCOUNT_ID}"]

    foundation = Terraform(work / "terraform" / "foundation", endpoint_url, cache, log, say)
    foundation.init()
    foundation.apply(f"-var-file=../environments/{environment}/foundation.tfvars", *account)

    stack = Terraform(work / "terraform", endpoint_url, cache, log, say)
    stack.init(
        bucket=f"bbws-terraform-state-{environment}",
        key=f"site-management-lambda/{environment}/terraform.tfstate",
        region=REGION,
        dynamodb_table=f"terraform-state-lock-{environment}",
        encrypt="true",
    )
    stack.apply(
        f"-var-file=environments/{environment}/terraform.tfvars",
        *account,
        f"-var=architecture={architecture()}",
        f"-var=log_level={options.log_level}",
        f"-var=wordpress_base_url={wordpress_url}",
    )


def architecture() -> str:
    """The instruction set of the functions that run on this machine, as Lambda names it."""
    return _ARCHITECTURES.get(platform.machine(), "x86_64")


def _copy(root: Path, work: Path, packages: Mapping[str, Path]) -> None:
    """The configuration, and the packages where it looks for them."""
    shutil.rmtree(work, ignore_errors=True)
    for name in _CONFIGURATION:
        shutil.copytree(root / name, work / name, ignore=_LEFT_OUT)
    for service, package in packages.items():
        target = work / service / "dist" / "lambda.zip"
        target.parent.mkdir(parents=True)
        shutil.copyfile(package, target)
    (work / _VERSION).parent.mkdir(parents=True)
    shutil.copyfile(root / _VERSION, work / _VERSION)
    (work / "terraform" / "foundation" / "backend_override.tf").write_text(_FOUNDATION_OVERRIDE)
