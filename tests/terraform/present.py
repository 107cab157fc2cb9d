"""Terraform, for the tests that cannot do without it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lacking import lacks

from bbws_local.specification import StackOptions
from bbws_local.stack import LocalStack
from bbws_local.terraform.command import TerraformMissing, require_terraform
from terraform.workbench import ROOT, TerraformFailed, Workbench


def provider_in(cache: Path) -> Path:
    """A folder for Terraform's settings, from which it has had the AWS provider once."""
    probe = cache / "probe"
    probe.mkdir()
    shutil.copy(ROOT / "terraform" / "versions.tf", probe)
    (probe / "locals.tf").write_text("locals {\n  tags = {}\n}\n")
    try:
        Workbench(cache, None, cache).run("terraform init -backend=false", within="probe")
    except TerraformFailed as error:
        lacks(f"the AWS provider cannot be had (set TF_PROVIDER_MIRROR): {error}")
    return cache


@contextmanager
def stack_on_terraform(state: Path) -> Iterator[LocalStack]:
    """The local stack in an account that Terraform has made."""
    options = StackOptions(ROOT, state, provision="terraform", log_to_console=False)
    stack = LocalStack(options)
    try:
        require_terraform()  # before the packages are built
        stack.start()
    except TerraformMissing as error:
        lacks(f"NOT RUN: {error}")
    try:
        yield stack
    finally:
        stack.stop()
