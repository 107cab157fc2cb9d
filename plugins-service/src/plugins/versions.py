"""Comparing versions as WordPress does, that is, as PHP's `version_compare` does.

PHP manual, "version_compare": `_`, `-` and `+` separate like dots, a change between digits and
other characters separates too, and the special forms order as any other < dev < alpha = a <
beta = b < RC = rc < # < pl = p, where # stands for a number.
"""

import re
from functools import total_ordering
from itertools import zip_longest
from typing import Final, Self

_PART: Final = re.compile(r"\d+|[^\d.+_-]+")
_ORDER: Final = {"dev": 1, "alpha": 2, "a": 2, "beta": 3, "b": 3, "RC": 4, "rc": 4, "pl": 6, "p": 6}
_OTHER: Final = 0
_NUMBER: Final = 5


@total_ordering
class Version:
    """A version number of WordPress, PHP or a plugin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts = _PART.findall(text.strip())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._compare(other) == 0

    def __lt__(self, other: Self) -> bool:
        return self._compare(other) < 0

    def __hash__(self) -> int:
        return hash(tuple(self._parts))

    def _compare(self, other: "Version") -> int:
        for mine, theirs in zip_longest(self._parts, other._parts):
            order = _compare_parts(mine, theirs)
            if order:
                return order
        return 0


def _compare_parts(mine: str | None, theirs: str | None) -> int:
    if mine is None:
        return -_compare_with_end(theirs or "")
    if theirs is None:
        return _compare_with_end(mine)
    if mine.isdigit() and theirs.isdigit():
        return _sign(int(mine) - int(theirs))
    return _sign(_rank(mine) - _rank(theirs))


def _compare_with_end(part: str) -> int:
    """A number makes a version longer and newer; a word is compared with a number."""
    return 1 if part.isdigit() else _sign(_rank(part) - _NUMBER)


def _rank(part: str) -> int:
    return _NUMBER if part.isdigit() else _ORDER.get(part, _OTHER)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
