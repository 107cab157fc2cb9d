"""PHP dies before each statement that a job writes, one after the other; the retry always ends it rightly."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from bbws_local.realwordpress import RealWordPress
from bbws_local.realwordpress.container import RealContainers
from bbws_local.wordpress import SimulatorServer
from bbws_shared.wordpress import Batch, WordPressSite
from bbws_shared.wordpress_transport import WordPressError
from wordpress import large
from wordpress.conftest import TENANTS, WordPress
from wordpress.store import ObjectStore

pytestmark = pytest.mark.timeout(300)
POSTS = ({"title": "Hake", "content": "Fresh"}, {"title": "Sole", "content": "Fresh"})


@pytest.fixture
def content(real: RealWordPress) -> Iterator[Path]:
    """The folder of the tenant's content, in which PHP finds when it has to die."""
    folder = real.folder / "content/tenant-a"
    plugin = folder / "mu-plugins/crash.php"
    shutil.copy(Path(__file__).with_name("crash.php"), plugin)
    yield folder
    plugin.unlink()
    (folder / "crash-at").unlink(missing_ok=True)


@pytest.fixture
def wordpress(real: RealWordPress, store: ObjectStore) -> Iterator[WordPress]:
    with SimulatorServer(TENANTS, containers=RealContainers(real.port)) as server:
        yield WordPress("real", server.url, store, real)


def _ended(
    real: RealWordPress, content: Path, crash_at: int, call: Callable[[str | None], Batch]
) -> bool:
    """Carry a job out to its end, with a crash before its n-th writing statement; whether it came to that."""
    countdown = content / "crash-at"
    countdown.write_text(str(crash_at))
    cursor, crashes = None, 0
    for _ in range(200):
        try:
            batch = call(cursor)
        except (WordPressError, requests.RequestException):
            assert not countdown.exists(), "it failed of itself"
            assert crashes == 0, "it does not go on after a crash"
            crashes += 1
            real.crash()
            continue
        cursor = batch.cursor
        if batch.done:
            countdown.unlink(missing_ok=True)
            return crashes > 0
    raise AssertionError("the job does not come to an end")


def _at_every_statement(crashed_at: Callable[[int], bool]) -> int:
    """Go on with later and later crashes until a job ends before its crash; how many there were."""
    number = 1
    while crashed_at(number):
        number += 1
    return number - 1


@pytest.fixture
def site(wordpress: WordPress, real: RealWordPress) -> WordPressSite:
    made = wordpress.new_site("source")
    wordpress.give_content(made, *POSTS)
    folder = real.folder / f"content/tenant-a/uploads/sites/{made.id}/2026"
    folder.mkdir(parents=True)
    (folder / "hake.txt").write_text("a picture of a hake")
    return made


def test_a_copy(
    wordpress: WordPress, real: RealWordPress, content: Path, site: WordPressSite
) -> None:
    client, target = wordpress.client(), wordpress.new_site("target")

    def crashed_at(number: int) -> bool:
        copy_id = uuid4().hex
        came_to_it = _ended(
            real, content, number, lambda c: client.copy_site(site.id, copy_id, target.id, c)
        )
        assert large.count(real, target, "post_status = 'publish'") == len(POSTS), number
        assert large.uploads_of(real, target) == large.uploads_of(real, site), number
        assert large.leftovers(real, target, f"copies {copy_id}") == [], number
        return came_to_it

    assert _at_every_statement(crashed_at) > 20
    assert wordpress.visit(target).status_code == 200


def test_a_restore(
    wordpress: WordPress, real: RealWordPress, content: Path, site: WordPressSite
) -> None:
    client = wordpress.client()
    wordpress.visit(site)
    url, backup = wordpress.back_up(site)
    before = large.uploads_of(real, site)

    def crashed_at(number: int) -> bool:
        real.database.execute(f"DELETE FROM wp_tenant_a.wp_{site.id}_posts")
        restore_id = uuid4().hex
        came_to_it = _ended(
            real,
            content,
            number,
            lambda c: client.restore(site.id, restore_id, url, backup.sha256 or "", c),
        )
        assert large.count(real, site, "post_status = 'publish'") == len(POSTS), number
        assert large.uploads_of(real, site) == before, number
        assert large.leftovers(real, site, f"restores {restore_id}") == [], number
        return came_to_it

    assert _at_every_statement(crashed_at) > 20
    assert wordpress.back_up(site)[1].sha256 == backup.sha256


def test_an_import(
    wordpress: WordPress, real: RealWordPress, content: Path, site: WordPressSite
) -> None:
    client = wordpress.client()

    def crashed_at(number: int) -> bool:
        titles = [f"First {number}", f"Second {number}"]
        posts = [{"title": title, "content": "x"} for title in titles]
        address, sha256 = wordpress.package(*posts)
        import_id = uuid4().hex
        came_to_it = _ended(
            real,
            content,
            number,
            lambda c: client.import_content(site.id, import_id, address, sha256, c),
        )
        assert large.titles(real, site) == titles
        return came_to_it

    assert _at_every_statement(crashed_at) > 10
