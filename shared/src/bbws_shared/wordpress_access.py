"""How a service gets at a tenant's WordPress without loading what that takes before it does."""

import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from bbws_shared.config import WordPressSettings
from bbws_shared.observability import Observability

if TYPE_CHECKING:
    from bbws_shared.wordpress import WordPressClient
    from bbws_shared.wordpress_transport import WordPressTransport


class ReachWordPress(Protocol):
    """Gives the client of a tenant's WordPress for one piece of work."""

    def __call__(
        self, tenant_id: str, correlation_id: str, *, budget: float | None = None
    ) -> "WordPressClient":
        """The client; all its calls may take `budget` seconds, by default the function's."""


def wordpress_access(
    settings: WordPressSettings,
    clients: Callable[[str], Any],
    watched: Observability,
    *,
    read_timeout: float,
    budget: float | None = None,
) -> ReachWordPress:
    """Access to WordPress with `read_timeout` seconds for each answer.

    `budget` is how many seconds all calls of one piece of work may take together.

    The HTTP client is imported, and the connections are opened, at the first use.
    """

    @cache
    def transport() -> "WordPressTransport":
        from bbws_shared.wordpress_transport import CredentialStore, WordPressTransport

        store = CredentialStore(clients("secretsmanager"))
        url = settings.wordpress_base_url
        return WordPressTransport(url, store, watched, read_timeout=read_timeout)

    usual = budget

    def reach(
        tenant_id: str, correlation_id: str, *, budget: float | None = None
    ) -> "WordPressClient":
        from bbws_shared.wordpress import WordPressClient

        seconds = usual if budget is None else budget
        deadline = None if seconds is None else time.monotonic() + seconds
        return WordPressClient(transport(), tenant_id, correlation_id, deadline)

    return reach
