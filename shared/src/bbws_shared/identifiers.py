"""Resource identifiers: a readable prefix and a UUIDv7 (RFC 9562, section 5.7).

A UUIDv7 begins with its creation time in milliseconds, so the order of ids is the order of
creation, and a Query by sort key is a Query by age.
"""

import re
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

_UUID7: Final = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SITE_ID: Final = re.compile(f"site-{_UUID7}")
OPERATION_ID: Final = re.compile(f"op-{_UUID7}")
BACKUP_ID: Final = re.compile(f"backup-{_UUID7}")


def uuid7(now: datetime) -> UUID:
    """A UUIDv7 of the moment `now`: 48 bits of milliseconds, 74 random bits."""
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def new_site_id(now: datetime) -> str:
    """A new site id, for example `site-0190163d-8694-739b-aea5-966c26f8ad91`."""
    return f"site-{uuid7(now)}"


def new_operation_id(now: datetime) -> str:
    """A new operation id: `op-` and a UUIDv7."""
    return f"op-{uuid7(now)}"


def new_backup_id(now: datetime) -> str:
    """A new backup id: `backup-` and a UUIDv7."""
    return f"backup-{uuid7(now)}"


def new_audit_id(now: datetime) -> str:
    """A new id of an audit entry: `audit-` and a UUIDv7."""
    return f"audit-{uuid7(now)}"
