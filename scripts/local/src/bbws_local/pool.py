"""All execution environments of one function: warm ones reused, new ones on demand up to a limit."""

import threading
from dataclasses import dataclass
from uuid import uuid4

from bbws_local.environment import Code, ExecutionEnvironment, WriteLog
from bbws_local.runtime_api import EnvironmentGone, Outcome
from bbws_local.specification import FunctionSpecification


class FunctionStopped(Exception):
    """The function was stopped on purpose and takes no requests."""


@dataclass(frozen=True)
class ProcessState:
    """One process of a function, as `GET /functions/{name}/processes` shows it."""

    pid: int
    state: str
    requestId: str | None
    invocations: int


class FunctionPool:
    """Invokes one function; thread safe. Requests beyond `max_processes` wait for a free one."""

    def __init__(self, function: FunctionSpecification, code: Code, write_log: WriteLog) -> None:
        self.function = function
        self._code = code
        self._write_log = write_log
        self._free = threading.Condition()
        self._idle: list[ExecutionEnvironment] = []
        self._all: set[ExecutionEnvironment] = set()
        self._stopped = False

    @property
    def is_stopped(self) -> bool:
        return self._stopped

    def invoke(
        self, payload: bytes, request_id: str | None = None, client_context: str | None = None
    ) -> Outcome:
        """Runs the function once and returns its outcome. Raises FunctionStopped."""
        identifier = request_id or str(uuid4())
        while True:
            environment = self._acquire()
            try:
                return environment.invoke(identifier, payload, client_context)
            except EnvironmentGone:
                continue
            finally:
                self._release(environment)

    def processes(self) -> list[ProcessState]:
        """Every live process, oldest first."""
        with self._free:
            alive = sorted((one for one in self._all if one.alive), key=lambda one: one.log_stream)
        return [ProcessState(one.pid, one.state, one.request_id, one.invocations) for one in alive]

    def stop(self) -> None:
        """Refuses further requests and ends every process."""
        with self._free:
            self._stopped = True
            environments = list(self._all)
            self._all.clear()
            self._idle.clear()
            self._free.notify_all()
        for environment in environments:
            environment.kill()
        for environment in environments:
            environment.stop()

    def start(self) -> None:
        """Takes requests again after `stop`."""
        with self._free:
            self._stopped = False

    def _acquire(self) -> ExecutionEnvironment:
        with self._free:
            while True:
                if self._stopped:
                    raise FunctionStopped(self.function.name)
                self._all = {environment for environment in self._all if environment.alive}
                while self._idle:
                    # The most recently used one is the warmest.
                    environment = self._idle.pop()
                    if environment.alive:
                        return environment
                if len(self._all) < self.function.max_processes:
                    environment = ExecutionEnvironment(self.function, self._code, self._write_log)
                    environment.start()
                    self._all.add(environment)
                    return environment
                self._free.wait()

    def _release(self, environment: ExecutionEnvironment) -> None:
        with self._free:
            if environment.alive and environment in self._all:
                self._idle.append(environment)
            self._free.notify()
