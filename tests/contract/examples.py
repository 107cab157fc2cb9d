"""The examples of a Markdown page: its fenced `bash` blocks, run one after the other."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FENCE: Final = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPECTED: Final = re.compile(r"\s# → (.+)$", re.MULTILINE)
_SECONDS: Final = 120


@dataclass(frozen=True)
class Example:
    """A block; `# → text` at the end of one of its lines is a line that it prints."""

    line: int
    heading: str
    script: str

    @property
    def expected(self) -> list[str]:
        """What the block says it prints, line by line."""
        return [text.strip() for text in _EXPECTED.findall(self.script)]


def examples_of(page: Path) -> Iterator[Example]:
    """The blocks of a page in their order."""
    text = page.read_text()
    for found in _FENCE.finditer(text):
        before = text[: found.start()]
        headings = re.findall(r"^#+ (.+)$", before, re.MULTILINE)
        yield Example(before.count("\n") + 2, headings[-1] if headings else "", found[1])


class Shell:
    """Runs examples as one reader would: variables, functions and files stay for the next one."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._state = folder / ".state"
        self._environment = {**os.environ, **variables}
        self._state.write_text("")

    def run(self, example: Example) -> list[str]:
        """The lines that an example prints. AssertionError when one of its commands fails."""
        script = (
            f"set -euo pipefail\nsource {self._state}\nset -a\n{example.script}\n"
            f"set +a\n{{ export -p; declare -f; }} >{self._state}\n"
        )
        run = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        told = (
            f"line {example.line}, {example.heading}:\n{example.script}\n{run.stdout}{run.stderr}"
        )
        assert run.returncode == 0, told
        return [line.strip() for line in run.stdout.splitlines()]
