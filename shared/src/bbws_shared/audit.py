"""Who asked for which change, when, from where, and with which result.

One entry for each request of an authenticated caller that asks for a change, also for one that is
refused. It is written after the answer is known; a request that dies before leaves none.
"""

from datetime import timedelta
from typing import Final

from bbws_shared import identifiers, keys
from bbws_shared.attributes import Item
from bbws_shared.errors import InvalidRequest
from bbws_shared.http import Request
from bbws_shared.table import Table, put
from bbws_shared.timestamps import Clock, timestamp

KEPT: Final = timedelta(days=400)
"""Longer than a year, so that a year's audit finds everything."""
PLATFORM: Final = "platform"
"""In place of a tenant: changes of the catalogue, which is everybody's."""


class AuditTrail:
    """Writes the entries."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def record(self, request: Request, status: int) -> None:
        """Write an entry, unless the request asks for no change of the caller's own tenants."""
        if not request.is_mutation or status == 401 or _only_asks(request):
            return
        tenant_id = request.audited_tenant or PLATFORM
        if tenant_id != PLATFORM and not request.caller.belongs_to(tenant_id):
            # A stranger's attempt is in the log; a tenant's trail is not for strangers to write to.
            return
        self._table.write(put(self._entry(request, tenant_id, status)))

    def _entry(self, request: Request, tenant_id: str, status: int) -> Item:
        now = self._clock()
        audit_id = identifiers.new_audit_id(now)
        pk, sk = keys.audit_entry(tenant_id, audit_id)
        entry = {
            "PK": pk,
            "SK": sk,
            "auditId": audit_id,
            "tenantId": tenant_id,
            "at": timestamp(now),
            "actor": request.caller.name,
            "subject": request.caller.subject,
            "action": request.action,
            "method": request.method,
            "path": request.path,
            "sourceIp": request.source_ip,
            "status": status,
            "errorCode": request.error_code,
            "correlationId": request.correlation_id,
            "requestId": request.request_id,
            "expiresAt": int((now + KEPT).timestamp()),
        }
        return {name: value for name, value in entry.items() if value is not None}


def _only_asks(request: Request) -> bool:
    try:
        return request.validate_only
    except InvalidRequest:
        return False
