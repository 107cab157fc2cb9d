"""Changes asked for at the HTTP API, and waited for."""

from typing import Any

from e2e.portal import Json, Portal


def do(portal: Portal, method: str, path: str, body: Any = None, status: int = 202) -> Json:
    """Ask for a change and wait until it is done; the answer to the request."""
    answer = portal.call(method, f"{portal.sites}/{path}", body)
    assert answer.status_code == status, answer.text
    if not answer.content:
        return {}
    begun: Json = answer.json()
    if "operationId" in begun:
        operation = portal.wait_for(begun["operationId"])
        assert operation["status"] == "COMPLETED", operation
    return begun
