"""An execution environment: one operating system process that runs one function's handler.

It serves one request at a time, is reused while warm, is killed at the time limit, and whatever way
its process ends the caller gets Lambda's answer for it.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bbws_local.iam.credentials import access_key_id
from bbws_local.runtime_api import EnvironmentGone, Invocation, Outcome, RuntimeApi
from bbws_local.specification import REGION, FunctionSpecification

# The init phase has ten seconds; when it fails Lambda repeats it within the function's own time
# limit (docs "Lambda execution environment lifecycle"). One process gets both spans together.
_INIT_SECONDS = 10
_BOOTSTRAP = Path(__file__).with_name("bootstrap_process.py")

# function name, log stream, line
WriteLog = Callable[[str, str, str], None]


@dataclass(frozen=True)
class Code:
    """Where a function's unpacked ZIP and the runtime client lie."""

    task_root: Path
    runtime_folder: Path


class ExecutionEnvironment:
    """One process; `start`, then `invoke` as often as it stays `alive`, then `stop`."""

    def __init__(self, function: FunctionSpecification, code: Code, write_log: WriteLog) -> None:
        self.function = function
        self.log_stream = f"{datetime.now(UTC):%Y/%m/%d}/[{function.version}]{uuid4().hex}"
        self.state = "starting"
        self.request_id: str | None = None
        self.invocations = 0
        self._code = code
        self._write_log = write_log
        self._api = RuntimeApi()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._gone = False
        self._init_ms: float | None = None
        self._own_output = -1
        self._log_reader: threading.Thread | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        return not self._gone

    def start(self) -> None:
        """Starts the process; its init phase runs while the first invocation waits for it."""
        read_end, self._own_output = os.pipe()
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [
                # Without the virtual environment, which -S alone would still leave on the path.
                getattr(sys, "_base_executable", sys.executable),
                *("-I", "-S", str(_BOOTSTRAP)),
                *(str(self._code.task_root), str(self._code.runtime_folder), self.function.handler),
            ],
            stdin=subprocess.PIPE,
            stdout=self._own_output,
            stderr=subprocess.STDOUT,
            cwd=self._code.task_root,
            env=self._variables(),
            start_new_session=True,
        )
        self._log_reader = threading.Thread(
            target=self._read_log, args=(read_end,), name=f"log-{self.pid}", daemon=True
        )
        self._log_reader.start()
        threading.Thread(
            target=self._watch, args=(self._process,), name=f"watch-{self.pid}", daemon=True
        ).start()

    def invoke(self, request_id: str, payload: bytes, client_context: str | None = None) -> Outcome:
        """Runs the handler once. Raises EnvironmentGone when the process ended without seeing it."""
        self.request_id = request_id
        failure = self._wait_for_init(request_id)
        if failure is not None:
            return failure
        self.state = "busy"
        self._log(f"START RequestId: {request_id} Version: {self.function.version}")
        began = time.monotonic()
        try:
            return self._run(request_id, payload, client_context)
        finally:
            self.invocations += 1
            self._report(request_id, time.monotonic() - began)
            self.request_id = None
            self.state = "idle"

    def stop(self) -> None:
        """Kills the process and waits until its last log line has been handed on."""
        self.kill()
        if self._process:
            self._process.wait()
        if self._log_reader:
            self._log_reader.join(timeout=1)

    def kill(self) -> None:
        """Ends the process at once; a running invocation gets `Runtime.ExitError`."""
        self._gone = True
        if self._process and self._process.poll() is None:
            self._process.kill()

    def _wait_for_init(self, request_id: str) -> Outcome | None:
        limit = _INIT_SECONDS + self.function.timeout_seconds
        try:
            failure = self._api.ready.result(timeout=limit)
        except FutureTimeoutError:
            failure = _error(
                "Sandbox.Timedout", request_id, f"Task timed out after {limit:.2f} seconds"
            )
        if failure is not None:
            self.kill()
        elif self.state == "starting":
            self._init_ms = (time.monotonic() - self._started) * 1000
        return failure

    def _run(self, request_id: str, payload: bytes, client_context: str | None) -> Outcome:
        limit = self.function.timeout_seconds
        invocation = Invocation(
            request_id,
            self.function.arn,
            payload,
            time.time() + limit,
            client_context=client_context,
        )
        with self._lock:
            if self._gone:
                raise EnvironmentGone
            self._api.submit(invocation)
        try:
            return invocation.result.result(timeout=limit)
        except FutureTimeoutError:
            text = f"Task timed out after {limit:.2f} seconds"
            self._log(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {request_id} {text}")
            # Settled before the kill, so that the exit is not what the caller hears of.
            self._api.settle(_error("Sandbox.Timedout", request_id, text))
            self.kill()
            return invocation.result.result()

    def _watch(self, process: "subprocess.Popen[bytes]") -> None:
        status = process.wait()
        request_id = self.request_id or ""
        with self._lock:
            self._gone = True
        outcome = _error("Runtime.ExitError", request_id, _exit_text(status))
        self._api.settle_init(outcome)
        self._api.settle(outcome)
        self._api.close()
        if process.stdin:
            process.stdin.close()
        # The reader sees the end of the output once every writer has closed it, this one included.
        with self._lock:
            os.close(self._own_output)
            self._own_output = -1

    def _read_log(self, read_end: int) -> None:
        with os.fdopen(read_end, "rb") as output:
            for line in output:
                # awslambdaric joins the lines of one error by carriage returns.
                text = line.decode(errors="replace").rstrip("\n").replace("\r", "\n")
                self._write_log(self.function.name, self.log_stream, text)

    def _log(self, line: str) -> None:
        # Through the process's own pipe, so platform lines and the function's keep their order.
        with self._lock:
            if self._own_output >= 0:
                os.write(self._own_output, f"{line}\n".encode())
                return
        self._write_log(self.function.name, self.log_stream, line)

    def _report(self, request_id: str, seconds: float) -> None:
        milliseconds = seconds * 1000
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {milliseconds:.2f} ms",
            f"Billed Duration: {int(milliseconds) + 1} ms",
            f"Memory Size: {self.function.memory_mb} MB",
            f"Max Memory Used: {_peak_memory_mb(self.pid)} MB",
        ]
        if self._init_ms is not None:
            parts.append(f"Init Duration: {self._init_ms:.2f} ms")
            self._init_ms = None
        self._log(f"END RequestId: {request_id}")
        self._log("\t".join(parts))

    def _variables(self) -> dict[str, str]:
        # Docs "Defined runtime environment variables", and the function's own. HOME keeps the
        # SDK from a developer's ~/.aws: on Lambda there is no such folder.
        return {
            **self.function.environment,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "HOME": "/nonexistent",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": access_key_id(self.function.name),
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
            "AWS_LAMBDA_FUNCTION_NAME": self.function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": self.function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.function.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": self.function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "LAMBDA_TASK_ROOT": str(self._code.task_root),
            "LAMBDA_RUNTIME_DIR": str(self._code.runtime_folder),
            "_HANDLER": self.function.handler,
        }


def _error(error_type: str, request_id: str, text: str) -> Outcome:
    message = f"RequestId: {request_id} Error: {text}"
    payload = json.dumps({"errorType": error_type, "errorMessage": message})
    return Outcome(payload.encode(), "Unhandled")


def _exit_text(status: int) -> str:
    if status == 0:
        return "Runtime exited without providing a reason"
    reason = "signal: killed" if status == -9 else f"signal: {-status}"
    return f"Runtime exited with error: {reason if status < 0 else f'exit status {status}'}"


def _peak_memory_mb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(peak.split()[1]) // 1024
