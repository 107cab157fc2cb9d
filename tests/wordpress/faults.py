"""What goes wrong in real WordPress, as `faults.php` does it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bbws_local.realwordpress import RealWordPress

_MARKS = ("faults.json", "held", "go")


class Faults:
    """The faults of the first tenant's WordPress."""

    def __init__(self, real: RealWordPress) -> None:
        self._content = real.folder / "content/tenant-a"

    def order(self, **faults: str | int) -> None:
        """Let these go wrong from now on, and no others: `query`, `kill`, `bytes`, `rename`, `hold`."""
        (self._content / "faults.json").write_text(json.dumps(faults))

    @property
    def ordered(self) -> dict[str, str | int]:
        """Those that have not happened yet."""
        found: dict[str, str | int] = json.loads((self._content / "faults.json").read_text())
        return found

    @property
    def is_held(self) -> bool:
        """Whether a request waits at the hook."""
        return (self._content / "held").exists()

    def go(self) -> None:
        """Let it go on."""
        (self._content / "go").touch()


@contextmanager
def installed(real: RealWordPress) -> Iterator[Faults]:
    """The faults, for as long as somebody needs them."""
    content = real.folder / "content/tenant-a"
    plugin = content / "mu-plugins/faults.php"
    shutil.copy(Path(__file__).with_name("faults.php"), plugin)
    try:
        yield Faults(real)
    finally:
        plugin.unlink()
        for mark in _MARKS:
            (content / mark).unlink(missing_ok=True)
