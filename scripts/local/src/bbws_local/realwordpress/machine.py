"""What this machine needs to run WordPress, and what it lacks."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

CORE: Final = Path("/usr/share/wordpress")
"""Where Debian's package lays WordPress."""
# Debian keeps servers where only root's PATH looks.
_FOLDERS: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin"
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


def lacking(folders: str = _FOLDERS) -> list[str]:
    """The Debian packages that are missing, in order; programs are looked for in `folders`."""
    missing = {
        package for name, package in _PROGRAMS.items() if not shutil.which(name, path=folders)
    }
    php = shutil.which("php", path=folders)
    loaded = _extensions(php) if php else set()
    missing |= {package for name, package in _EXTENSIONS.items() if name not in loaded}
    missing |= {package for file, package in _FILES.items() if not file.is_file()}
    return sorted(missing)


def program(name: str) -> str:
    """The path of a program. Raises LackingError."""
    found = shutil.which(name, path=_FOLDERS)
    if found is None:
        raise LackingError(lacking())
    return found


def _extensions(php: str) -> set[str]:
    run = subprocess.run([php, "-m"], capture_output=True, text=True, check=True)
    return {line.strip().lower() for line in run.stdout.splitlines()}
