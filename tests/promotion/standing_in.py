"""A checkout in which `terraform` is the stand-in, and what it was called with."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from click.testing import Result

from bbws_local.specification import SERVICES
from promotion.releases import package

type Run = Callable[..., Result]
"""Runs a program and gives what it printed; `fails` is what it must say when it refuses."""

_STAND_IN: Final = Path(__file__).with_name("terraform_stand_in.py")


@dataclass(frozen=True)
class Checkout:
    """What a deployment reads of the repository."""

    root: Path

    @property
    def variables(self) -> dict[str, str]:
        """By these the stand-in is found and writes down its calls."""
        path = os.pathsep.join([str(self.root / "bin"), os.environ["PATH"]])
        return {"PATH": path, "TERRAFORM_CALLS": str(self.root / "calls")}

    def build(self, version: str, content: str = "") -> None:
        """Leave what scripts/build_all.sh leaves."""
        for service in SERVICES:
            folder = self.root / service / "dist"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "lambda.zip").write_bytes(package(version, content))

    def terraform_calls(self) -> list[list[str]]:
        """The arguments of every call of Terraform."""
        file = self.root / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        calls: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [call["arguments"] for call in calls]


def checkout_of(folder: Path) -> Checkout:
    """Make one."""
    (folder / "terraform").mkdir()
    terraform_on_path(folder / "bin")
    return Checkout(folder)


def terraform_on_path(folder: Path) -> None:
    """Put the stand-in into a folder of PATH, as `terraform`."""
    folder.mkdir(exist_ok=True)
    # What it imports, whatever PYTHONPATH its caller has.
    path = os.pathsep.join(one for one in sys.path if one)
    program = folder / "terraform"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{path}" exec "{sys.executable}" "{_STAND_IN}" "$@"\n'
    )
    program.chmod(0o755)
