"""A MariaDB of our own: its data in our folder, reached by a socket there, gone with us."""

import getpass
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from .machine import program

USER: Final = "wordpress"
_SECONDS: Final = 60
# What a test loses with the machine it did not need.
_FAST: Final = (
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-log-bin",
    "--skip-networking",
    "--innodb-buffer-pool-size=64M",
    "--performance-schema=OFF",
)


class DatabaseBroken(Exception):
    """MariaDB did not come up, or refuses a statement."""


class Database:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        """Start it on the data in `folder`, which it makes at the first start.

        Raises:
            DatabaseBroken: it does not come up.
        """
        self._log = folder / "mariadb.log"
        data = folder / "mariadb"
        # A socket's path has at most 107 bytes (`man 7 unix`); a folder of tests is often longer.
        self._sockets = tempfile.TemporaryDirectory(prefix="bbws-")
        self.socket = Path(self._sockets.name, "db.sock")
        user = f"--user={getpass.getuser()}"
        if not (data / "mysql").is_dir():
            self._install(data, user)
        options = [f"--datadir={data}", f"--socket={self.socket}", user, *_FAST]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program("mariadbd"), "--no-defaults", *options], stdout=log, stderr=log
            )
        self._wait()

    def execute(self, statements: str) -> str:
        """Run SQL as root; what it printed. Raises DatabaseBroken with what MariaDB said."""
        command = [program("mariadb"), "--no-defaults", f"--socket={self.socket}", "-uroot"]
        run = subprocess.run(
            [*command, "--batch", "--skip-column-names", "--default-character-set=utf8mb4"],
            input=statements,
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise DatabaseBroken(run.stderr)
        return run.stdout

    def create(self, name: str) -> None:
        """Make an empty database for our user."""
        self.execute(
            f"DROP DATABASE IF EXISTS `{name}`; CREATE DATABASE `{name}` CHARACTER SET utf8mb4;"
            f"CREATE USER IF NOT EXISTS '{USER}'@'localhost';"
            f"GRANT ALL ON `{name}`.* TO '{USER}'@'localhost';"
        )

    def stop(self) -> None:
        """End it, with everything written."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._sockets.cleanup()

    def _install(self, data: Path, user: str) -> None:
        data.mkdir(parents=True, exist_ok=True)
        command = [program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", user]
        command += ["--auth-root-authentication-method=normal", "--skip-test-db"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        self._log.write_text(run.stdout + run.stderr)
        if run.returncode:
            raise DatabaseBroken(f"MariaDB cannot make its data; see {self._log}")

    def _wait(self) -> None:
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self.execute("SELECT 1")
            except DatabaseBroken:
                time.sleep(0.1)
            else:
                return
        self._process.kill()
        raise DatabaseBroken(f"MariaDB does not come up; see {self._log}")
