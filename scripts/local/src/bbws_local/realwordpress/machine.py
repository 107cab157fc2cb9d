"""What this machine needs to run WordPress, and what it lacks."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

CORE: Final = Path("/usr/share/wordpress")
"""Where Debian's package lays WordPress."""
_PROGRAMS: Final = {
    "php": "php-cli",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
}
_EXTENSIONS: Final = {
    "mysqli": "php-mysql",
    "curl": "php-curl",
    "dom": "php-xml",
    "mbstring": "php-mbstring",
}
_FILES: Final = {
    CORE / "wp-load.php": "wordpress",
    CORE / "wp-content/themes/twentytwentythree/style.css": "wordpress-theme-twentytwentythree",
}


class LackingError(Exception):
    """The machine lacks packages; says how to get them."""

    def __init__(self, packages: list[str]) -> None:
        super().__init__(
            "a real WordPress needs Debian packages that are not installed; install them with:\n"
            f"  sudo apt-get install --no-install-recommends {' '.join(packages)}"
        )


def lacking() -> list[str]:
    """The Debian packages that are missing, in order."""
    missing = {package for program, package in _PROGRAMS.items() if not _found(program)}
    loaded = _extensions() if _found("php") else set()
    missing |= {package for name, package in _EXTENSIONS.items() if name not in loaded}
    missing |= {package for file, package in _FILES.items() if not file.is_file()}
    return sorted(missing)


def program(name: str) -> str:
    """The path of a program. Raises LackingError."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise LackingError(lacking())
    return found


def _found(name: str) -> bool:
    return bool(shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin"))


def _extensions() -> set[str]:
    run = subprocess.run([program("php"), "-m"], capture_output=True, text=True, check=True)
    return {line.strip().lower() for line in run.stdout.splitlines()}
