"""Runs a module of this package as a child process that ends with its parent.

`python -m bbws_local.child bbws_local.emulator --port 4566`: the parent keeps the other end of
standard input open. However the parent ends, kill -9 included, the pipe closes and the child ends.
A signal on the parent's death (PR_SET_PDEATHSIG) would fire when the starting *thread* ends.
"""

import os
import runpy
import subprocess
import sys
import threading
from pathlib import Path


def end_with_parent() -> None:
    """Ends this process as soon as standard input is closed at its other end."""
    threading.Thread(target=_wait_for_end_of_input, name="parent-watch", daemon=True).start()


def _wait_for_end_of_input() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)


def start_child(module: str, arguments: list[str], log_file: Path) -> "subprocess.Popen[bytes]":
    """Starts `python -m module arguments` with output to `log_file`; `stdin` is its lifeline."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with log_file.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "bbws_local.child", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            # Ctrl-C reaches the whole foreground group: the parent alone decides when to end.
            start_new_session=True,
        )


def stop_child(process: "subprocess.Popen[bytes]", patience_seconds: float = 3) -> None:
    """Ends a child: SIGTERM, then SIGKILL when it takes longer than `patience_seconds`."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdin:
        process.stdin.close()


if __name__ == "__main__":
    end_with_parent()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
