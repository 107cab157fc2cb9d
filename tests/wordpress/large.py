"""A site with much in it, written past WordPress, which would take minutes."""

import hashlib
import json
from pathlib import Path
from typing import Final

from bbws_local.realwordpress import RealWordPress
from bbws_shared.wordpress import WordPressSite

POSTS: Final = 2000
UPLOADS: Final = 200
_DATABASE: Final = "wp_tenant_a"


def fill(real: RealWordPress, site: WordPressSite) -> None:
    """Posts that link to their site, uploads, and options that hold its address in every form."""
    prefix, home = f"{_DATABASE}.wp_{site.id}_", f"https://{site.domain}"
    uploads = f"{home}/wp-content/uploads/sites/{site.id}"
    content = f"<a href=\"{home}/post-', seq, '\">x</a><img src=\"{uploads}/2026/11/', seq % {UPLOADS}, '.txt\">"
    nested = _serialised({"home": home, "again": _serialised({"logo": f"{uploads}/ü.png"})})
    builder = json.dumps({"url": home, "image": f"{uploads}/1.txt"}).replace("/", "\\/")
    real.database.execute(f"""
        INSERT INTO {prefix}posts (post_author, post_date, post_date_gmt, post_content, post_title,
          post_excerpt, post_status, post_name, to_ping, pinged, post_modified, post_modified_gmt,
          post_content_filtered, guid, post_type)
        SELECT 1, NOW(), NOW(), CONCAT('{content}', REPEAT('Fresh fish. ', 200)),
          CONCAT('Post ', seq), '', 'publish', CONCAT('post-', seq), '', '', NOW(), NOW(), '',
          CONCAT('{home}/?p=', seq), 'post' FROM {_DATABASE}.seq_1_to_{POSTS};
        INSERT INTO {prefix}options (option_name, option_value)
        VALUES ('nested', '{nested}'), ('builder', '{builder.replace(chr(92), chr(92) * 2)}'),
          ('plain', 'see {site.domain}, and my{site.domain} is another host');
        """)
    folder = real.folder / f"content/tenant-a/uploads/sites/{site.id}/2026/11"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(UPLOADS):
        Path(folder, f"{number}.txt").write_text(f"upload {number} " * 500)


def uploads_of(real: RealWordPress, site: WordPressSite) -> dict[str, bytes]:
    """The contents of a site's uploads, by their path."""
    folder = real.folder / f"content/tenant-a/uploads/sites/{site.id}"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def option(real: RealWordPress, site: WordPressSite, name: str) -> str:
    """An option as the database has it."""
    sql = f"SELECT option_value FROM {_DATABASE}.wp_{site.id}_options WHERE option_name = '{name}'"
    return real.database.execute(sql).removesuffix("\n")


def count(real: RealWordPress, site: WordPressSite, where: str = "1 = 1") -> int:
    """How many posts a site has."""
    sql = f"SELECT COUNT(*) FROM {_DATABASE}.wp_{site.id}_posts WHERE {where}"
    return int(real.database.execute(sql))


def content(real: RealWordPress, site: WordPressSite) -> str:
    """A digest of all that a site's posts say, but for its own address and the place of its uploads."""
    said = "CONCAT_WS('|', ID, post_status, post_title, post_content)"
    for own in (site.domain, f"sites/{site.id}/"):
        said = f"REPLACE({said}, '{own}', '')"
    return real.database.execute(
        f"SELECT MD5(GROUP_CONCAT(MD5({said}) ORDER BY ID)) FROM {_DATABASE}.wp_{site.id}_posts"
    )


def titles(real: RealWordPress, site: WordPressSite) -> list[str]:
    """The titles of a site's published posts and pages, in their order."""
    sql = f"SELECT post_title FROM {_DATABASE}.wp_{site.id}_posts WHERE post_status = 'publish'"
    answer = real.database.execute(f"{sql} AND post_type IN ('post', 'page') ORDER BY ID")
    return answer.splitlines()


def tables_with(real: RealWordPress, site: WordPressSite, text: str) -> list[str]:
    """The columns of a site's tables that hold a text."""
    columns = real.database.execute(
        "SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns"
        f" WHERE table_schema = '{_DATABASE}' AND table_name LIKE 'wp\\_{site.id}\\_%'"
    ).split()
    found = []
    for column in columns:
        table, name = column.split(".")
        sql = f"SELECT COUNT(*) FROM {_DATABASE}.{table} WHERE `{name}` LIKE '%{text}%'"
        if int(real.database.execute(sql)):
            found.append(column)
    return found


def leftovers(real: RealWordPress, site: WordPressSite, *jobs: str) -> list[str]:
    """What jobs have left behind on a site: tables beside those in use, folders of work.

    `jobs` are the jobs by kind and id, as in "copies 0190163d".
    """
    tables = real.database.execute(
        f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{_DATABASE}'"
        f" AND (table_name LIKE 'wp\\_{site.id}\\_bbn%' OR table_name LIKE 'wp\\_{site.id}\\_bbo%')"
    ).split()
    folders = {hashlib.md5(job.encode(), usedforsecurity=False).hexdigest() for job in jobs}
    folders |= {f"new-{site.id}", f"old-{site.id}"}
    work = real.folder / "content/tenant-a/bbws-work"
    return tables + [p.name for p in work.glob("*") if p.name in folders]


def sites_at(real: RealWordPress, domain: str) -> list[int]:
    """The ids of all sites that have a domain."""
    sql = f"SELECT blog_id FROM {_DATABASE}.wp_blogs WHERE domain = '{domain}'"
    return [int(line) for line in real.database.execute(sql).split()]


def tables_of_no_site(real: RealWordPress) -> list[str]:
    """Tables of a site's that belong to no site."""
    sites = set(real.database.execute(f"SELECT blog_id FROM {_DATABASE}.wp_blogs").split())
    tables = real.database.execute(
        "SELECT table_name FROM information_schema.tables"
        f" WHERE table_schema = '{_DATABASE}' AND table_name REGEXP '^wp_[0-9]+_'"
    ).split()
    return [table for table in tables if table.split("_")[1] not in sites]


def _serialised(values: dict[str, str]) -> str:
    """PHP's `serialize()` of an array of texts."""
    members = "".join(
        f's:{len(k.encode())}:"{k}";s:{len(v.encode())}:"{v}";' for k, v in values.items()
    )
    return f"a:{len(values)}:{{{members}}}"
