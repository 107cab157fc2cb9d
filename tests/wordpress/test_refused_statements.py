"""The database refuses a statement: nothing counts as done that was not, and the retry ends it."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from bbws_local.realwordpress import RealWordPress
from bbws_shared.wordpress import Batch, WordPressSite
from bbws_shared.wordpress_transport import WordPressUnavailable
from wordpress import large
from wordpress.conftest import WordPress
from wordpress.faults import Faults

METAS = 700


@pytest.fixture
def site(genuine: WordPress, real: RealWordPress) -> WordPressSite:
    made = genuine.new_site("source")
    real.database.execute(
        f"INSERT INTO wp_tenant_a.wp_{made.id}_postmeta (post_id, meta_key, meta_value)"
        f" SELECT 1, 'weight', seq FROM wp_tenant_a.seq_1_to_{METAS}"
    )
    genuine.visit(made)
    return made


def _rows(real: RealWordPress, site: WordPressSite, table: str) -> int:
    return int(real.database.execute(f"SELECT COUNT(*) FROM wp_tenant_a.wp_{site.id}_{table}"))


def _through(faults: Faults, query: str, call: Callable[[str | None], Batch]) -> Batch:
    """Go on with a job of which one statement is refused."""
    faults.order(query=query)
    cursor, refused = None, []
    while True:
        try:
            batch = call(cursor)
        except WordPressUnavailable as error:
            refused.append(error.code)
            continue
        if batch.done:
            assert faults.ordered == {}, "it did not come to the statement"
            assert refused == ["bbws_database_refused"]
            return batch
        cursor = batch.cursor


@pytest.mark.parametrize(
    "query",
    [
        "^SHOW (FULL )?TABLES LIKE",
        "^SHOW CREATE TABLE .*postmeta",
        "^SHOW KEYS FROM .wp_[0-9]+_postmeta",
        "^SELECT . FROM .wp_[0-9]+_postmeta. WHERE 1 = 1 ORDER",
        "^SELECT . FROM .wp_[0-9]+_postmeta. WHERE 1 = 1 AND",
        "^DROP TABLE IF EXISTS .*bbn_postmeta",
        "^REPLACE INTO .*bbn_postmeta",
        "^INSERT INTO .*bbn_options",
        "^SELECT meta_value FROM wp_sitemeta WHERE meta_key = 'bbws_job",
    ],
)
def test_a_copy_is_whole(
    genuine: WordPress, real: RealWordPress, faults: Faults, site: WordPressSite, query: str
) -> None:
    target = genuine.new_site("target", adminEmail="me@target.example")
    client, copy_id = genuine.client(), uuid4().hex
    _through(faults, query, lambda c: client.copy_site(site.id, copy_id, target.id, c))
    for table in ("postmeta", "posts", "comments", "term_relationships"):
        assert _rows(real, target, table) == _rows(real, site, table), table
    assert large.option(real, target, "admin_email") == "me@target.example"


@pytest.mark.parametrize(
    "query",
    ["^SHOW (FULL )?TABLES LIKE", "^SHOW KEYS FROM .*postmeta", "^SELECT . FROM .*postmeta. WHERE"],
)
def test_a_backup_is_whole_and_its_restore_too(
    genuine: WordPress, real: RealWordPress, faults: Faults, site: WordPressSite, query: str
) -> None:
    client, backup_id, restore_id = genuine.client(), uuid4().hex, uuid4().hex
    _, quiet = genuine.back_up(site)
    rows = _rows(real, site, "postmeta")
    url = f"{genuine.store.url}/{backup_id}"
    backup = _through(faults, query, lambda c: client.back_up(site.id, backup_id, url, c))
    assert backup.sha256 == quiet.sha256
    real.database.execute(f"DELETE FROM wp_tenant_a.wp_{site.id}_postmeta")
    refused = (
        "^REPLACE INTO .*bbn_options" if "TABLES" in query else "^SHOW KEYS FROM .*bbn_options"
    )
    sha256 = backup.sha256 or ""
    _through(faults, refused, lambda c: client.restore(site.id, restore_id, url, sha256, c))
    assert _rows(real, site, "postmeta") == rows > METAS


@pytest.mark.parametrize(
    "query", ["FROM wp_blogs WHERE blog_id = {}", r"FROM wp_blogmeta .*\({}\)"]
)
def test_a_site_that_could_not_be_looked_for_is_not_taken_for_gone(
    genuine: WordPress, faults: Faults, site: WordPressSite, query: str
) -> None:
    client = genuine.client()
    for act in (client.delete_site, client.get_site):
        faults.order(query=query.format(site.id))
        with pytest.raises(WordPressUnavailable) as failure:
            act(site.id)
        assert failure.value.code == "bbws_database_refused"
    faults.order(query="FROM wp_blogs +INNER JOIN wp_blogmeta")
    with pytest.raises(WordPressUnavailable):
        client.find_site(site.external_id)
    assert client.get_site(site.id) == site
