"""Runs Terraform against the emulator, and against nothing else."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bbws_local.clients import ACCESS_KEY, SECRET_KEY
from bbws_local.specification import REGION

MIRROR_VARIABLE: Final = "TF_PROVIDER_MIRROR"
_PROVIDER: Final = Path("registry.terraform.io/hashicorp/aws")
# The implied mirrors of Terraform's docs ("CLI configuration file") and where images keep theirs.
_MIRRORS_ARE_UNDER: Final = (
    "~/.terraform.d",
    "~/.local/share",
    "/usr/local/share",
    "/usr/share",
    "/opt",
)
_NO_PROVIDER: Final = re.compile(r"Failed to (query available|install) provider", re.IGNORECASE)
_LAST_WORDS: Final = 2000

Say = Callable[[str], None]


class TerraformMissing(Exception):
    """Terraform or its AWS provider is not to be had; the text says what to do."""


class TerraformFailed(Exception):
    """A command of Terraform failed; the text has its last words."""


def require_terraform() -> str:
    """The path of the program; TerraformMissing when there is none."""
    program = shutil.which("terraform")
    if program is None:
        raise TerraformMissing(
            "there is no terraform on the PATH. Install Terraform 1.5 or later "
            "(https://developer.hashicorp.com/terraform/install), or leave PROVISION=terraform out."
        )
    return program


def provider_mirror() -> Path | None:
    """A folder that has the AWS provider: the one of TF_PROVIDER_MIRROR, or a usual one."""
    if named := os.environ.get(MIRROR_VARIABLE):
        mirror = Path(named).expanduser()
        return mirror if (mirror / _PROVIDER).is_dir() else None
    for folder in _MIRRORS_ARE_UNDER:
        for pattern in ("*", "*/*"):
            for found in sorted(Path(folder).expanduser().glob(f"{pattern}/{_PROVIDER}")):
                return found.parents[2]
    return None


class Terraform:
    """Terraform in one folder of configuration; `cache` keeps what it downloads."""

    def __init__(
        self,
        folder: Path,
        endpoint_url: str,
        cache: Path,
        log: Path,
        say: Say,
        tell_every_seconds: float = 15,
    ) -> None:
        self._program = require_terraform()
        self._folder = folder
        self._log = log
        self._say = say
        self._tell_every_seconds = tell_every_seconds
        cache.mkdir(parents=True, exist_ok=True)
        self._environment = _environment(endpoint_url, cache)

    def init(self, **backend: str) -> None:
        """Prepare the folder; the keywords are settings of the backend.

        Raises:
            TerraformMissing: the AWS provider cannot be had.
            TerraformFailed: for another reason.
        """
        options = [f"-backend-config={name}={value}" for name, value in backend.items()]
        try:
            self._run("init", *options)
        except TerraformFailed as error:
            if not _NO_PROVIDER.search(str(error)):
                raise
            raise TerraformMissing(
                "Terraform cannot get the provider hashicorp/aws: neither its registry answers nor "
                f"has a usual folder a copy. {MIRROR_VARIABLE} names a folder with a filesystem "
                f"mirror (`terraform providers mirror`).\n{error}"
            ) from None

    def apply(self, *options: str) -> None:
        """Create what the configuration describes. Raises TerraformFailed."""
        self._run("apply", "-auto-approve", *options)

    def _run(self, command: str, *options: str) -> None:
        arguments = [self._program, command, "-input=false", "-no-color", *options]
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"$ terraform {command} {' '.join(options)}   ({self._folder})\n")
            log.flush()
            began = log.tell()
            with subprocess.Popen(
                arguments,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                # A group of its own, for the provider is another process.
                start_new_session=True,
            ) as process:
                try:
                    self._follow(process, log.write)
                except BaseException:
                    # The account goes too, so nothing has to be brought to a good end.
                    os.killpg(process.pid, signal.SIGKILL)
                    raise
        if process.returncode != 0:
            text = self._log.read_text(encoding="utf-8")[began:]
            problems = text[max(text.find("Error:"), 0) :][:_LAST_WORDS]
            raise TerraformFailed(f"terraform {command} failed ({self._log}):\n{problems.strip()}")

    def _follow(self, process: "subprocess.Popen[str]", write: Callable[[str], object]) -> None:
        """Write down what it prints, and tell now and then how far it has come."""
        began = told = time.monotonic()
        planned, made = 0, 0
        for line in process.stdout or ():
            write(line)
            if found := re.match(r"Plan: (\d+) to add", line):
                planned = int(found[1])
            made += "Creation complete" in line
            if (now := time.monotonic()) - told >= self._tell_every_seconds and planned:
                told = now
                self._say(f"Terraform: {made} of {planned} resources after {now - began:.0f} s")


def _environment(endpoint_url: str, cache: Path) -> Mapping[str, str]:
    """Nothing of the developer's own AWS access is seen, and no other account can be reached."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
    return {
        **kept,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        **_provider_settings(cache),
    }


def _provider_settings(cache: Path) -> Mapping[str, str]:
    """Where Terraform gets the provider: a mirror, the developer's own settings, or its registry."""
    mirror = provider_mirror()
    own = os.environ.get("TF_CLI_CONFIG_FILE", "")
    if mirror is None or (MIRROR_VARIABLE not in os.environ and Path(own).is_file()):
        given = {"TF_CLI_CONFIG_FILE": own} if Path(own).is_file() else {}
        return {"TF_PLUGIN_CACHE_DIR": str(cache), **given}
    settings = cache / "mirror.tfrc"
    path = str(mirror).replace("\\", "\\\\").replace('"', '\\"')
    settings.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{path}"\n  }}\n}}\n'
    )
    return {"TF_CLI_CONFIG_FILE": str(settings)}
