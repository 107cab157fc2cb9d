"""The shell blocks of a runbook, by the heading they stand under."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HEADING: Final = re.compile(r"^#+ (?P<title>.+?)\s*$")
_FENCE: Final = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\s*$")


@dataclass(frozen=True)
class Block:
    """One fenced block of bash.

    Attributes:
        name: The heading above it, and which one it is below that, if not the first: "Verify #2".
        text: What a person would paste into a shell.
        line: Where it begins, from 1.
    """

    name: str
    text: str
    line: int

    @property
    def is_only_words(self) -> bool:
        """Whether it has no command, only comments for a person."""
        lines = (line.strip() for line in self.text.splitlines())
        return all(not line or line.startswith("#") for line in lines)


def blocks_of(document: Path) -> list[Block]:
    """Every block of bash in a Markdown document, in order; names are unique."""
    counted: Counter[str] = Counter()
    found = []
    for title, text, line in _fences(document.read_text()):
        counted[title] += 1
        number = counted[title]
        found.append(Block(title if number == 1 else f"{title} #{number}", text, line))
    return found


def _fences(text: str) -> Iterator[tuple[str, str, int]]:
    title, began, lines, indent = "", 0, list[str](), 0
    language: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if fence := _FENCE.match(line):
            if language is None:
                language, began, lines = fence["language"], number, []
                indent = len(fence["indent"])
                continue
            if language == "bash":
                yield title, "\n".join(lines) + "\n", began
            language = None
        elif language is not None:
            lines.append(line[indent:] if not line[:indent].strip() else line)
        elif heading := _HEADING.match(line):
            title = heading["title"].replace("`", "")
