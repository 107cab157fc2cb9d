"""docs/api.md does what it says: its examples run against the local stack, its tests exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from e2e.portal import Portal

from contract.conftest import ROOT
from contract.examples import Shell, examples_of

PAGE: Final = ROOT / "docs" / "api.md"
HELD: Final = "\n## What holds it\n"
METHODS: Final = ("get", "put", "post", "delete")
_TEST: Final = re.compile(r"\[`(test_\w+)`\]\(\.\./([\w./-]+\.py)\)")


@pytest.mark.timeout(600)
def test_the_examples_print_what_the_page_says(portal: Portal, tmp_path: Path) -> None:
    shell = Shell(
        tmp_path,
        {"API": portal.stack.api_url, "TOKEN": portal.token, "TENANT": portal.tenant},
    )
    examples = list(examples_of(PAGE))
    assert examples
    for example in examples:
        printed = shell.run(example)
        if example.expected:
            assert printed == example.expected, f"line {example.line}, {example.heading}"


def test_the_tests_that_the_page_names_exist() -> None:
    named = _TEST.findall(PAGE.read_text())
    assert named
    missing = [
        f"{path}: {name}"
        for name, path in named
        if not re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert not missing


def test_a_test_holds_every_operation_and_every_code(document: dict[str, Any]) -> None:
    operations = {
        content["operationId"]
        for methods in document["paths"].values()
        for method, content in methods.items()
        if method in METHODS
    }
    codes = set(document["components"]["schemas"]["ErrorCode"]["enum"])
    told = {name for promise in _held() for name in re.findall(r"`(\w+)`", promise)}
    assert operations | codes <= told
    # What looks like one of them is one.
    assert {name for name in told if re.fullmatch(r"[A-Z]+_\d{3}", name)} == codes


def test_the_page_explains_every_code(document: dict[str, Any]) -> None:
    explained = PAGE.read_text().split(HELD)[0]
    for code in document["components"]["schemas"]["ErrorCode"]["enum"]:
        assert f"`{code}`" in explained


def _held() -> Iterator[str]:
    """The promises of the last section's tables, each with a test at least."""
    rows = re.findall(r"^\| (.+) \| (.+) \|$", PAGE.read_text().split(HELD)[1], re.MULTILINE)
    for promise, tests in rows:
        if tests != "tests":
            assert _TEST.search(tests), promise
            yield promise
