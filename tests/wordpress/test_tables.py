"""Tables that plugins make: whatever they are like, a copy and a restore have the same in them."""

import hashlib
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from bbws_local.realwordpress import RealWordPress
from bbws_shared.wordpress import WordPressSite
from wordpress import large
from wordpress.conftest import WordPress, to_the_end

DATABASE = "wp_tenant_a"


def _make(real: RealWordPress, site: WordPressSite, *statements: str) -> None:
    """Carry statements out on a site's tables, whose prefix is written `#`."""
    sql = "; ".join(statements).replace("#", f"wp_{site.id}_")
    real.database.execute(f"USE {DATABASE}; {sql};")


def _rows(real: RealWordPress, site: WordPressSite, sql: str) -> list[str]:
    statement = sql.replace("#", f"{DATABASE}.wp_{site.id}_")
    return real.database.execute(statement).splitlines()


def _copied(genuine: WordPress, source: WordPressSite) -> WordPressSite:
    target, copy_id = genuine.new_site("target"), uuid4().hex
    client = genuine.client()
    to_the_end(lambda cursor: client.copy_site(source.id, copy_id, target.id, cursor))
    return target


def _restore(genuine: WordPress, site: WordPressSite, url: str, sha256: str) -> None:
    client, restore_id = genuine.client(), uuid4().hex
    to_the_end(lambda cursor: client.restore(site.id, restore_id, url, sha256, cursor))


def _is_kept(
    genuine: WordPress, real: RealWordPress, site: WordPressSite, sql: str, spoil: str
) -> None:
    """A copy has what a site's statement gives, and so has the site when it was spoilt and restored."""
    before = _rows(real, site, sql)
    assert before
    assert _rows(real, _copied(genuine, site), sql) == before
    url, backup = genuine.back_up(site)
    _make(real, site, spoil)
    _restore(genuine, site, url, backup.sha256 or "")
    assert _rows(real, site, sql) == before


def _shop(genuine: WordPress, real: RealWordPress) -> WordPressSite:
    """A site with tables as WooCommerce has them."""
    site = genuine.new_site("shop")
    _make(
        real,
        site,
        "CREATE TABLE #permissions (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, n int)"
        " ENGINE=InnoDB",
        "CREATE TABLE #log (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,"
        " permission_id bigint unsigned NOT NULL, other_id bigint unsigned, KEY (permission_id),"
        " CONSTRAINT `fk_#log_permission_id` FOREIGN KEY (permission_id)"
        " REFERENCES #permissions (id) ON DELETE CASCADE, CONSTRAINT `fk_#log_other_id`"
        " FOREIGN KEY (other_id) REFERENCES #permissions (id)) ENGINE=InnoDB COMMENT='x, y'",
        "INSERT INTO #permissions (n) VALUES (1), (2)",
        "INSERT INTO #log (permission_id, other_id) VALUES (1, 2), (2, NULL), (2, 1)",
        "CREATE VIEW #sold AS SELECT permission_id FROM #log",
    )
    return site


def test_tables_with_foreign_keys_and_views(genuine: WordPress, real: RealWordPress) -> None:
    site = _shop(genuine, real)
    sql = "SELECT l.id, permission_id, n, other_id FROM #log l JOIN #permissions p ON p.id = permission_id"
    _is_kept(genuine, real, site, sql, "DELETE FROM #log")
    assert _rows(real, site, "SELECT COUNT(*) FROM #sold") == ["3"]


def test_a_site_with_foreign_keys_is_written_over(genuine: WordPress, real: RealWordPress) -> None:
    source, target = _shop(genuine, real), _shop(genuine, real)
    _make(real, source, "INSERT INTO #permissions (n) VALUES (3)")
    client, copy_id = genuine.client(), uuid4().hex
    to_the_end(lambda cursor: client.copy_site(source.id, copy_id, target.id, cursor))
    assert _rows(real, target, "SELECT n FROM #permissions") == ["1", "2", "3"]
    assert large.leftovers(real, target, f"copies {copy_id}") == []


