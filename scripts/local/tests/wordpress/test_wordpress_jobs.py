"""`bbws/v1` work in batches: backups, restores, copies, imports."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from bbws_local.wordpress import ControlClient

type Caller = Callable[..., requests.Response]
type NewSite = Callable[..., dict[str, Any]]
type Run = Callable[[str, dict[str, Any]], list[dict[str, Any]]]


@pytest.fixture
def run(bbws: Caller) -> Run:
    """Call a job's route with the last cursor until it is done; all its answers."""

    def until_done(path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = [{"done": False, "cursor": None}]
        while not answers[-1]["done"]:
            cursor = answers[-1]["cursor"]
            response = bbws("POST", path, body | ({"cursor": cursor} if cursor else {}))
            assert response.status_code == 200, response.text
            answers.append(response.json())
        return answers[1:]

    return until_done


def test_a_backup_is_uploaded_in_batches_and_says_what_it_uploaded(
    run: Run, control: ControlClient, new_site: NewSite, bucket: dict[str, bytes], bucket_url: str
) -> None:
    site = new_site()
    body = {"backupId": "backup-1", "uploadUrl": f"{bucket_url}/b1?X-Amz-Signature=secret"}

    answers = run(f"/sites/{site['id']}/backups", body)

    assert len(answers) > 1
    progress = [one["progress"] for one in answers]
    assert progress == sorted(set(progress))
    assert progress[-1] == 100
    (archive,) = bucket.values()
    assert answers[-1]["bytes"] == len(archive)
    assert answers[-1]["sha256"] == hashlib.sha256(archive).hexdigest()
    assert answers[-1]["cursor"] is None
    (effect,) = control.effects("tenant-a", "backup_uploaded")
    assert (effect["backupId"], effect["externalId"]) == ("backup-1", "site-shop")
    (backup,) = control.state("tenant-a")["backups"]
    assert backup["done"] is True


def test_a_finished_backup_answers_the_same_without_a_second_upload(
    bbws: Caller,
    run: Run,
    control: ControlClient,
    new_site: NewSite,
    bucket: dict[str, bytes],
    bucket_url: str,
) -> None:
    path = f"/sites/{new_site()['id']}/backups"
    body = {"backupId": "backup-1", "uploadUrl": f"{bucket_url}/b1"}
    done = run(path, body)[-1]
    bucket.clear()

    assert bbws("POST", path, body).json() == done
    assert bucket == {}
    assert len(control.effects("tenant-a", "backup_uploaded")) == 1


def test_an_interrupted_job_goes_on_at_its_cursor_or_from_the_start(
    bbws: Caller, run: Run, control: ControlClient, new_site: NewSite, bucket_url: str
) -> None:
    path = f"/sites/{new_site()['id']}/backups"
    body = {"backupId": "backup-1", "uploadUrl": f"{bucket_url}/b1"}
    first = bbws("POST", path, body).json()

    assert bbws("POST", path, body).json() == first
    assert run(path, body)[-1]["done"]
    assert len(control.effects("tenant-a", "backup_uploaded")) == 1


@pytest.mark.parametrize("cursor", ["uploads", "archive", "nonsense"])
def test_a_cursor_the_job_never_gave_is_refused(
    bbws: Caller, new_site: NewSite, bucket_url: str, cursor: str
) -> None:
    body = {"backupId": "backup-1", "uploadUrl": f"{bucket_url}/b1", "cursor": cursor}

    response = bbws("POST", f"/sites/{new_site()['id']}/backups", body)

    assert (response.status_code, response.json()["code"]) == (400, "bbws_invalid_cursor")


def test_ten_last_batches_at_once_upload_once(
    bbws: Caller, control: ControlClient, new_site: NewSite, bucket_url: str
) -> None:
    path = f"/sites/{new_site()['id']}/backups"
    body = {"backupId": "backup-1", "uploadUrl": f"{bucket_url}/b1"}
    cursor = bbws("POST", path, body).json()["cursor"]
    cursor = bbws("POST", path, body | {"cursor": cursor}).json()["cursor"]

    with ThreadPoolExecutor(10) as pool:
        calls = [pool.submit(bbws, "POST", path, body | {"cursor": cursor}) for _ in range(10)]
        answers = [call.result().json() for call in calls]

    assert all(one == answers[0] and one["done"] for one in answers)
    assert len(control.effects("tenant-a", "backup_uploaded")) == 1


def test_a_refused_upload_is_no_backup_and_can_be_repeated(
    bbws: Caller, run: Run, control: ControlClient, new_site: NewSite, bucket_url: str
) -> None:
    path = f"/sites/{new_site()['id']}/backups"
    refused = {"backupId": "backup-1", "uploadUrl": f"{bucket_url}/refused"}
    cursor = bbws("POST", path, refused).json()["cursor"]
    cursor = bbws("POST", path, refused | {"cursor": cursor}).json()["cursor"]

    response = bbws("POST", path, refused | {"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (502, "bbws_upload_failed")
    assert response.json()["data"]["upstreamStatus"] == 403
    assert bucket_url not in response.text
    assert control.effects("tenant-a", "backup_uploaded") == []
    assert run(path, refused | {"uploadUrl": f"{bucket_url}/b1"})[-1]["done"]


def test_backup_change_restore_gives_the_same_bytes(
    bbws: Caller,
    core: Caller,
    run: Run,
    control: ControlClient,
    new_site: NewSite,
    bucket: dict[str, bytes],
    bucket_url: str,
) -> None:
    site = new_site()
    path = f"/sites/{site['id']}"
    core("PUT", "/plugins/hello", site["domain"], {"status": "active"})
    before = run(f"{path}/backups", {"backupId": "b1", "uploadUrl": f"{bucket_url}/b1"})[-1]
    bbws("PUT", path, {"title": "Broken"})
    core("PUT", "/plugins/hello", site["domain"], {"status": "inactive"})

    restore = {
        "restoreId": "r1",
        "downloadUrl": f"{bucket_url}/b1",
        "sha256": before["sha256"],
    }
    for _ in range(2):
        assert run(f"{path}/restores", restore)[-1]["done"]

    run(f"{path}/backups", {"backupId": "b2", "uploadUrl": f"{bucket_url}/b2"})
    assert bucket["/b1"] == bucket["/b2"]
    assert len(control.effects("tenant-a", "site_restored")) == 1


def test_a_wrong_archive_changes_nothing(
    bbws: Caller,
    run: Run,
    control: ControlClient,
    new_site: NewSite,
    bucket: dict[str, bytes],
    bucket_url: str,
) -> None:
    path = f"/sites/{new_site()['id']}/restores"
    bucket["/x"] = b"[]"
    body = {"restoreId": "r1", "downloadUrl": f"{bucket_url}/x", "sha256": "0" * 64}

    mismatch = bbws("POST", path, body)
    assert (mismatch.status_code, mismatch.json()["code"]) == (422, "bbws_checksum_mismatch")
    absent = bbws("POST", path, body | {"downloadUrl": f"{bucket_url}/none"})
    assert (absent.status_code, absent.json()["code"]) == (502, "bbws_download_failed")
    right = body | {"sha256": hashlib.sha256(b"[]").hexdigest()}
    cursor = None
    for _ in range(2):
        cursor = bbws("POST", path, right | ({"cursor": cursor} if cursor else {})).json()["cursor"]
    no_archive = bbws("POST", path, right | {"cursor": cursor})
    assert (no_archive.status_code, no_archive.json()["code"]) == (422, "bbws_invalid_archive")
    assert control.effects("tenant-a", "site_restored") == []


def test_a_copy_has_the_content_under_its_own_address(
    send: Caller, bbws: Caller, run: Run, control: ControlClient, new_site: NewSite
) -> None:
    source = new_site("shop")
    target = new_site("copy", adminEmail="other@example.com")
    bbws("PUT", f"/sites/{source['id']}", {"tagline": "Best of all"})

    body = {"copyId": "copy-1", "targetId": target["id"]}
    for _ in range(2):
        assert run(f"/sites/{source['id']}/copies", body)[-1]["done"]

    front = send("GET", "/", host=target["domain"]).text
    assert "Best of all" in front
    assert "copy.wpdev.bbws.io" in front
    assert "shop.wpdev.bbws.io" not in front
    copied = bbws("GET", f"/sites/{target['id']}").json()
    assert (copied["adminEmail"], copied["domain"]) == ("other@example.com", target["domain"])
    assert len(control.effects("tenant-a", "site_copied")) == 1


def test_a_job_id_stays_with_its_sites(bbws: Caller, new_site: NewSite) -> None:
    source, target, other = (new_site(name)["id"] for name in ("shop", "copy", "other"))
    bbws("POST", f"/sites/{source}/copies", {"copyId": "c1", "targetId": target})

    conflict = bbws("POST", f"/sites/{source}/copies", {"copyId": "c1", "targetId": other})
    absent = bbws("POST", f"/sites/{source}/copies", {"copyId": "c2", "targetId": 99})
    wrong = bbws("POST", f"/sites/{source}/copies", {"copyId": "c3", "targetId": True})

    assert (conflict.status_code, conflict.json()["code"]) == (409, "bbws_job_conflict")
    assert (absent.status_code, absent.json()["code"]) == (404, "bbws_site_not_found")
    assert wrong.json()["data"]["params"] == {"targetId": "targetId is not of type integer."}


def test_an_import_replaces_the_posts_and_pages_once(
    send: Caller,
    bbws: Caller,
    run: Run,
    control: ControlClient,
    new_site: NewSite,
    bucket: dict[str, bytes],
    bucket_url: str,
) -> None:
    site = new_site()
    posts = [
        {"title": "Menu", "content": "<p>Soup</p>"},
        {"title": "Find us", "content": "<p>Here</p>", "type": "page"},
    ]
    content = json.dumps({"posts": posts}).encode()
    bucket["/content"] = content
    package = {"url": f"{bucket_url}/content", "sha256": hashlib.sha256(content).hexdigest()}

    for _ in range(2):
        run(f"/sites/{site['id']}/imports", {"importId": "i1", "package": package})

    front = send("GET", "/", host=site["domain"]).text
    assert front.count("<p>Soup</p>") == 1
    assert "Hello world!" not in front
    assert bbws("GET", f"/sites/{site['id']}").json()["content"] == {"posts": 1, "pages": 1}
    assert len(control.effects("tenant-a", "content_imported")) == 1


def test_an_import_of_something_else_is_refused(
    bbws: Caller, new_site: NewSite, bucket: dict[str, bytes], bucket_url: str
) -> None:
    path = f"/sites/{new_site()['id']}/imports"
    bucket["/content"] = b"{}"
    package = {"url": f"{bucket_url}/content", "sha256": hashlib.sha256(b"{}").hexdigest()}
    body = {"importId": "i1", "package": package}
    cursor = bbws("POST", path, body).json()["cursor"]

    response = bbws("POST", path, body | {"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (422, "bbws_invalid_package")
