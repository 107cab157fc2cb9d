"""A statement about every resource says why: that AWS has no ARN there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "terraform"
EVERYTHING = re.compile(r'^\s*resources\s*=\s*(\[.*)?"\*"')
BEGINNING = re.compile(r'^\s*(data "aws_iam_policy_document" |statement \{|dynamic "statement")')
COMMENT = re.compile(r"^\s*#(?!checkov)")
SUPPRESSION = re.compile(r"^\s*#checkov:skip=CKV_AWS_(356|111|109):")


@dataclass(frozen=True)
class Place:
    """Where a statement is about every resource, and what is said about it."""

    where: str
    reasons: tuple[str, ...]


def _places(text: str, name: str) -> Iterator[Place]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if EVERYTHING.match(line):
            yield Place(f"{name}:{number + 1}", tuple(_said(lines, number)))


def _said(lines: list[str], number: int) -> Iterator[str]:
    """The comments in the statement up to this line and above it; the suppressions of its document."""
    beginning = number
    while not BEGINNING.match(lines[beginning]):
        beginning -= 1
    yield from filter(COMMENT.match, lines[beginning:number])
    yield from filter(COMMENT.match, takewhile(_is_comment, reversed(lines[:beginning])))
    while not lines[beginning].startswith("data "):
        beginning -= 1
    yield from filter(SUPPRESSION.match, takewhile(_is_comment, lines[beginning + 1 :]))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


FILES = sorted(path for path in ROOT.rglob("*.tf") if ".terraform" not in path.parts)
PLACES = [p for path in FILES for p in _places(path.read_text(), str(path.relative_to(ROOT)))]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.where)
def test_a_statement_about_everything_says_why(place: Place) -> None:
    assert place.reasons


def test_the_roles_of_the_functions_are_among_them() -> None:
    assert {place.where.split(":")[0] for place in PLACES} >= {"modules/function/role.tf"}


def test_a_statement_without_a_reason_would_be_found() -> None:
    said, unsaid = _places(
        'data "aws_iam_policy_document" "one" {\n'
        "  # X-Ray has no ARN for segments.\n"
        "  statement {\n"
        '    actions   = ["xray:PutTraceSegments"]\n'
        '    resources = ["*"]\n'
        "  }\n"
        "\n"
        "  statement {\n"
        '    actions   = ["sqs:SendMessage"]\n'
        '    resources = ["*"]\n'
        "  }\n"
        "}\n",
        "one.tf",
    )
    assert said.reasons
    assert not unsaid.reasons
