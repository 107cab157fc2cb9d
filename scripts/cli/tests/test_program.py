"""The program as it is started from a shell, and on a real terminal."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import pytest
from click.testing import Result
from e2e.portal import Backstage

from bbws_cli.cli import main
from bbws_local.specification import PROCESSOR

type Bbws = Callable[..., Result]

PROGRAM: Final = Path(__file__).resolve().parents[2] / "bbws"


# Its child's terminal is a controlling one, so that Ctrl-C is a signal.
TERMINAL: Final = (
    # A shell's background jobs ignore Ctrl-C, and so would what the tests of such a job start.
    "import os, pty, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL);"
    " sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
)


class Screen:
    """A terminal on which the program runs."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process, self._shown = process, b""

    def until(self, text: str) -> str:
        """What has been shown when a text is there."""
        while text.encode() not in self._shown:
            assert self._read(), self._shown.decode()
        return self._shown.decode()

    def type(self, text: str) -> None:
        """Type something."""
        assert self._process.stdin
        self._process.stdin.write(text.encode())

    def end(self) -> tuple[int, str]:
        """The exit status, and all that was shown."""
        while self._read():
            pass
        return self._process.wait(timeout=30), self._shown.decode()

    def _read(self) -> bytes:
        assert self._process.stdout
        more = self._process.stdout.read(65536)
        self._shown += more
        return more


@contextmanager
def _on_a_terminal(
    *arguments: str, columns: int = 100, kind: str = "xterm-256color"
) -> Iterator[Screen]:
    with subprocess.Popen(
        [sys.executable, "-c", TERMINAL, PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, "COLUMNS": str(columns), "TERM": kind},
    ) as process:
        try:
            yield Screen(process)
        finally:
            process.kill()


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)


def test_it_runs_from_any_folder_and_through_a_link(
    tmp_path: Path, stack_file: str, backstage: Backstage
) -> None:
    link = tmp_path / "bbws"
    link.symlink_to(PROGRAM)
    result = subprocess.run(
        [link, "--stack", stack_file, "sites", "list"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "None.\n")


def test_before_it_is_installed_it_says_how_that_is_done(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    copied = shutil.copy(PROGRAM, tmp_path / "scripts" / "bbws")
    result = subprocess.run([copied, "sites", "list"], capture_output=True, text=True, check=False)

    assert result.returncode == 2
    assert result.stderr.strip().endswith("install it with: make venv")


def test_a_pipe_that_is_closed_early_is_no_traceback(stack_file: str, backstage: Backstage) -> None:
    command = f"{PROGRAM} --stack {stack_file} plugins list --all -o json | head -n 1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)

    assert (result.stdout, result.stderr) == ("{\n", "")


@pytest.mark.parametrize("command", ["plugins list", "plugins list -o json", "--help"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_disk_that_is_full_is_said_in_a_line(
    stack_file: str, backstage: Backstage, command: str, unbuffered: str
) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [PROGRAM, "--stack", stack_file, *command.split()],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        )  # fmt: skip

    assert result.returncode == 1
    assert result.stderr == "Error: The output could not be written: No space left on device.\n"


def test_the_exit_status_reaches_the_shell(stack_file: str, backstage: Backstage) -> None:
    assert _run("--stack", stack_file, "sites", "get", "site-of-nobody").returncode == 1
    assert _run("--stack", stack_file, "sites", "get").returncode == 2
    unreachable = ("--api", "http://127.0.0.1:9/dev", "--token", "t", "--tenant", "tenant-123")
    assert _run(*unreachable, "sites", "list").returncode == 3


def test_a_terminal_shows_a_bar_that_fills(stack_file: str, backstage: Backstage) -> None:
    command = ("--stack", stack_file, "sites", "create", "my-shop", "--name", "My Shop", "--wait")
    with _on_a_terminal(*command) as screen:
        status, shown = screen.end()

    assert status == 0
    assert "━━━━" in shown
    assert "100%" in shown
    assert "COMPLETED" in shown


def test_a_person_is_asked_on_a_terminal(stack_file: str, site: str) -> None:
    with _on_a_terminal("--stack", stack_file, "sites", "delete", site, "--wait") as screen:
        screen.until("Delete Corner Shop (DEV, ACTIVE, https://corner-shop.wpdev.bbws.io)? [y/N]: ")
        screen.type("y\n")
        status, shown = screen.end()

    assert status == 0
    assert "SITE_DELETION" in shown


def test_ctrl_c_leaves_the_operation_alone_and_says_so(
    stack_file: str, backstage: Backstage
) -> None:
    backstage.stop(PROCESSOR)
    command = ("--stack", stack_file, "sites", "create", "my-shop", "--name", "My Shop", "--wait")
    with _on_a_terminal(*command) as screen:
        screen.until("0%")
        screen.type("\x03")
        status, shown = screen.end()

    assert status == 1
    assert re.search(r"It goes on; watch it: bbws operations watch op-[0-9a-f-]+", shown)
    assert "Aborted!" in shown
    assert "Traceback" not in shown


def test_a_narrow_terminal_shows_blocks_with_nothing_cut(
    bbws: Bbws, stack_file: str, site: str
) -> None:
    with _on_a_terminal("--stack", stack_file, "sites", "list", columns=80) as screen:
        narrow = screen.end()[1]
    with _on_a_terminal("--stack", stack_file, "sites", "list", columns=160) as screen:
        wide = screen.end()[1]

    assert len(wide.splitlines()) == 2
    lines = re.sub(r"\x1b\[[0-9;]*m", "", narrow).splitlines()
    assert [line.split()[0] for line in lines] == [
        "siteId", "siteName", "environment", "status", "url"
    ]  # fmt: skip
    assert lines[0].endswith(site)
    assert lines[4].endswith("https://corner-shop.wpdev.bbws.io")


@pytest.mark.parametrize("kind", ["dumb", "unknown"])
def test_a_dumb_terminal_shows_lines_with_nothing_cut(
    stack_file: str, site: str, kind: str
) -> None:
    subdomain = "a-shop-whose-address-is-longer-than-its-line"
    command = ("--stack", stack_file, "sites", "clone", site, subdomain, "--name", "Long", "--wait")
    with _on_a_terminal(*command, kind=kind) as screen:
        status, shown = screen.end()
    with _on_a_terminal("--stack", stack_file, "sites", "get", site, kind=kind) as screen:
        got = screen.end()[1]

    assert status == 0
    assert f" https://{subdomain}.wpdev.bbws.io\r\n" in shown.partition("100 %  ")[2]
    assert f"{site}\r\n" in got
    assert "…" not in shown + got


def test_blocks_of_a_narrow_terminal_are_apart(bbws: Bbws) -> None:
    result = bbws("plugins", "list", "--limit", "2", TTY_COMPATIBLE="1", COLUMNS="40")

    first, second = result.stdout.split("\n\n")
    assert len(first.splitlines()) == len(second.splitlines()) == 5


def _commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from _commands(command, *path, name)


@pytest.mark.parametrize("path", list(_commands(main)), ids=" ".join)
def test_every_command_explains_itself(run: Bbws, path: tuple[str, ...]) -> None:
    result = run(*path, "--help")

    assert result.exit_code == 0
    if path[0] == "audit" or len(path) == 2:
        assert f"Examples:\n    bbws {' '.join(path)}" in result.stdout
        assert "--output [table|json]" in result.stdout


def test_a_wrong_command_is_wrong_usage(run: Bbws) -> None:
    assert run("sites", "crate").exit_code == 2
    assert run().exit_code == 2
    assert run("--version").stdout.startswith("bbws, version ")
