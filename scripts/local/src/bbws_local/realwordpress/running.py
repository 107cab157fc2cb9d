"""WordPress for as long as somebody needs it."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bbws_local.serving import LOOPBACK, free_port
from bbws_local.wordpress import Tenant

from .database import Database
from .installation import Say, install
from .machine import LackingError, lacking, program

_WORKERS: Final = 6
_SECONDS: Final = 30
_SETTINGS: Final = {
    "sendmail_path": "/bin/true",
    "memory_limit": "128M",
    "upload_max_filesize": "64M",
    "max_execution_time": "120",
}


class RealWordPress:
    """The containers of all tenants behind one port, which `X-Tenant-Id` or the host chooses between.

    Attributes:
        port: Where it serves, on the loopback interface.
        database: Its MariaDB.
        folder: Its files: `core`, `content/{tenantId}`, `php.log`.
    """

    def __init__(
        self,
        folder: Path,
        tenants: Iterable[Tenant],
        say: Say = lambda _: None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Install what is not installed yet, and start.

        Raises:
            LackingError: the machine lacks packages.
            DatabaseBroken, InstallationFailed: as they say.
        """
        missing = lacking()
        if missing:
            raise LackingError(missing)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.database = Database(folder)
        say("MariaDB is up")
        try:
            core = install(folder, self.database, tenants, say)
            self.port = free_port()
            self._core, self._environment = core, dict(environment or {})
            self._process = self._serve()
            self._wait()
        except BaseException:
            self.database.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def crash(self) -> None:
        """`kill -9` whatever PHP is doing, and start it again: a container that died."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = self._serve()
        self._wait()

    def stop(self) -> None:
        """End PHP with its workers, then MariaDB."""
        # Workers do not end with the process that made them; they are one group.
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self.database.stop()

    def _serve(self) -> "subprocess.Popen[bytes]":
        settings = [part for name, value in _SETTINGS.items() for part in ("-d", f"{name}={value}")]
        command = [program("php"), *settings, "-S", f"{LOOPBACK}:{self.port}"]
        with (self.folder / "php.log").open("ab") as log:
            return subprocess.Popen(
                [*command, "-t", str(self._core), str(self._core / "router.php")],
                stdout=log,
                stderr=log,
                env={**os.environ, "PHP_CLI_SERVER_WORKERS": str(_WORKERS), **self._environment},
                start_new_session=True,
            )

    def _wait(self) -> None:
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                # The workers of one that was killed hold its port until each of them is gone.
                time.sleep(0.1)
                self._process = self._serve()
            connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=10)
            try:
                connection.request("GET", "/", headers={"Host": "nobody.invalid"})
                connection.getresponse().read()
            except OSError:
                time.sleep(0.05)
            else:
                return
            finally:
                connection.close()
        raise TimeoutError(f"PHP does not come up; see {self.folder / 'php.log'}")