def _altered(archive: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """An archive with its records changed."""
    position, parts = 0, []
    while position < len(archive):
        (length,) = struct.unpack_from(">I", archive, position)
        record = json.loads(zlib.decompress(archive[position + 4 : position + 4 + length]))
        change(record)
        packed = zlib.compress(json.dumps(record).encode())
        parts.append(struct.pack(">I", len(packed)) + packed)
        position += 4 + length
    return b"".join(parts)


def test_an_archive_from_the_time_when_definitions_had_foreign_keys(
    genuine: WordPress, real: RealWordPress
) -> None:
    site = _shop(genuine, real)
    url, _ = genuine.back_up(site)

    def as_then(record: dict[str, Any]) -> None:
        if record.get("table") == "log":
            key = (
                f",\n  CONSTRAINT `fk_wp_{site.id}_log_permission_id` FOREIGN KEY (`permission_id`)"
                f" REFERENCES `wp_{site.id}_permissions` (`id`) ON DELETE CASCADE\n) ENGINE"
            )
            assert "FOREIGN KEY" not in record["definition"]
            record["definition"] = record["definition"].replace("\n) ENGINE", key)

    archive = _altered(genuine.store.objects[url.removeprefix(genuine.store.url)], as_then)
    old, sha256 = genuine.put(archive)
    assert sha256 == hashlib.sha256(archive).hexdigest()
    _make(real, site, "DELETE FROM #log")
    _restore(genuine, site, old, sha256)
    assert _rows(real, site, "SELECT COUNT(*) FROM #log") == ["3"]


def test_columns_of_several_character_sets(genuine: WordPress, real: RealWordPress) -> None:
    site = genuine.new_site("words")
    _make(
        real,
        site,
        "CREATE TABLE #strings (id int PRIMARY KEY, name varchar(160) CHARACTER SET utf8,"
        " value longtext CHARACTER SET utf8mb4)",
        "INSERT INTO #strings VALUES (1, 'café', 'café 😀')",
        "CREATE TABLE #hashes (name varchar(40) CHARACTER SET utf8mb4 PRIMARY KEY,"
        " hash char(4) CHARACTER SET ascii, old varchar(9) CHARACTER SET latin1)",
        "INSERT INTO #hashes SELECT CONCAT('é😀', seq), 'ab', 'naïve' FROM seq_1_to_500",
    )
    sql = "SELECT HEX(name), HEX(value), '' FROM #strings UNION ALL SELECT HEX(name), HEX(hash), HEX(old) FROM #hashes"
    _is_kept(genuine, real, site, sql, "DELETE FROM #strings; DELETE FROM #hashes")


def test_rows_whose_keys_are_bytes(genuine: WordPress, real: RealWordPress) -> None:
    site = genuine.new_site("keys")
    _make(
        real,
        site,
        "CREATE TABLE #visits (hash binary(16), part varbinary(9), PRIMARY KEY (hash, part), n int)",
        # As Latin-1 these bytes would be a text that comes behind all of them.
        "INSERT INTO #visits SELECT UNHEX(CONCAT('90', LEFT(MD5(seq), 30))), UNHEX('FF'), seq"
        " FROM seq_1_to_6000",
    )
    sql = "SELECT COUNT(*), SUM(n), MD5(GROUP_CONCAT(HEX(hash) ORDER BY hash)) FROM #visits"
    _is_kept(genuine, real, site, sql, "DELETE FROM #visits")


def test_columns_of_bits(genuine: WordPress, real: RealWordPress) -> None:
    site = genuine.new_site("bits")
    _make(
        real,
        site,
        "CREATE TABLE #flags (id int PRIMARY KEY, one bit(1), many bit(12), `most` bit(64))",
        "INSERT INTO #flags VALUES (1, b'0', 48, 0), (2, b'1', 4095, ~0), (3, NULL, 0, 3)",
    )
    sql = "SELECT id, one + 0, many + 0, `most` + 0 FROM #flags"
    _is_kept(genuine, real, site, sql, "DELETE FROM #flags")
