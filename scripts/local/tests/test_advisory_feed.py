"""Feeds for tests and measurements, and what a program took."""

import json
import os
import sys
from pathlib import Path

import pytest

from bbws_local.advisory_feed import advisory, write_feed
from bbws_local.measured import run_measured

REAL_BYTES_PER_ENTRY = 158e6 / 42_000


def test_a_feed_has_as_many_entries_as_asked_for_by_their_ids_and_of_real_length(
    tmp_path: Path,
) -> None:
    file = tmp_path / "feed.json"
    size = write_feed(file, 200, ["forms", "shop"])
    assert size == file.stat().st_size
    assert size / 200 == pytest.approx(REAL_BYTES_PER_ENTRY, rel=0.1)
    feed = json.loads(file.read_text())
    assert [entry["id"] for entry in feed.values()] == list(feed)
    assert len(feed) == 200
    slugs = [entry["software"][0]["slug"] for entry in feed.values()]
    assert (slugs.count("forms"), slugs.count("shop")) == (5, 5)


@pytest.mark.parametrize("count", [0, 1])
def test_a_feed_may_be_small(tmp_path: Path, count: int) -> None:
    file = tmp_path / "feed.json"
    write_feed(file, count)
    assert len(json.loads(file.read_text())) == count


def test_an_entry_says_which_versions_are_affected() -> None:
    (software,) = advisory("a", "forms", "2.0", from_version="1.0", cve=None)["software"]
    (span,) = software["affected_versions"].values()
    assert (span["from_version"], span["to_version"]) == ("1.0", "2.0")


def test_a_programs_memory_is_its_own_and_not_that_of_who_starts_it() -> None:
    ballast = bytearray(b"x" * 200_000_000)
    program = [sys.executable, "-c", "import sys; b = b'x' * int(sys.argv[1]); print('done')"]
    small, large = (run_measured([*program, size], os.environ) for size in ("1", "100000000"))
    assert (small.exit_code, small.output, small.errors) == (0, "done\n", "")
    assert small.megabytes < 100
    assert 90 < large.megabytes - small.megabytes < 110
    assert len(ballast) > 0
    failed = run_measured([sys.executable, "-c", "import sys; sys.exit('no')"], os.environ)
    assert (failed.exit_code, failed.errors) == (1, "no")
    assert failed.seconds > 0
