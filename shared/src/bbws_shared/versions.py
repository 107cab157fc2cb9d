"""Comparing versions as WordPress does, that is, as PHP's `version_compare` does.

PHP manual, "version_compare": `_`, `-` and `+` separate like dots, a change between digits and
letters separates too, and the special forms order as any other < dev < alpha = a < beta = b <
RC = rc < # < pl = p, where # stands for a number. PHP knows a form by how the word begins
(`ext/standard/versioning.c`), so `patch` is a `p`. A version that ends stands where a word would
be compared with #: after every pre-release, before any further number.
"""

import re
from functools import total_ordering
from typing import Final, Self

_PART: Final = re.compile(r"[0-9]+|[A-Za-z]+")
_FORMS: Final = (("dev", 1), ("a", 2), ("b", 3), ("RC", 4), ("rc", 4), ("p", 7))
_OTHER: Final = 0
_NUMBER: Final = 6
_END: Final = (5, 0)


@total_ordering
class Version:
    """A version number of WordPress, PHP or a plugin."""

    def __init__(self, text: str) -> None:
        self.text = text
        # Tuples compare place by place, and the end takes part as the last one.
        self._places = (*map(_place, _PART.findall(text)), _END)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._places == other._places

    def __lt__(self, other: Self) -> bool:
        return self._places < other._places

    def __hash__(self) -> int:
        return hash(self._places)

    def __repr__(self) -> str:
        return f"Version({self.text!r})"


def _place(part: str) -> tuple[int, int]:
    if part.isdigit():
        return _NUMBER, int(part)
    return next((rank for form, rank in _FORMS if part.startswith(form)), _OTHER), 0
