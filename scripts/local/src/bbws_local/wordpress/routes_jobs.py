"""`bbws/v1`: copies, backups, restores and imports, in batches."""

import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from . import errors, transfers
from .jobs import Job
from .params import Arg
from .rest import Call, Route, answer
from .site import Post, sha256

_ID = Arg(required=True, pattern=r"[A-Za-z0-9_\-]{1,100}")
_URL = Arg(required=True, format="uri")
_SHA256 = Arg(required=True, pattern="[a-fA-F0-9]{64}")
_CURSOR = Arg()
_PACKAGE = Arg("object", required=True, properties={"url": _URL, "sha256": _SHA256})

type Batch = Callable[[Call, Job], dict[str, Any]]


def copy_site(call: Call) -> Response:
    """Copy options and content of a site to another one under its own address."""
    target_id = int(call.args["targetId"])
    with call.network.lock:
        call.network.managed_site(target_id)
    job = _open(call, "copies", call.args["copyId"], target_id)
    return _next_batch(call, job, _copy)


def back_up_site(call: Call) -> Response:
    """Upload a site's archive to a pre-signed address."""
    return _next_batch(call, _open(call, "backups", call.args["backupId"]), _back_up)


def restore_site(call: Call) -> Response:
    """Replace a site's options and content with those of an archive."""
    job = _open(call, "restores", call.args["restoreId"])
    return _next_batch(call, job, _restore, _fetch_archive)


def import_content(call: Call) -> Response:
    """Replace a site's posts and pages by those of a package."""
    job = _open(call, "imports", call.args["importId"])
    return _next_batch(call, job, _import, _fetch_package)


def _open(call: Call, kind: str, job_id: str, target_id: int | None = None) -> Job:
    with call.network.lock:
        site = call.network.managed_site(call.path_args["site_id"])
    return call.network.jobs.open(kind, job_id, site.id, target_id)


def _next_batch(
    call: Call, job: Job, last: Batch, first: Callable[[Call], bytes] | None = None
) -> Response:
    with job.lock:
        if job.result is not None:
            return answer(job.answer(0))
        position = job.position(call.args.get("cursor"))
        if job.is_last(position):
            job.finish(last(call, job))
        else:
            if first and position == 0:
                first(call)
            job.advance(position)
        return answer(job.answer(position))


def _copy(call: Call, job: Job) -> dict[str, Any]:
    network = call.network
    with network.lock:
        source = network.managed_site(job.site_id)
        target = network.managed_site(job.target_id or 0)
        target.copy_from(source)
        network.change(
            "site_copied", call.correlation_id, target, copyId=job.id, sourceId=source.id
        )
    return {}


def _back_up(call: Call, job: Job) -> dict[str, Any]:
    network = call.network
    with network.lock:
        site = network.managed_site(job.site_id)
        archive = site.export()
    # Not under the network's lock: the other end may be slow.
    transfers.upload(call.args["uploadUrl"], archive)
    with network.lock:
        network.change("backup_uploaded", call.correlation_id, site, backupId=job.id)
    return {"bytes": len(archive), "sha256": sha256(archive)}


def _restore(call: Call, job: Job) -> dict[str, Any]:
    archive = _fetch_archive(call)
    network = call.network
    with network.lock:
        site = network.managed_site(job.site_id)
        try:
            site.restore(archive)
        except (ValueError, KeyError, TypeError) as error:
            raise errors.RestError(
                422, "bbws_invalid_archive", "The file is not a site archive."
            ) from error
        network.change("site_restored", call.correlation_id, site, restoreId=job.id)
    return {}


def _import(call: Call, job: Job) -> dict[str, Any]:
    package = _fetch_package(call)
    network = call.network
    try:
        posts = [
            Post(str(one["title"]), str(one["content"]), str(one.get("type", "post")))
            for one in json.loads(package)["posts"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.RestError(
            422, "bbws_invalid_package", "The file is not a content package."
        ) from error
    with network.lock:
        site = network.managed_site(job.site_id)
        site.posts = posts
        network.change("content_imported", call.correlation_id, site, importId=job.id)
    return {}


def _fetch_archive(call: Call) -> bytes:
    return transfers.download(call.args["downloadUrl"], call.args["sha256"], "archive")


def _fetch_package(call: Call) -> bytes:
    package = call.args["package"]
    return transfers.download(package["url"], package["sha256"], "package")


_SITE = "/bbws/v1/sites/<int:site_id>"

ROUTES = (
    Route(
        ("POST",),
        f"{_SITE}/copies",
        copy_site,
        {"copyId": _ID, "targetId": Arg("integer", required=True), "cursor": _CURSOR},
        main_site_only=True,
    ),
    Route(
        ("POST",),
        f"{_SITE}/backups",
        back_up_site,
        {"backupId": _ID, "uploadUrl": _URL, "cursor": _CURSOR},
        main_site_only=True,
    ),
    Route(
        ("POST",),
        f"{_SITE}/restores",
        restore_site,
        {"restoreId": _ID, "downloadUrl": _URL, "sha256": _SHA256, "cursor": _CURSOR},
        main_site_only=True,
    ),
    Route(
        ("POST",),
        f"{_SITE}/imports",
        import_content,
        {"importId": _ID, "package": _PACKAGE, "cursor": _CURSOR},
        main_site_only=True,
    ),
)
