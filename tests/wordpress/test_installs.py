"""Packages that are installed at once in one network: each is installed whole."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from bbws_local.realwordpress import RealWordPress
from bbws_local.wordpress import PluginPackage, ThemePackage
from bbws_shared.wordpress import WordPressSite
from bbws_shared.wordpress_transport import WordPressRefused
from wordpress.conftest import WordPress
from wordpress.faults import Faults

UNPACKED = "upgrader_source_selection"
"""What core asks when a package is unpacked and not yet in its place."""


def _waits_for_a_lock(real: RealWordPress) -> bool:
    sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE STATE = 'User lock'"
    return real.database.execute(sql).strip() != "0"


def _until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, "it does not come to that"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("first", "second"), [("plugin", "plugin"), ("plugin", "theme"), ("theme", "plugin")]
)
def test_one_is_unpacked_while_another_is_put_in_place(
    genuine: WordPress, real: RealWordPress, faults: Faults, first: str, second: str
) -> None:
    site, client = genuine.new_site(), genuine.client()
    names = [f"{kind}-{uuid4().hex[:8]}" for kind in (first, second)]
    for name in names:
        genuine.vet(PluginPackage(name, "1.0.0", "Forms"))

    def install(name: str) -> None:
        if name.startswith("theme"):
            genuine.set_theme(site, ThemePackage(name, "1.0.0"))
        else:
            genuine.client().install_plugin(name, site.domain, activate=True)

    faults.order(hold=UNPACKED)
    with ThreadPoolExecutor(2) as callers:
        one = callers.submit(install, names[0])
        _until(lambda: faults.is_held)
        other = callers.submit(install, names[1])
        _until(lambda: other.done() or _waits_for_a_lock(real))
        faults.go()
        one.result()
        other.result()
    active = {plugin.slug for plugin in client.plugins(site.domain) if plugin.status == "active"}
    for name in names:
        if name.startswith("theme"):
            assert client.get_site(site.id).theme == name
        else:
            assert name in active
    assert genuine.visit(site).status_code == 200


def _is_vetted(genuine: WordPress, site: WordPressSite, slug: str) -> bool:
    """Whether a package is named for a slug, whose digest is wrong."""
    with pytest.raises(WordPressRefused) as refusal:
        genuine.client().install_plugin(slug, site.domain, activate=False)
    return refusal.value.code == "bbws_checksum_mismatch"


def test_packages_that_are_vetted_at_once_are_all_vetted(genuine: WordPress) -> None:
    site, slugs = genuine.new_site(), [f"forms-{uuid4().hex[:8]}" for _ in range(12)]
    url, _ = genuine.put(b"a package")
    with ThreadPoolExecutor(6) as callers:
        vet = genuine.client().vet_plugin
        list(callers.map(lambda slug: vet(slug, "1.0.0", url, "0" * 64), slugs))
    assert [slug for slug in slugs if not _is_vetted(genuine, site, slug)] == []
