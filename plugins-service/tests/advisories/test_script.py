"""scripts/import_vulnerabilities.py: a feed of any size, from a file."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from moto.server import ThreadedMotoServer

from bbws_local.advisory_feed import advisory, write_feed
from bbws_local.measured import Measured, run_measured
from bbws_local.testing import ROOT, STAFF, Account

SCRIPT = ROOT / "scripts" / "import_vulnerabilities.py"
ADVISORY = "848ccbdc-c6f1-480f-a272-cd459706713e"
Run = Callable[..., Measured]


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def account(credentials: None, emulator: str) -> Account:
    """An empty account behind HTTP, for other processes."""
    requests.post(f"{emulator}/moto-api/reset", timeout=10)
    return Account(emulator)


@pytest.fixture
def run(tmp_path: Path, emulator: str, variables: dict[str, str]) -> Run:
    """Runs the script on a feed, which is text, entries, or a path."""

    def start(feed: Any, *options: str, **more: str) -> Measured:
        file = feed if isinstance(feed, Path) else tmp_path / "feed.json"
        if isinstance(feed, list):
            file.write_text(json.dumps({entry["id"]: entry for entry in feed}))
        elif isinstance(feed, bytes):
            file.write_bytes(feed)
        environment = {**os.environ, "AWS_ENDPOINT_URL": emulator, **variables, **more}
        return run_measured([sys.executable, str(SCRIPT), str(file), *options], environment)

    return start


def test_it_imports_tells_and_says_so_and_the_second_time_there_is_nothing_to_do(
    newsroom: Any, catalogue: Any, run: Run
) -> None:
    catalogue.add()
    mine, other = newsroom.install("2.0.5"), newsroom.install("2.1.1", site=2)
    feed = [advisory(ADVISORY, "forms", "2.1.0"), advisory("b", "elsewhere")]
    done = run(feed)
    assert (done.exit_code, done.errors) == (0, "")
    *summary, _, names, row = done.output.splitlines()
    assert [line.split() for line in summary] == [
        ["advisories", "read", "2"],
        ["plugins", "updated", "1"],
        ["installations", "affected", "1"],
    ]
    assert dict(zip(names.split(), row.split(), strict=True)) == {
        **mine,
        "vulnerabilityIds": ADVISORY,
    }
    assert [one["id"] for one in newsroom.known()] == [ADVISORY]
    assert [newsroom.flags(one) for one in (mine, other)] == [[ADVISORY], []]
    (event,) = newsroom.events()
    assert (event["environment"], event["payload"]["siteId"]) == ("dev", mine["siteId"])

    again = run(feed)
    assert again.exit_code == 0
    assert "plugins updated         0" in again.output
    assert (newsroom.events(), newsroom.revision()) == ([], 1)


def test_options_say_where_and_come_before_the_environment(
    newsroom: Any, catalogue: Any, run: Run, emulator: str
) -> None:
    catalogue.add()
    newsroom.install("2.0.5")
    wrong = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "TABLE_NAME": "none", "ENVIRONMENT": "prod"}
    wrong["NOTIFICATION_TOPIC_ARN"] = "arn:aws:sns:af-south-1:123456789012:none"
    options = ["--table", "sites", "--topic-arn", newsroom.topic_arn, "--endpoint-url", emulator]
    done = run([advisory(ADVISORY, "forms", "2.1.0")], *options, "--environment", "sit", **wrong)
    assert (done.exit_code, done.errors) == (0, "")
    assert [event["environment"] for event in newsroom.events()] == ["sit"]


def test_a_dry_run_says_what_would_be_and_nothing_is(
    newsroom: Any, catalogue: Any, run: Run
) -> None:
    catalogue.add()
    mine = newsroom.install("2.0.5")
    before = newsroom.account.items()
    done = run([advisory(ADVISORY, "forms", "2.1.0")], "--dry-run")
    assert done.exit_code == 0
    assert "dry run: nothing was changed" in done.output
    assert mine["siteId"] in done.output
    assert newsroom.account.items() == before
    assert newsroom.events() == []


def test_every_plugin_of_the_catalogue_is_looked_at_anew(
    newsroom: Any, catalogue: Any, run: Run
) -> None:
    catalogue.add()
    newsroom.import_feed(advisory(ADVISORY, "forms", "2.1.0"))
    missed = newsroom.install("2.0.5")
    done = run([advisory("b", "elsewhere")])
    assert "installations affected  0" in done.output, "not by this feed"
    assert newsroom.flags(missed) == [ADVISORY]
    assert len(newsroom.events()) == 1


def test_malformed_entries_are_named_and_the_others_imported(
    newsroom: Any, catalogue: Any, run: Run
) -> None:
    catalogue.add()
    bad = [advisory(f"bad-{number}", "forms", cvss={"score": 11}) for number in range(25)]
    done = run([*bad, advisory(ADVISORY, "forms", "2.1.0")])
    assert done.exit_code == 1
    assert "advisories read         1" in done.output
    lines = done.errors.splitlines()
    assert lines[0].startswith("left out: bad-0: cvss.score (")
    assert (len(lines), lines[-1]) == (21, "left out: 5 more entries")
    assert [one["id"] for one in newsroom.known()] == [ADVISORY]


def test_a_plugin_of_which_too_much_is_known_is_named_and_the_others_updated(
    newsroom: Any, catalogue: Any, run: Run
) -> None:
    catalogue.add()
    catalogue.add("shop")
    many = [advisory(f"{number}", "forms", title="t" * 1000) for number in range(300)]
    done = run([*many, advisory(ADVISORY, "shop", "2.1.0")])
    assert done.exit_code == 1
    assert done.errors.startswith("left out: plugin forms: more is known than its entry can hold")
    assert (len(newsroom.known()), len(newsroom.known("shop"))) == (0, 1)


@pytest.mark.parametrize(
    ("feed", "told"),
    [
        (Path("/nowhere/feed.json"), "No such file or directory"),
        (Path("/"), "Is a directory"),
        (b"", "it must be one JSON object"),
        (b"<html>", "it must be one JSON object"),
        (b'[{"id": "a"}]', "it must be one JSON object"),
        (b'{"error": "No such key."}', "this is no feed: 'error' is not an advisory"),
        (b'{"error": {"code": 403}}', "this is no feed: error: id (Field required)"),
        (b'{\n  "a": {},\n  "b": nope}', "invalid JSON at line 3, column 9: lexical error"),
        (b'{"a": {"title": "\xff"}}', "invalid JSON at line 1, column 18: lexical error"),
        (b'{"a": {}}\n\n', ""),
    ],
)
def test_what_is_no_feed_is_told_with_the_reason_and_the_place(
    run: Run, feed: Any, told: str
) -> None:
    done = run(feed)
    assert (done.exit_code, done.output) == (2, "")
    assert done.errors.startswith("error: ")
    assert done.errors.count("\n") == 0
    assert told in done.errors


def test_of_a_feed_that_was_cut_off_nothing_is_imported(
    newsroom: Any, catalogue: Any, run: Run, tmp_path: Path
) -> None:
    catalogue.add("forms")
    feed = tmp_path / "cut.json"
    size = write_feed(feed, 60, ["forms"])
    feed.write_bytes(feed.read_bytes()[: size - 100])
    done = run(feed)
    assert done.exit_code == 2
    assert f"invalid JSON at line 1, column {size - 99}: parse error: premature EOF" in done.errors
    assert newsroom.known() == []


def test_the_place_of_an_error_far_into_a_feed_is_exact(run: Run, tmp_path: Path) -> None:
    feed = tmp_path / "broken.json"
    write_feed(feed, 60)
    lines = feed.read_bytes().replace(b'},"0', b'},\n"0').split(b"\n")
    lines[57] = lines[57].replace(b'"cve_link":', b'"cve_link";', 1)
    column = lines[57].index(b";") + 1
    feed.write_bytes(b"\n".join(lines))
    done = run(feed)
    assert f"invalid JSON at line 58, column {column}: " in done.errors


def test_what_aws_refuses_is_told_and_the_import_can_be_repeated(
    newsroom: Any, catalogue: Any, run: Run
) -> None:
    catalogue.add()
    newsroom.install("2.0.5")
    feed = [advisory(ADVISORY, "forms", "2.1.0")]
    gone = newsroom.topic_arn.replace("notifications", "gone")
    for options in (["--table", "none"], ["--topic-arn", gone]):
        refused = run(feed, *options)
        assert (refused.exit_code, refused.output) == (1, "")
        assert refused.errors.startswith("error: An error occurred (")
        assert refused.errors.endswith("\nThe import can be repeated.")
    assert run(feed).exit_code == 0
    assert len(newsroom.events()) == 1


def test_without_a_topic_nothing_is_begun(catalogue: Any, variables: Any, run: Run) -> None:
    del variables["NOTIFICATION_TOPIC_ARN"]
    done = run([advisory(ADVISORY, "forms")])
    assert done.exit_code == 2
    assert "--topic-arn" in done.errors


def test_it_is_a_program_that_explains_itself() -> None:
    done = subprocess.run([str(SCRIPT), "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for word in ("FILE", "--dry-run", "--topic-arn", "AWS_ENDPOINT_URL", "exit status"):
        assert word in done.stdout


def test_the_memory_does_not_grow_with_the_feed(
    newsroom: Any, catalogue: Any, run: Run, tmp_path: Path
) -> None:
    catalogue.add()
    size = write_feed(tmp_path / "large.json", 6_000, ["forms"]) / 1e6
    assert size > 20
    small = run([advisory(ADVISORY, "forms")])
    large = run(tmp_path / "large.json")
    assert "advisories read         6000" in large.output
    assert large.megabytes - small.megabytes < size / 2
    assert large.megabytes < 150
    assert newsroom.api.get("/v1.0/plugins/forms", caller=STAFF).status == 200
