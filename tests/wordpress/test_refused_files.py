"""The disk is full, or a folder cannot be moved: a site keeps its uploads, and the retry ends the job."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from bbws_local.realwordpress import RealWordPress
from bbws_shared.wordpress import Batch, WordPressSite
from bbws_shared.wordpress_transport import WordPressUnavailable
from wordpress import large
from wordpress.conftest import WordPress, to_the_end
from wordpress.faults import Faults

OLD = {"2025/old.txt": b"what the site had"}
NEW = {"2026/a.txt": b"a picture of a hake " * 50_000, "2026/b.txt": b"a picture of a sole"}
# It becomes an archive of some kilobytes, so that only the files of the site are too large.
FAULTS = [{"bytes": 400_000}, {"rename": " .*/bbws-work/old-"}, {"rename": "/bbws-work/new-.* "}]


def _folder(real: RealWordPress, site: WordPressSite) -> Path:
    return real.folder / f"content/tenant-a/uploads/sites/{site.id}"


def _lay(real: RealWordPress, site: WordPressSite, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = _folder(real, site) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _refused(call: Callable[[str | None], Batch]) -> str | None:
    """Go on with a job until it is refused; the cursor with which that was."""
    cursor = None
    for _ in range(200):
        try:
            batch = call(cursor)
        except WordPressUnavailable as error:
            if error.code == "bbws_file_refused":
                return cursor
            raise
        assert not batch.done, "it was done though the disk did not do it"
        cursor = batch.cursor
    raise AssertionError("it does not come to an end")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_copy(
    genuine: WordPress, real: RealWordPress, faults: Faults, fault: dict[str, str | int]
) -> None:
    client, copy_id = genuine.client(), uuid4().hex
    source, target = genuine.new_site("source"), genuine.new_site("target")
    _lay(real, source, NEW)
    _lay(real, target, OLD)

    def copy(cursor: str | None) -> Batch:
        return client.copy_site(source.id, copy_id, target.id, cursor)

    faults.order(**fault)
    cursor = _refused(copy)
    assert large.uploads_of(real, target) == OLD
    faults.order()
    to_the_end(lambda later: copy(later or cursor))
    assert large.uploads_of(real, target) == NEW
    assert large.leftovers(real, target, f"copies {copy_id}") == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_restore(
    genuine: WordPress, real: RealWordPress, faults: Faults, fault: dict[str, str | int]
) -> None:
    client, restore_id, site = genuine.client(), uuid4().hex, genuine.new_site()
    _lay(real, site, NEW)
    url, backup = genuine.back_up(site)
    for name in NEW:
        (_folder(real, site) / name).unlink()
    _lay(real, site, OLD)

    def restore(cursor: str | None) -> Batch:
        return client.restore(site.id, restore_id, url, backup.sha256 or "", cursor)

    faults.order(**fault)
    cursor = _refused(restore)
    assert large.uploads_of(real, site) == OLD
    faults.order()
    to_the_end(lambda later: restore(later or cursor))
    assert large.uploads_of(real, site) == NEW
    assert large.leftovers(real, site, f"restores {restore_id}") == []
