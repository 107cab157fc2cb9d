"""Addresses are rewritten wherever they stand, also in serialised values, and nothing else is."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bbws_local.realwordpress import lacking
from bbws_local.realwordpress.machine import program

ROOT: Final = Path(__file__).resolve().parents[2]
PLUGIN: Final = ROOT / "shared/wordpress/mu-plugins/bbws-site-management"
FROM, TO = "my-shop.wpdev.bbws.io", "the-other-shop.wpsit.bbws.io"
FROM_ID, TO_ID = 7, 12


class Rewriter:
    """PHP, asked line by line."""

    def __init__(self) -> None:
        script = str(Path(__file__).with_name("rewrite.php"))
        arguments = [str(PLUGIN), FROM, TO, str(FROM_ID), str(TO_ID)]
        self._php = subprocess.Popen(
            [program("php"), script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, case: dict[str, Any]) -> Any:
        """What came of a case."""
        assert self._php.stdin is not None
        assert self._php.stdout is not None
        self._php.stdin.write(json.dumps(case) + "\n")
        self._php.stdin.flush()
        return json.loads(self._php.stdout.readline())

    def stop(self) -> None:
        """End it."""
        self._php.communicate(timeout=10)


@pytest.fixture(scope="module")
def rewriter() -> Iterator[Rewriter]:
    if "php-cli" in lacking():
        pytest.fail("PHP is not installed: apt-get install php-cli")
    running = Rewriter()
    yield running
    running.stop()


# Texts between which an address stands, and which are no part of a host's name.
around = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(lambda t: f" {t} ")
address = st.sampled_from(
    ["https://{}", "//{}/a?b=c", "http:\\/\\/{}\\/x", "https%3A%2F%2F{}%2Fx", "{}", "info@{}"]
)
uploads = st.sampled_from(["/uploads/sites/{}/2026/a.png", "\\/uploads\\/sites\\/{}\\/b.png"])
piece = st.one_of(
    around.map(lambda text: (text, text)),
    address.map(lambda form: (form.format(FROM), form.format(TO))),
    uploads.map(lambda form: (form.format(FROM_ID), form.format(TO_ID))),
)
text = st.lists(piece, max_size=4).map(
    lambda pieces: (" ".join(old for old, _ in pieces), " ".join(new for _, new in pieces))
)
same = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
).map(lambda value: (value, value))
names = st.text("abcdefgh_", min_size=1, max_size=6).filter(
    lambda name: name not in ("object", "serialised")
)


def _containers(inner: st.SearchStrategy[tuple[Any, Any]]) -> st.SearchStrategy[tuple[Any, Any]]:
    members = st.dictionaries(names, inner, max_size=4)
    split = members.map(
        lambda found: tuple({key: pair[side] for key, pair in found.items()} for side in (0, 1))
    )
    lists = st.lists(inner, max_size=4).map(
        lambda found: ([old for old, _ in found], [new for _, new in found])
    )
    wrapped = st.sampled_from(["object", "serialised"])
    objects = st.tuples(wrapped, split).map(
        lambda found: ({found[0]: found[1][0]}, {found[0]: found[1][1]})
    )
    return st.one_of(split, lists, objects)


values = st.recursive(st.one_of(text, same), _containers, max_leaves=12)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values)
def test_a_serialised_value_is_the_one_that_has_the_new_address(
    rewriter: Rewriter, pair: tuple[Any, Any]
) -> None:
    value, expected = pair
    assert rewriter.ask({"value": value, "expected": expected}) is True


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text)
def test_a_text_has_the_new_address_and_is_else_what_it_was(
    rewriter: Rewriter, pair: tuple[str, str]
) -> None:
    assert rewriter.ask({"text": pair[0]}) == pair[1]


@pytest.mark.parametrize(
    "kept",
    [
        f"https://also-{FROM}/",
        f"https://www.{FROM}/",
        f"https://{FROM}.example/",
        f"https://{FROM}-2/",
        f"/uploads/sites/{FROM_ID}0/a.png",
        f"/uploads/sites/1{FROM_ID}/a.png",
        f'a:1:{{i:0;s:999:"{FROM_ID}";}}',
    ],
)
def test_what_only_looks_like_the_address_stays(rewriter: Rewriter, kept: str) -> None:
    assert rewriter.ask({"text": kept}) == kept


@pytest.mark.parametrize(
    "form",
    [
        "return=https%3A%2F%2F{}%2Fcart&x=1",
        "\\u003e{}\\u003c",
        "first line\\n{}",
        "HTTPS://{}/",
        'a:1:{{i:0;s:999:"{}";}}',
    ],
)
def test_every_form_in_which_an_address_is_written_is_known(rewriter: Rewriter, form: str) -> None:
    old = form.format(FROM.upper() if form.startswith("HTTPS") else FROM)
    assert rewriter.ask({"text": old}) == form.format(TO)


@pytest.mark.parametrize(("before", "behind"), [("", "\n"), (" ", ""), ("\t\r\n", " \0")])
def test_a_serialised_value_with_white_space_around_it_stays_one(
    rewriter: Rewriter, before: str, behind: str
) -> None:
    form = 'a:1:{{i:0;s:{}:"{}";}}'
    old, new = (before + form.format(len(host), host) + behind for host in (FROM, TO))
    assert rewriter.ask({"text": old}) == new
    nested = 'a:1:{{i:0;s:{}:"{}";}}'
    assert rewriter.ask({"text": nested.format(len(old), old)}) == nested.format(len(new), new)
