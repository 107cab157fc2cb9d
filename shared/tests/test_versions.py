"""Versions compare as PHP's `version_compare` compares them, and so ranges hold them."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbws_shared.versions import Version
from bbws_shared.vetting import known_vulnerabilities

_WORDS = ["dev", "alpha", "a", "beta", "b", "RC", "rc", "pl", "p", "patch", "build", "x", "Z"]
VERSIONS = st.lists(
    st.tuples(
        st.sampled_from(["", ".", "-", "_", "+"]),
        st.integers(0, 12).map(str) | st.sampled_from(_WORDS),
    ),
    min_size=1,
    max_size=6,
).map(lambda parts: "".join(a + b for a, b in parts).lstrip("._-+"))

# PHP's own test, ext/standard/tests/versioning/version_compare.phpt: each form against each.
_FORMS = ["-dev", "a1", "b1", "RC1", "", "pl1"]


@pytest.mark.parametrize(("mine", "theirs"), list(product(range(6), repeat=2)))
def test_special_forms_order_as_in_phps_own_test(mine: int, theirs: int) -> None:
    one, other = Version(f"1.0{_FORMS[mine]}"), Version(f"1.0{_FORMS[theirs]}")
    assert (one < other, one == other, one > other) == (
        mine < theirs,
        mine == theirs,
        mine > theirs,
    )


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1", "2"),
        ("2", "10"),
        ("1.0", "1.1"),
        ("1.0.1", "1.2"),
        ("5.9", "5.10"),
        ("6.0", "6.0.0"),
        ("6.0.0", "6.0.1"),
        ("1.9.9", "1.10"),
        ("6.5-RC1", "6.5"),
        ("6.5-beta2", "6.5-RC1"),
        ("6.5-beta2", "6.5-beta10"),
        ("6.5-alpha-57000", "6.5-beta1"),
        ("6.4.3", "6.5-alpha"),
        ("1.0rc1", "1.0"),
        ("1.0", "1.0pl1"),
        ("1.0", "1.0-p1"),
        ("1.0", "1.0-patch1"),
        ("1.0.5", "1.0-pl1"),
        ("1.0-build5", "1.0"),
        ("1.0-final", "1.0-dev"),
        ("1.0-final", "1.0"),
        ("1.0-dev", "1.0-dev1"),
        ("v1.0", "1.0"),
        ("8.0.30", "8.1.0"),
        ("8.1.2-1ubuntu2.14", "8.1.2-2"),
    ],
)
def test_known_pairs_order_as_php_says(older: str, newer: str) -> None:
    assert Version(older) < Version(newer)
    assert Version(newer) > Version(older)
    assert Version(older) != Version(newer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0RC1", "1.0rc1"),
        ("1.0a1", "1.0alpha1"),
        ("1.0-b2", "1.0beta2"),
        ("1.0p1", "1.0pl1"),
        ("1.0-1", "1.0.1"),
        ("1.0+1", "1_0_1"),
        ("1.01", "1.1"),
        ("1.0-final", "1.0-stable"),
        ("1.2(message)", "1.2(message)"),
    ],
)
def test_known_spellings_are_the_same_version(one: str, other: str) -> None:
    assert Version(one) == Version(other)
    assert hash(Version(one)) == hash(Version(other))
    assert not Version(one) < Version(other)
    assert Version(one) >= Version(other)


def test_a_version_is_no_text() -> None:
    assert Version("1.0") != "1.0"
    assert repr(Version("1.0")) == "Version('1.0')"


@given(VERSIONS, VERSIONS)
def test_of_two_versions_exactly_one_relation_holds(one: str, other: str) -> None:
    a, b = Version(one), Version(other)
    assert [a < b, a == b, a > b].count(True) == 1
    assert (a < b) == (b > a)
    assert (a <= b) == (not a > b)
    if a == b:
        assert hash(a) == hash(b)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_the_order_is_transitive(one: str, other: str, third: str) -> None:
    a, b, c = sorted(map(Version, (one, other, third)))
    assert a <= b <= c
    assert a <= c
    if a == b and b == c:
        assert a == c


@given(st.lists(st.integers(0, 99), min_size=1, max_size=5), st.integers(0, 99))
def test_another_number_makes_a_version_newer(numbers: list[int], more: int) -> None:
    text = ".".join(map(str, numbers))
    assert Version(text) < Version(f"{text}.{more}")
    assert Version(f"{text}-rc{more}") < Version(text) < Version(f"{text}-pl{more}")


@given(st.text(max_size=30))
def test_no_text_whatever_makes_it_fail(text: str) -> None:
    assert Version(text) == Version(text)


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        ("[*, 2.0]", ["0", "1.9", "2.0-rc1", "2.0"], ["2.0.0", "2.0-pl1", "2.0.1", "10"]),
        ("[*, 2.0)", ["1.9", "1.10", "2.0-rc1"], ["2.0", "2.0.1"]),
        ("[1.5, *]", ["1.5", "1.5.0", "1.10", "99"], ["1.4.9", "1.5-beta"]),
        ("(1.5, *]", ["1.5.0", "1.5-pl1", "1.6"], ["1.5", "1.5-rc1"]),
        ("[1.5, 1.10]", ["1.5", "1.9", "1.10"], ["1.2", "1.10.1", "1.11"]),
        ("(1.5, 1.10)", ["1.6", "1.10-beta"], ["1.5", "1.10"]),
        ("[1.5, 1.5]", ["1.5"], ["1.5-rc1", "1.5.0"]),
        ("[*, *]", ["0", "dev", "99.9"], []),
        ("(*, *)", ["0", "dev", "99.9"], []),
    ],
)
def test_a_version_is_vulnerable_within_its_range_only(
    span: str, inside: list[str], outside: list[str]
) -> None:
    start, end = span[1:-1].split(", ")
    affected = {
        "fromVersion": start,
        "fromInclusive": span[0] == "[",
        "toVersion": end,
        "toInclusive": span[-1] == "]",
    }
    elsewhere = {**affected, "fromVersion": "1000", "toVersion": "1001"}
    plugin = {"vulnerabilities": [{"id": "one", "affectedVersions": [elsewhere, affected]}]}
    assert [v for v in inside if not known_vulnerabilities(plugin, v)] == []
    assert [v for v in outside if known_vulnerabilities(plugin, v)] == []
    assert known_vulnerabilities({"vulnerabilities": []}, "1.0") == []
