"""What `make run` says when it cannot start."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bbws_local.cli import main
from bbws_local.description import running_pid
from bbws_local.serving import Response, Server


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that is in use."""
    server = Server(lambda request: Response(200)).start()
    yield server.port
    server.stop()


def _run(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(main, arguments, env=dict(variables))


def test_a_busy_port_is_named_with_another_to_try(tmp_path: Path, taken: int) -> None:
    result = _run("--port", str(taken), "--state", str(tmp_path))

    assert result.exit_code == 1
    assert f"port {taken} is in use; choose another one: make run PORT={taken + 10}" in (
        result.output
    )
    assert list(tmp_path.iterdir()) == []


def test_a_second_stack_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text(json.dumps({"pid": os.getpid()}))
    result = _run("--state", str(tmp_path))

    assert result.exit_code == 1
    assert f"a local stack is running already (process {os.getpid()})" in result.output


@pytest.mark.parametrize("port", ["0", "65534", "http", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    result = _run("--port", port)

    assert result.exit_code == 2
    assert "Invalid value for '--port'" in result.output


def test_an_unknown_wordpress_is_refused_wherever_it_is_named() -> None:
    for result in (_run("--wordpress", "imaginary"), _run(WORDPRESS="imaginary")):
        assert result.exit_code == 2
        assert "'imaginary' is not one of 'simulator', 'real'" in result.output


def test_help_names_every_option() -> None:
    result = _run("-h")

    assert result.exit_code == 0
    for option in ("--port", "--wordpress", "--provision", "--state", "PROVISION", "8080"):
        assert option in result.output


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "{}", '{"pid": null}', '{"pid": 4194305}', '{"pid": "x"}']
)
def test_a_description_that_names_no_living_process_stops_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "stack.json").write_text(text)

    assert running_pid(tmp_path) is None


def test_a_folder_without_a_description_has_no_stack(tmp_path: Path) -> None:
    assert running_pid(tmp_path) is None


def test_an_unknown_way_to_an_account_is_refused_wherever_it_is_named() -> None:
    for result in (_run("--provision", "by-hand"), _run(PROVISION="by-hand")):
        assert result.exit_code == 2
        assert "'by-hand' is not one of 'quick', 'terraform'" in result.output


def test_without_terraform_nothing_is_started_and_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    result = _run("--provision", "terraform", "--state", str(tmp_path / "state"), "--port", "18080")

    assert result.exit_code == 1
    assert "there is no terraform on the PATH. Install Terraform 1.5 or later" in result.output
    assert not (tmp_path / "state").exists()
