"""Copies, backups, restores and imports: in batches, to be called again, and right in the end."""

import base64
import json
import os
from threading import Event
from typing import Any
from uuid import uuid4

import pytest

from bbws_local.realwordpress import RealWordPress
from bbws_local.wordpress import ThemePackage
from bbws_shared.wordpress import Batch
from bbws_shared.wordpress_transport import WordPressRefused, WordPressUnavailable
from wordpress.conftest import WordPress, to_the_end

HELLO = {"title": "Fresh today", "content": "<p>Hake and sole.</p>", "type": "post"}
ABOUT = {"title": "About us", "content": "<p>Since 1960.</p>", "type": "page"}


def test_content_is_replaced_by_that_of_a_package(wordpress: WordPress) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    wordpress.give_content(site, HELLO, ABOUT)
    content = client.get_site(site.id).content
    assert (content.posts, content.pages) == (1, 1)
    assert "Fresh today" in wordpress.visit(site).text
    wordpress.give_content(site, {**HELLO, "title": "Closed"})
    content = client.get_site(site.id).content
    assert (content.posts, content.pages) == (1, 0)
    page = wordpress.visit(site).text
    assert "Closed" in page
    assert "Fresh today" not in page


def test_an_import_that_is_repeated_imports_once(wordpress: WordPress) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    url, sha256 = wordpress.put(json.dumps({"posts": [HELLO] * 3}).encode())
    import_id = uuid4().hex
    for _ in range(2):
        to_the_end(lambda cursor: client.import_content(site.id, import_id, url, sha256, cursor))
        assert client.get_site(site.id).content.posts == 3


@pytest.mark.parametrize("content", [b"no json", b"[]", b'{"posts": 3}', b'{"posts": [{"a": 1}]}'])
def test_what_is_no_content_package_changes_nothing(wordpress: WordPress, content: bytes) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    url, sha256 = wordpress.put(content)
    import_id = uuid4().hex
    with pytest.raises(WordPressRefused) as refusal:
        to_the_end(lambda c: client.import_content(site.id, import_id, url, sha256, c))
    assert (refusal.value.status, refusal.value.code) == (422, "bbws_invalid_package")
    assert client.get_site(site.id).content.is_empty


def test_a_copy_has_the_content_under_its_own_address(wordpress: WordPress) -> None:
    source, target = wordpress.new_site("source"), wordpress.new_site("target")
    client = wordpress.client()
    link = {**HELLO, "content": f'<a href="https://{source.domain}/menu">Menu</a>'}
    wordpress.set_theme(source, ThemePackage("whole-posts", "1.0.0"))
    wordpress.give_content(source, link, ABOUT)
    client.update_site(source.id, {"title": "The Source"})
    copy_id = uuid4().hex
    for _ in range(2):
        to_the_end(lambda cursor: client.copy_site(source.id, copy_id, target.id, cursor))
    copied = client.get_site(target.id)
    assert (copied.content.posts, copied.content.pages) == (1, 1)
    assert copied.url == target.url
    page = wordpress.visit(target).text
    assert f"https://{target.domain}/menu" in page
    assert source.domain not in page
    assert "The Source" in page
    assert f"https://{source.domain}/menu" in wordpress.visit(source).text


def test_a_restore_brings_back_what_was_backed_up_byte_by_byte(wordpress: WordPress) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    wordpress.give_content(site, HELLO)
    # Core writes down its widgets' defaults at a site's first visit.
    wordpress.visit(site)
    url, backup = wordpress.back_up(site)
    archive = wordpress.store.objects[url.removeprefix(wordpress.store.url)]
    assert (backup.bytes, len(backup.sha256 or "")) == (len(archive), 64)
    wordpress.give_content(site, {**HELLO, "title": "Ruined"})
    client.update_site(site.id, {"title": "Ruined"})
    restore_id = uuid4().hex
    for _ in range(2):
        to_the_end(
            lambda cursor: client.restore(site.id, restore_id, url, backup.sha256 or "", cursor)
        )
    page = wordpress.visit(site).text
    assert "Fresh today" in page
    assert "Ruined" not in page
    assert wordpress.back_up(site)[1].sha256 == backup.sha256


