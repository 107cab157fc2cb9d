"""Vulnerability feeds in Wordfence Intelligence's form, of any size, for tests and measurements.

An entry has the fields and about the length of a real one: the feed of 42,000 entries has 158 MB.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

_NAMED: Final = 20
"""Every so many entries one of the plugins asked for is named."""
_NOTICE: Final = (
    "Permission is granted to reproduce, publicly display, sublicense and distribute this "
    "vulnerability information, provided that a hyperlink to the record and this notice go along. "
)


def advisory(
    advisory_id: str, slug: str, to_version: str = "1.0", *, from_version: str = "*", **fields: Any
) -> dict[str, Any]:
    """An entry of a feed: the versions from one to the other, both included, have it."""
    span = {
        "from_version": from_version,
        "from_inclusive": True,
        "to_version": to_version,
        "to_inclusive": True,
    }
    software = {
        "type": "plugin",
        "name": slug.title(),
        "slug": slug,
        "affected_versions": {f"{from_version} - {to_version}": span},
        "patched": True,
        "patched_versions": [f"{to_version}.1"],
        "remediation": f"Update to version {to_version}.1, or a newer patched version",
    }
    return {
        "id": advisory_id,
        "title": f"{slug.title()} <= {to_version} - Missing Authorization",
        "software": [software],
        "informational": False,
        "cvss": {
            "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N",
            "score": 5.3,
            "rating": "Medium",
        },
        "cve": "CVE-2024-10001",
        **fields,
    }


def entries(count: int, plugin_ids: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """So many entries; every twentieth is about one of the plugins, in turn."""
    for number in range(count):
        is_named = plugin_ids and number % _NAMED == 0
        slug = f"elsewhere-{number % 9000}"
        if is_named:
            slug = plugin_ids[number // _NAMED % len(plugin_ids)]
        yield _complete(number, slug)


def write_feed(path: Path, count: int, plugin_ids: Sequence[str] = ()) -> int:
    """Write a feed of so many entries, one after the other; its size in bytes."""
    with path.open("w") as file:
        for number, entry in enumerate(entries(count, plugin_ids)):
            file.write(f"{',' if number else '{'}{json.dumps(entry['id'])}:{json.dumps(entry)}")
        file.write("}" if count else "{}")
        return file.tell()


def _complete(number: int, slug: str) -> dict[str, Any]:
    about = f"The plugin {slug} does not check who calls its function number {number}. "
    return advisory(
        str(UUID(int=number)),
        slug,
        f"{1 + number % 7}.{number % 40}",
        description=about * 16,
        references=[f"https://intel.example/{slug}/{number}?source={n}" for n in range(6)],
        cwe={"id": 862, "name": "Missing Authorization", "description": about * 3},
        cve=f"CVE-2024-{10000 + number}",
        cve_link=f"https://www.cve.org/CVERecord?id=CVE-2024-{10000 + number}",
        researchers=["Somebody", "Somebody Else"],
        published="2024-01-25 08:00:00",
        updated="2024-02-01 08:00:00",
        copyrights={
            "message": "This record contains material that is subject to copyright",
            "defiant": {"notice": "Copyright the publisher", "license": _NOTICE * 3},
            "mitre": {"notice": "Copyright the register", "license": _NOTICE * 2},
        },
    )
