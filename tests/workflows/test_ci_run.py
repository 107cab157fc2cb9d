"""`.ci/run` installs what is missing with whatever rights it can have, and then runs the tests."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from workflows.described import ROOT

_STAND_INS: Final = {
    "dpkg-query": "exit 1",
    "make": 'echo "make $*"',
    "apt-get": '[ "$AS" = root ] && echo "apt-get $*" >>"$DONE"',
}
_MAY_SUDO: Final = '[ "$1" = -n ] && shift && AS=root exec "$@"'
_MAY_NOT_SUDO: Final = "echo 'sudo: a password is required' >&2; exit 1"


@pytest.mark.parametrize(
    ("user", "sudo", "is_installed"),
    [(0, _MAY_NOT_SUDO, True), (1001, _MAY_SUDO, True), (1001, _MAY_NOT_SUDO, False)],
    ids=["root", "runner", "nobody"],
)
def test_what_is_missing_is_installed_by_root_or_with_sudo(
    tmp_path: Path, user: int, sudo: str, is_installed: bool
) -> None:
    for name in (".ci/run", "scripts/packaging/find_python.sh"):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name, text in {**_STAND_INS, "sudo": sudo, "id": f"echo {user}"}.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    done = tmp_path / "done"
    ran = subprocess.run(
        [tmp_path / ".ci/run"],
        env={
            **os.environ,
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "DONE": str(done),
            "AS": "root" if user == 0 else "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines()[-1] == "make test", ran.stderr
    installed = done.read_text() if done.exists() else ""
    assert ("mariadb-server" in installed) == is_installed
    assert ("only root can install it" in ran.stderr) != is_installed
