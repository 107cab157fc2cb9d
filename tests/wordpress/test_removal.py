"""A deletion that PHP's death cuts off is asked for again, and leaves nothing of the site and its people."""

from contextlib import suppress
from uuid import uuid4

import pytest
import requests

from bbws_local.realwordpress import RealWordPress
from bbws_shared.wordpress import WordPressSite
from bbws_shared.wordpress_transport import WordPressError, WordPressRefused, WordPressUnavailable
from wordpress import large, people
from wordpress.conftest import WordPress
from wordpress.faults import Faults


@pytest.fixture
def site(genuine: WordPress, real: RealWordPress) -> WordPressSite:
    made = genuine.new_site("shop")
    folder = real.folder / f"content/tenant-a/uploads/sites/{made.id}/2026"
    folder.mkdir(parents=True)
    (folder / "passport.txt").write_text("a copy of a passport")
    real.database.execute(f"CREATE TABLE wp_tenant_a.wp_{made.id}_orders (id int PRIMARY KEY)")
    return made


def _delete(genuine: WordPress, site: WordPressSite) -> int:
    """Delete a site; how often it had to be asked for again."""
    for again in range(60):
        try:
            genuine.client().delete_site(site.id)
        except WordPressUnavailable as failure:
            if failure.code != "bbws_removal_unfinished":
                raise
        else:
            return again
    raise AssertionError("the deletion does not come to an end")


def _is_gone(real: RealWordPress, site: WordPressSite) -> None:
    assert large.sites_at(real, site.domain) == []
    assert large.tables_of_no_site(real) == []
    assert large.uploads_of(real, site) == {}
    assert people.roles(real, site) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "^DROP TABLE IF EXISTS .wp_{id}_orders",
        "^DELETE FROM wp_usermeta",
        "^DELETE FROM .wp_users. ",
        "^DROP TABLE IF EXISTS .wp_{id}_posts",
        "^DROP TABLE IF EXISTS .wp_{id}_options",
        "^DELETE FROM wp_blogmeta",
        "^DELETE FROM .wp_blogs. ",
    ],
)
def test_php_is_killed_before_a_statement(
    genuine: WordPress, real: RealWordPress, faults: Faults, site: WordPressSite, statement: str
) -> None:
    client, other, name = genuine.client(), genuine.new_site("other"), f"u{uuid4().hex[:8]}x"
    people.add(real, name, 3, site)
    people.add(real, f"{name}both", 2, site, other)
    faults.order(kill=statement.format(id=site.id))
    for _ in range(20):
        with suppress(WordPressError, requests.RequestException):
            client.delete_site(site.id)
        if not faults.ordered:
            break
    assert faults.ordered == {}, "it did not come to the statement"
    real.crash()
    _delete(genuine, site)
    client.delete_site(site.id)
    _is_gone(real, site)
    assert people.traces(real, name) == []
    assert len(people.roles(real, other)) >= 2
    assert len(people.traces(real, f"{name}both")) == 4
    again = client.create_site(f"site-{uuid4().hex}", site.domain, "Again", {})
    assert genuine.visit(again).status_code == 200


def test_many_users_are_deleted_by_several_calls_each_of_which_goes_on(
    genuine: WordPress, real: RealWordPress, site: WordPressSite
) -> None:
    name = f"u{uuid4().hex[:8]}x"
    people.add(real, name, 60, site)
    assert _delete(genuine, site) > 0
    assert people.traces(real, name) == []
    _is_gone(real, site)


@pytest.mark.parametrize(
    "statement", ["^INSERT INTO .wp_[0-9]+_options", "^INSERT INTO .wp_[0-9]+_posts"]
)
def test_the_address_of_a_making_that_was_cut_off_and_given_up_is_free(
    genuine: WordPress, real: RealWordPress, faults: Faults, statement: str
) -> None:
    client, unique = genuine.client(), uuid4().hex[:10]
    domain = f"cut-{unique}.wpdev.bbws.io"
    faults.order(kill=statement)
    with pytest.raises((WordPressError, requests.RequestException)):
        client.create_site(f"site-{unique}", domain, "Cut", {})
    real.crash()
    assert faults.ordered == {}
    assert client.find_site(f"site-{unique}") is None
    made = client.create_site(f"site-{unique}-2", domain, "Whole", {})
    assert large.sites_at(real, domain) == [made.id]
    assert large.tables_of_no_site(real) == []
    assert genuine.visit(made).status_code == 200


def test_the_address_of_a_site_that_somebody_else_made_is_taken(
    genuine: WordPress, real: RealWordPress, site: WordPressSite
) -> None:
    real.database.execute(f"DELETE FROM wp_tenant_a.wp_blogmeta WHERE blog_id = {site.id}")
    with pytest.raises(WordPressRefused) as refusal:
        genuine.client().create_site(f"site-{uuid4().hex}", site.domain, "Thief", {})
    assert refusal.value.code == "bbws_domain_taken"
    with pytest.raises(WordPressRefused) as refusal:
        genuine.client().get_site(site.id)
    genuine.client().delete_site(site.id)
    assert large.sites_at(real, site.domain) == [site.id]
