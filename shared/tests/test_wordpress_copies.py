"""Copying and restoring sites: batch by batch, and again without a second effect."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bbws_local.testing import TENANT
from bbws_local.wordpress import ControlClient
from bbws_shared.wordpress import Batch, WordPressClient, WordPressSite
from bbws_shared.wordpress_transport import WordPressRefused


@pytest.fixture
def archive() -> Iterator[tuple[str, list[bytes]]]:
    """A place where the archive can be put and fetched again."""
    kept: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            kept.append(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(b"")

        def do_GET(self) -> None:
            self._answer(kept[-1])

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/archive", kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shop(client: WordPressClient) -> WordPressSite:
    made = client.create_site("site-1", "shop.wpdev.bbws.io", "Shop", {})
    client.update_site(made.id, {"tagline": "Original"})
    return made


def _tagline(control: ControlClient, site_id: int) -> str:
    sites = control.state(TENANT)["sites"]
    found: str = next(site["tagline"] for site in sites if site["id"] == site_id)
    return found


def _copied(client: WordPressClient, source: int, target: int, copy_id: str) -> Batch:
    batch = client.copy_site(source, copy_id, target, None)
    while not batch.done:
        batch = client.copy_site(source, copy_id, target, batch.cursor)
    return batch


def test_a_copy_goes_on_until_it_is_done_and_is_made_once(
    client: WordPressClient, control: ControlClient, shop: WordPressSite
) -> None:
    target = client.create_site("site-2", "copy.wpdev.bbws.io", "Copy", {})
    for _ in range(2):
        assert _copied(client, shop.id, target.id, "copy-1").progress == 100
    assert _tagline(control, target.id) == "Original"
    assert len(control.effects(TENANT, "site_copied")) == 1


def test_a_copy_onto_a_site_that_is_not_there_is_refused(
    client: WordPressClient, shop: WordPressSite
) -> None:
    with pytest.raises(WordPressRefused) as refusal:
        _copied(client, shop.id, 99, "copy-1")
    assert refusal.value.status == 404


def _backed_up(client: WordPressClient, site_id: int, url: str) -> Batch:
    batch = client.back_up(site_id, "backup-1", url, None)
    while not batch.done:
        batch = client.back_up(site_id, "backup-1", url, batch.cursor)
    return batch


def _restored(client: WordPressClient, site_id: int, url: str, sha256: str) -> Batch:
    batch = client.restore(site_id, "restore-1", url, sha256, None)
    while not batch.done:
        batch = client.restore(site_id, "restore-1", url, sha256, batch.cursor)
    return batch


def test_a_restore_brings_back_what_the_archive_holds(
    client: WordPressClient,
    control: ControlClient,
    shop: WordPressSite,
    archive: tuple[str, list[bytes]],
) -> None:
    url, _ = archive
    backup = _backed_up(client, shop.id, url)
    client.update_site(shop.id, {"tagline": "Worse"})
    for _ in range(2):
        assert _restored(client, shop.id, url, backup.sha256 or "").progress == 100
    assert _tagline(control, shop.id) == "Original"
    assert len(control.effects(TENANT, "site_restored")) == 1


def test_an_archive_of_other_bytes_is_refused(
    client: WordPressClient,
    control: ControlClient,
    shop: WordPressSite,
    archive: tuple[str, list[bytes]],
) -> None:
    url, _ = archive
    _backed_up(client, shop.id, url)
    with pytest.raises(WordPressRefused, match="bbws_checksum_mismatch"):
        _restored(client, shop.id, url, hashlib.sha256(b"other").hexdigest())
    assert control.effects(TENANT, "site_restored") == []