def test_a_backup_of_which_a_half_read_file_is_deleted_has_the_next_one_whole(
    genuine: WordPress, real: RealWordPress
) -> None:
    site, client = genuine.new_site(), genuine.client()
    folder = real.folder / f"content/tenant-a/uploads/sites/{site.id}"
    folder.mkdir(parents=True)
    # Bytes that do not compress: a piece of one mebibyte takes its time.
    (folder / "a.bin").write_bytes(os.urandom(12 * 1024 * 1024))
    (folder / "b.bin").write_bytes(os.urandom(3 * 1024 * 1024))
    whole = (folder / "b.bin").read_bytes()
    backup_id = uuid4().hex
    url = f"{genuine.store.url}/{backup_id}"

    def back_up(cursor: str | None) -> Batch:
        return client.back_up(site.id, backup_id, url, cursor)

    batch = back_up(None)
    while not _place(batch).get("from"):
        batch = back_up(batch.cursor)
    (folder / "a.bin").unlink()
    while not batch.done:
        batch = back_up(batch.cursor)
    sha256, restore_id = batch.sha256 or "", uuid4().hex
    to_the_end(lambda cursor: client.restore(site.id, restore_id, url, sha256, cursor))
    assert (folder / "b.bin").read_bytes() == whole


def _place(batch: Batch) -> dict[str, Any]:
    """Where a job goes on, which is no business of a caller's."""
    assert batch.cursor is not None, "it did not end within a file"
    place: dict[str, Any] = json.loads(base64.urlsafe_b64decode(batch.cursor.split(".")[0] + "==="))
    return place


def test_an_archive_for_which_the_caller_did_not_wait_is_fetched_once(genuine: WordPress) -> None:
    site, restore_id = genuine.new_site(), uuid4().hex
    genuine.give_content(site, HELLO)
    url, backup = genuine.back_up(site)
    path, store = url.removeprefix(genuine.store.url), genuine.store
    store.held[path] = Event()

    def restore(cursor: str | None, seconds: float = 60) -> Batch:
        client = genuine.client(read_timeout=seconds)
        return client.restore(site.id, restore_id, url, backup.sha256 or "", cursor)

    with pytest.raises(WordPressUnavailable) as failure:
        restore(None, 1)
    assert failure.value.timed_out
    store.held[path].set()
    to_the_end(restore)
    assert store.asked.count(path) == 1
    assert genuine.client().get_site(site.id).content.posts == 1


def test_what_is_not_the_archive_changes_nothing(wordpress: WordPress) -> None:
    site, client = wordpress.new_site(), wordpress.client()
    wordpress.give_content(site, HELLO)
    url, sha256 = wordpress.put(b"no archive")
    for digest, code in (("0" * 64, "bbws_checksum_mismatch"), (sha256, "bbws_invalid_archive")):

        def restore(cursor: str | None, digest: str = digest) -> Batch:
            return client.restore(site.id, f"restore-{digest}", url, digest, cursor)

        with pytest.raises(WordPressRefused) as refusal:
            to_the_end(restore)
        assert (refusal.value.status, refusal.value.code) == (422, code)
    assert client.get_site(site.id).content.posts == 1


def test_a_cursor_and_an_id_belong_to_one_job(wordpress: WordPress) -> None:
    site, other = wordpress.new_site(), wordpress.new_site()
    client, backup_id = wordpress.client(), uuid4().hex
    url = f"{wordpress.store.url}/{backup_id}"
    for wrong in ("nonsense", "bm9uc2Vuc2U.abc"):
        with pytest.raises(WordPressRefused) as refusal:
            client.back_up(site.id, backup_id, url, wrong)
        assert (refusal.value.status, refusal.value.code) == (400, "bbws_invalid_cursor")
    client.back_up(site.id, backup_id, url, None)
    with pytest.raises(WordPressRefused) as refusal:
        client.back_up(other.id, backup_id, url, None)
    assert (refusal.value.status, refusal.value.code) == (409, "bbws_job_conflict")


def test_what_is_done_to_a_site_that_is_not_there_is_refused(wordpress: WordPress) -> None:
    client = wordpress.client()
    for act in (
        lambda: client.back_up(999999, "b", wordpress.store.url, None),
        lambda: client.copy_site(999999, "c", 1, None),
        lambda: client.set_theme(999999, "bistro", wordpress.store.url, "0" * 64),
    ):
        with pytest.raises(WordPressRefused) as refusal:
            act()
        assert (refusal.value.status, refusal.value.code) == (404, "bbws_site_not_found")
