"""The client's site methods: what each one does in WordPress, once however often it is called."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bbws_local.testing import OTHER_TENANT, TENANT
from bbws_local.wordpress import ControlClient
from bbws_shared.wordpress import WordPressClient, WordPressSite
from bbws_shared.wordpress_transport import (
    WordPressRefused,
    WordPressTransport,
    WordPressUnavailable,
)

_DOMAIN = "shop.wpdev.bbws.io"
_CONFIGURATION = {
    "adminEmail": "owner@shop.example",
    "language": "en_ZA",
    "timezone": "Africa/Johannesburg",
    "title": "Shop",
    "tagline": "All you need",
}


@pytest.fixture
def shop(client: WordPressClient) -> WordPressSite:
    return client.create_site("site-1", _DOMAIN, "Shop", {})


def _effects(control: ControlClient) -> list[str]:
    return [effect["effect"] for effect in control.effects(TENANT)]


def _state(control: ControlClient) -> dict[str, Any]:
    (site,) = control.state(TENANT)["sites"]
    found: dict[str, Any] = site
    return found


def test_a_site_is_created_with_the_options_that_creation_takes(
    client: WordPressClient, control: ControlClient
) -> None:
    site = client.create_site("site-1", _DOMAIN, "Shop", _CONFIGURATION)
    assert (site.external_id, site.domain, site.status) == ("site-1", _DOMAIN, "active")
    assert site.url == f"https://{_DOMAIN}"
    assert site.admin_url.startswith(site.url)
    assert site.wordpress_version
    assert site.php_version
    stored = _state(control)
    assert stored["adminEmail"] == "owner@shop.example"
    assert (stored["language"], stored["timezone"]) == ("en_ZA", "Africa/Johannesburg")
    assert stored["tagline"] != "All you need", "set by update_site"


def test_a_site_created_twice_is_one_site(client: WordPressClient, control: ControlClient) -> None:
    first = client.create_site("site-1", _DOMAIN, "Shop", {})
    assert client.create_site("site-1", _DOMAIN, "Shop", {}) == first
    assert _effects(control) == ["site_created"]


def test_a_domain_of_another_site_is_refused(client: WordPressClient, shop: WordPressSite) -> None:
    with pytest.raises(WordPressRefused) as refusal:
        client.create_site("site-2", _DOMAIN, "Shop", {})
    assert (refusal.value.status, refusal.value.code) == (409, "bbws_domain_taken")
    assert refusal.value.message == "The domain belongs to another site."


def test_an_option_that_wordpress_does_not_know_is_refused(client: WordPressClient) -> None:
    with pytest.raises(WordPressRefused, match="rest_invalid_param") as refusal:
        client.create_site("site-1", _DOMAIN, "Shop", {"timezone": "Mars/Olympus"})
    assert refusal.value.status == 400


def test_a_site_is_found_by_both_its_ids(client: WordPressClient, shop: WordPressSite) -> None:
    assert client.get_site(shop.id) == shop
    assert client.find_site("site-1") == shop


def test_a_site_that_is_not_there_is_none_by_external_id_and_a_refusal_by_blog_id(
    client: WordPressClient,
) -> None:
    assert client.find_site("site-1") is None
    with pytest.raises(WordPressRefused, match="bbws_site_not_found") as refusal:
        client.get_site(99)
    assert refusal.value.status == 404


def test_a_search_that_is_forbidden_is_not_taken_for_none(
    client: WordPressClient, control: ControlClient
) -> None:
    control.add_fault("status", status=403, code="rest_forbidden", message="No.")
    with pytest.raises(WordPressRefused, match="rest_forbidden"):
        client.find_site("site-1")


def test_the_given_options_are_set_and_no_others(
    client: WordPressClient, control: ControlClient, shop: WordPressSite
) -> None:
    client.update_site(shop.id, {"title": "Corner Shop", "tagline": "Open late"})
    stored = _state(control)
    assert (stored["title"], stored["tagline"]) == ("Corner Shop", "Open late")
    assert stored["timezone"] == "UTC"
    client.update_site(shop.id, {"title": "Corner Shop"})
    assert _effects(control) == ["site_created", "site_updated"]


def test_a_site_is_suspended_and_comes_back(
    client: WordPressClient, control: ControlClient, shop: WordPressSite
) -> None:
    for status in ("suspended", "suspended", "active"):
        client.set_site_status(shop.id, status)
        assert client.get_site(shop.id).status == status
    assert _effects(control).count("site_status_changed") == 2


def test_deleting_takes_the_site_and_one_that_is_gone_is_fine(
    client: WordPressClient, control: ControlClient, shop: WordPressSite
) -> None:
    client.delete_site(shop.id)
    client.delete_site(shop.id)
    assert client.find_site("site-1") is None
    assert _effects(control) == ["site_created", "site_deleted"]


def test_a_deletion_that_is_forbidden_is_not_taken_for_done(
    client: WordPressClient, control: ControlClient, shop: WordPressSite
) -> None:
    control.add_fault("status", status=403, code="rest_forbidden", method="DELETE")
    with pytest.raises(WordPressRefused, match="rest_forbidden"):
        client.delete_site(shop.id)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.update_site(99, {"title": "Shop"}),
        lambda client: client.set_site_status(99, "active"),
        lambda client: client.back_up(99, "backup-1", "http://127.0.0.1:9/", None),
        lambda client: client.configure_plugin(99, "hello", {}),
    ],
    ids=["update", "status", "backup", "plugin settings"],
)
def test_what_changes_a_site_that_is_not_there_is_refused(
    client: WordPressClient, call: Callable[[WordPressClient], None]
) -> None:
    with pytest.raises(WordPressRefused, match="bbws_site_not_found"):
        call(client)


def test_another_tenants_sites_are_out_of_sight(
    transport: WordPressTransport, shop: WordPressSite
) -> None:
    stranger = WordPressClient(transport, OTHER_TENANT, "portal-42")
    assert stranger.find_site("site-1") is None
    with pytest.raises(WordPressRefused, match="bbws_site_not_found"):
        stranger.get_site(shop.id)


def test_the_container_says_how_it_is(client: WordPressClient) -> None:
    health = client.health()
    assert (health.database, health.filesystem) == ("ok", "ok")
    assert (health.cron, health.object_cache) == ("ok", "ok")
    assert health.wordpress_version
    assert health.php_version


@pytest.fixture
def bucket() -> Iterator[tuple[str, list[bytes]]]:
    """A place that takes uploads, and what it was given."""
    uploads: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            uploads.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(403 if self.path == "/refused" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", uploads
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_backup_goes_on_at_its_cursor_until_it_is_done(
    client: WordPressClient, shop: WordPressSite, bucket: tuple[str, list[bytes]]
) -> None:
    url, uploads = bucket
    progress, cursor = [], None
    while True:
        batch = client.back_up(shop.id, "backup-1", f"{url}/archive", cursor)
        progress.append(batch.progress)
        if batch.done:
            break
        assert batch.bytes is None
        cursor = batch.cursor
        assert cursor is not None
    assert progress == sorted(set(progress))
    assert progress[-1] == 100
    (archive,) = uploads
    assert batch.bytes == len(archive)
    assert len(batch.sha256 or "") == 64
    assert client.back_up(shop.id, "backup-1", f"{url}/archive", cursor) == batch
    assert len(uploads) == 1


def test_an_upload_that_s3_refuses_may_succeed_later(
    client: WordPressClient, shop: WordPressSite, bucket: tuple[str, list[bytes]]
) -> None:
    url, _ = bucket
    cursor = client.back_up(shop.id, "backup-1", f"{url}/refused", None).cursor
    cursor = client.back_up(shop.id, "backup-1", f"{url}/refused", cursor).cursor
    with pytest.raises(WordPressUnavailable) as failure:
        client.back_up(shop.id, "backup-1", f"{url}/refused", cursor)
    assert failure.value.code == "bbws_upload_failed"


def test_a_cursor_of_another_job_is_refused(client: WordPressClient, shop: WordPressSite) -> None:
    with pytest.raises(WordPressRefused, match="bbws_invalid_cursor"):
        client.back_up(shop.id, "backup-1", "http://127.0.0.1:9/", "uploads")


def test_a_site_of_many_users_is_deleted_by_several_calls(
    client: WordPressClient, control: ControlClient
) -> None:
    site = client.create_site("site-1", "shop.wpdev.bbws.io", "Shop", {})
    control.add_fault("status", status=503, code="bbws_removal_unfinished", message="x", times=3)
    client.delete_site(site.id)
    assert client.find_site("site-1") is None
    assert [seen["status"] for seen in control.requests() if seen["method"] == "DELETE"] == [
        503,
        503,
        503,
        204,
    ]


def test_a_deletion_that_does_not_come_to_its_end_is_left_to_the_next_delivery(
    client: WordPressClient, control: ControlClient
) -> None:
    control.add_fault("status", status=503, code="bbws_removal_unfinished", message="x")
    with pytest.raises(WordPressUnavailable) as failure:
        client.delete_site(7)
    assert failure.value.code == "bbws_removal_unfinished"
    assert len(control.requests()) == 4
