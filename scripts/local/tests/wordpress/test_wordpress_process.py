"""The simulator as a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import bbws_local.wordpress

_SOURCE = str(Path(bbws_local.wordpress.__file__).parents[2])


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bbws_local.wordpress", *arguments],
        env={**os.environ, "PYTHONPATH": _SOURCE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_serves_the_tenants_of_its_file_until_it_is_ended(tmp_path: Path) -> None:
    tenants = tmp_path / "tenants.json"
    secret = {"username": "u", "password": "p w", "networkHost": "a.wpdev.bbws.io"}
    tenants.write_text(json.dumps({"tenant-a": secret}))

    with start("--port", "0", "--tenants", str(tenants)) as process:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        response = requests.get(
            f"{url}/wp-json/bbws/v1/health",
            auth=("u", "pw"),
            headers={"X-Tenant-Id": "tenant-a", "Host": "a.wpdev.bbws.io"},
            timeout=5,
        )
        process.terminate()
        assert process.wait(timeout=5) == 0

    assert response.status_code == 200


@pytest.mark.parametrize("content", ["{", "[]", '{"a": {"username": "u"}}'])
def test_a_file_it_cannot_read_is_named(tmp_path: Path, content: str) -> None:
    tenants = tmp_path / "tenants.json"
    tenants.write_text(content)

    with start("--tenants", str(tenants)) as process:
        _, said = process.communicate(timeout=10)

    assert process.returncode == 2
    assert "tenants.json" in said or "Expecting" in said
