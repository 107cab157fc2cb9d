"""The tenants whose containers are simulated."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant's container: its service user and the main host of its Multisite network."""

    tenant_id: str
    username: str
    password: str
    network_host: str

    @classmethod
    def from_secret(cls, tenant_id: str, secret: Mapping[str, str]) -> Self:
        """Build a tenant from its secret `{username, password, networkHost}`.

        Raises:
            KeyError: a key of the secret is missing.
        """
        return cls(tenant_id, secret["username"], secret["password"], secret["networkHost"].lower())

    def accepts_password(self, password: str) -> bool:
        """Compare an application password as core does: only letters and digits count.

        Source: `wp_authenticate_application_password()`; the groups' spaces are for people.
        """
        return hmac.compare_digest(_significant(password), _significant(self.password))


def read_tenants(path: Path) -> list[Tenant]:
    """Read tenants from a JSON file `{tenantId: {username, password, networkHost}}`.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not JSON of that form.
    """
    try:
        secrets: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
        return [Tenant.from_secret(tenant_id, secret) for tenant_id, secret in secrets.items()]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} must be a JSON object {{tenantId: {{username, password, networkHost}}}}: {error!r}"
        ) from error


def _significant(password: str) -> bytes:
    return _NOT_ALPHANUMERIC.sub("", password).encode()
