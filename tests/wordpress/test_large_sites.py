"""Large sites on real WordPress: copied whole, with flat memory, and right after any crash."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import requests

from bbws_local.realwordpress import RealWordPress
from bbws_local.realwordpress.container import RealContainers
from bbws_local.wordpress import SimulatorServer
from bbws_shared.wordpress import Batch, WordPressSite
from bbws_shared.wordpress_transport import WordPressError
from wordpress import large, people
from wordpress.conftest import TENANTS, WordPress
from wordpress.store import ObjectStore

MEBIBYTE = 1024 * 1024
CRASHES = 4
MEMBERS = 600


@pytest.fixture
def peaks() -> list[int]:
    """The most memory that PHP has used for each answer, in bytes."""
    return []


@pytest.fixture
def wordpress(real: RealWordPress, store: ObjectStore, peaks: list[int]) -> Iterator[WordPress]:
    """Real WordPress alone."""

    class Watched(RealContainers):
        def answer(self, request):  # type: ignore[no-untyped-def]
            response = super().answer(request)
            peaks.append(int(response.headers.get("X-Peak-Memory", 0)))
            return response

    with SimulatorServer(TENANTS, containers=Watched(real.port)) as server:
        yield WordPress("real", server.url, store, real)


@pytest.fixture
def large_site(wordpress: WordPress, real: RealWordPress) -> WordPressSite:
    site = wordpress.new_site("large")
    large.fill(real, site)
    return site


def _through_crashes(real: RealWordPress, call: Callable[[str | None], Batch]) -> tuple[Batch, int]:
    """Go on with a job while PHP is killed again and again; its end, and how often it was killed."""
    outcome: list[Batch] = []
    ended = threading.Event()

    def work() -> None:
        cursor = None
        while not ended.is_set():
            try:
                batch = call(cursor)
            except (WordPressError, requests.RequestException):
                time.sleep(0.05)
                continue
            cursor = batch.cursor
            if batch.done:
                outcome.append(batch)
                ended.set()

    worker = threading.Thread(target=work)
    worker.start()
    killed = 0
    while killed < CRASHES and not ended.wait(random.uniform(0.05, 0.5) if killed else 0.05):
        real.crash()
        killed += 1
    worker.join(120)
    ended.set()
    assert outcome, "the job has not ended"
    return outcome[0], killed


def _is_copy(
    real: RealWordPress, source: WordPressSite, target: WordPressSite, copy_id: str
) -> None:
    assert large.count(real, target) == large.count(real, source) > large.POSTS
    assert large.content(real, target) == large.content(real, source)
    assert large.uploads_of(real, target) == large.uploads_of(real, source)
    assert large.tables_with(real, target, source.domain.replace("_", r"\_")) == []
    assert large.leftovers(real, target, f"copies {copy_id}") == []


def test_a_clone_is_whole_has_its_own_address_and_needs_no_memory(
    wordpress: WordPress,
    real: RealWordPress,
    large_site: WordPressSite,
    peaks: list[int],
    tell: Callable[[str], None],
) -> None:
    target, small = wordpress.new_site("clone"), wordpress.new_site("small")
    client = wordpress.client()
    real.database.execute(
        f"UPDATE wp_tenant_a.wp_{large_site.id}_options SET option_value ="
        f" 'see {large_site.domain}' WHERE option_name = 'plain'"
    )
    peaks.clear()
    client.copy_site(small.id, uuid4().hex, wordpress.new_site("tiny").id, None)
    least = max(peaks)
    peaks.clear()
    copy_id, began, calls = uuid4().hex, time.monotonic(), 0
    batch = client.copy_site(large_site.id, copy_id, target.id, None)
    while not batch.done:
        calls += 1
        batch = client.copy_site(large_site.id, copy_id, target.id, batch.cursor)
    tell(
        f"clone of {large.POSTS} posts and {large.UPLOADS} uploads: {time.monotonic() - began:.1f} s,"
        f" {calls + 1} calls, PHP's peak {max(peaks) / MEBIBYTE:.0f} MiB"
        f" (of an empty site {least / MEBIBYTE:.0f} MiB)"
    )
    _is_copy(real, large_site, target, copy_id)
    assert max(peaks) <= least + 8 * MEBIBYTE
    moved = f"https://{target.domain}"
    assert f's:{len(moved)}:"{moved}";' in large.option(real, target, "nested")
    assert moved.replace("/", "\\\\/") in large.option(real, target, "builder")
    assert wordpress.visit(target, f"/wp-content/uploads/sites/{target.id}/2026/11/7.txt").ok


def _held(role: str) -> str:
    """A role as WordPress writes it down."""
    return f'a:1:{{s:{len(role)}:"{role}";b:1;}}'


def test_a_clone_takes_over_many_members_in_several_calls_and_little_memory(
    wordpress: WordPress,
    real: RealWordPress,
    peaks: list[int],
    tell: Callable[[str], None],
) -> None:
    source, target, client = (
        wordpress.new_site("shop"),
        wordpress.new_site("clone"),
        wordpress.client(),
    )
    name = f"u{uuid4().hex[:8]}"
    people.add(real, f"{name}a", MEMBERS, source)
    people.add(real, f"{name}b", 2, source, target, role="editor")
    people.add(real, f"{name}c", 100, target)
    people.add(real, f"{name}d", 1, source, role="no_role_there")
    real.database.execute(
        "UPDATE wp_tenant_a.wp_usermeta SET meta_value = CONCAT('a:2:{s:9:\"moderates\";b:1;', SUBSTR(meta_value, 6))"
        f" WHERE meta_key = 'wp_{source.id}_capabilities' AND meta_value LIKE '%editor%'"
    )
    peaks.clear()
    client.copy_site(
        wordpress.new_site("small").id, uuid4().hex, wordpress.new_site("tiny").id, None
    )
    least = max(peaks)
    peaks.clear()
    copy_id, cursor, counts = uuid4().hex, None, set()
    while not (batch := client.copy_site(source.id, copy_id, target.id, cursor)).done:
        # An answer that was lost: the call before is repeated.
        cursor = batch.cursor if random.random() < 0.7 else cursor
        counts.add(len(people.roles(real, target)))
    tell(
        f"clone of {MEMBERS} members: {len(peaks)} calls, PHP's peak {max(peaks) / MEBIBYTE:.0f} MiB"
        f" (of an empty site {least / MEBIBYTE:.0f} MiB)"
    )
    assert len(counts) > 5, "they were taken over all at once"
    assert max(peaks) <= least + 4 * MEBIBYTE
    roles = {login: role for login, role in people.roles(real, target).items() if name in login}
    of_role = Counter(roles.values())
    # Of three capabilities only the one that is a role of the source is taken for one.
    assert of_role == {_held("author"): MEMBERS, _held("editor"): 2, _held("subscriber"): 1}
    assert f"{name}c1" not in roles
    assert len(people.traces(real, f"{name}c")) == 200


def test_another_host_that_ends_alike_is_left_alone(
    wordpress: WordPress, real: RealWordPress, large_site: WordPressSite
) -> None:
    target = wordpress.new_site("clone")
    copy_id = uuid4().hex
    batch = wordpress.client().copy_site(large_site.id, copy_id, target.id, None)
    while not batch.done:
        batch = wordpress.client().copy_site(large_site.id, copy_id, target.id, batch.cursor)
    plain = large.option(real, target, "plain")
    assert plain == f"see {target.domain}, and my{large_site.domain} is another host"


def test_a_large_site_is_looked_at_and_given_new_content_in_little_memory(
    wordpress: WordPress, large_site: WordPressSite, peaks: list[int]
) -> None:
    client, small = wordpress.client(), wordpress.new_site("small")
    peaks.clear()
    client.get_site(small.id)
    least = max(peaks)
    assert client.get_site(large_site.id).content.posts == large.POSTS
    assert max(peaks) <= least + MEBIBYTE
    wordpress.give_content(large_site, {"title": "The only one", "content": "x"})
    assert client.get_site(large_site.id).content.posts == 1
    assert max(peaks) <= least + 8 * MEBIBYTE


def test_a_site_is_made_once_whenever_php_was_killed(
    wordpress: WordPress, real: RealWordPress
) -> None:
    client, unique = wordpress.client(), uuid4().hex[:10]
    domain, killed = f"crash-{unique}.wpdev.bbws.io", 0
    # A making takes a tenth of a second; each is killed a little later than the one before.
    for milliseconds in range(5, 125, 15):
        crash = threading.Timer(milliseconds / 1000, real.crash)
        crash.start()
        try:
            client.create_site(f"site-{unique}", domain, "Crash", {})
        except (WordPressError, requests.RequestException):
            killed += 1
        crash.join()
    assert killed > 0
    site = client.create_site(f"site-{unique}", domain, "Crash", {})
    assert wordpress.visit(site).status_code == 200
    assert large.sites_at(real, domain) == [site.id]
    assert large.tables_of_no_site(real) == []


@pytest.mark.parametrize("attempt", range(2))
def test_a_clone_is_right_whenever_php_was_killed(
    wordpress: WordPress, real: RealWordPress, large_site: WordPressSite, attempt: int
) -> None:
    target, copy_id = wordpress.new_site("clone"), uuid4().hex
    real.database.execute(
        f"DELETE FROM wp_tenant_a.wp_{large_site.id}_options WHERE option_name = 'plain'"
    )
    client = wordpress.client()
    _, killed = _through_crashes(
        real, lambda cursor: client.copy_site(large_site.id, copy_id, target.id, cursor)
    )
    assert killed > 0
    _is_copy(real, large_site, target, copy_id)


def test_a_backup_and_its_restore_are_right_whenever_php_was_killed(
    wordpress: WordPress, real: RealWordPress, large_site: WordPressSite
) -> None:
    client = wordpress.client()
    wordpress.visit(large_site)
    url, quiet = wordpress.back_up(large_site)
    backup_id, other = uuid4().hex, f"{wordpress.store.url}/{uuid4().hex}"
    crashed, killed = _through_crashes(
        real, lambda cursor: client.back_up(large_site.id, backup_id, other, cursor)
    )
    assert killed > 0
    assert (crashed.sha256, crashed.bytes) == (quiet.sha256, quiet.bytes)

    before = large.uploads_of(real, large_site)
    real.database.execute(f"DELETE FROM wp_tenant_a.wp_{large_site.id}_posts WHERE ID % 3 = 0")
    next(
        iter((real.folder / f"content/tenant-a/uploads/sites/{large_site.id}").rglob("7.txt"))
    ).unlink()
    restore_id = uuid4().hex
    _, killed = _through_crashes(
        real,
        lambda cursor: client.restore(large_site.id, restore_id, url, quiet.sha256 or "", cursor),
    )
    assert killed > 0
    assert large.uploads_of(real, large_site) == before
    assert wordpress.back_up(large_site)[1].sha256 == quiet.sha256
    jobs = (f"backups {backup_id}", f"restores {restore_id}")
    assert large.leftovers(real, large_site, *jobs) == []
