"""Versions of the service to deploy: the packages that run, changed a little or broken."""

import shutil
import zipfile
from pathlib import Path
from typing import Final

from e2e.conftest import ROOT
from terraform.workbench import copy_repository

from bbws_local.packages import ensure_packages
from bbws_local.specification import SERVICES

BROKEN: Final = '''"""A version that nobody tested."""


def handler(event, context):
    raise RuntimeError("this version is broken")
'''


class Releases:
    """A checkout whose packages can be exchanged."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        copy_repository(checkout)
        self._packages = ensure_packages(ROOT, lambda _: None)
        for service in SERVICES:
            shutil.copyfile(self._packages[service], self._target(service))

    def build(self, name: str) -> None:
        """Packages that do the same as those that run, of another content."""
        for service in SERVICES:
            shutil.copyfile(self._packages[service], self._target(service))
            with zipfile.ZipFile(self._target(service), "a") as package:
                package.writestr("release.txt", name)

    def break_sites(self) -> None:
        """A package of sites-service that raises on every call; the others stay as they are."""
        target = self._target("sites-service")
        good = target.with_suffix(".good")
        target.rename(good)
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(target, "w") as package:
            for entry in source.infolist():
                # Python prefers a module's source to what it was compiled to, only if that is not there.
                if not entry.filename.startswith("sites/handler.") and "handler.cpython" not in (
                    entry.filename
                ):
                    package.writestr(entry, source.read(entry))
            package.writestr("sites/handler.py", BROKEN)

    def _target(self, service: str) -> Path:
        return self.checkout / service / "dist" / "lambda.zip"
