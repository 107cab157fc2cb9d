"""What the options of a command line say, and which API, token and tenant follow from them."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import SplitResult, urlsplit

import click

_ROOT: Final = Path(__file__).resolve().parents[4]
LOCAL_STACK: Final = _ROOT / ".local" / "stack.json"
LOCAL_TENANT: Final = "tenant-123"
DEFAULT_ROLE: Final = "CUSTOMER_ADMIN"
_STAFF: Final = "staff"
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass
class Settings:
    """The options, as they were given before or after the command's name."""

    api: str | None = None
    token: str | None = field(default=None, repr=False)
    tenant: str | None = None
    role: str | None = None
    stack: Path = LOCAL_STACK
    output: str = "table"
    validate_only: bool = False
    idempotency_key: str | None = None
    wait: bool = False
    timeout: int = 900
    limit: int | None = None
    next_token: str | None = None
    all: bool = False

    @classmethod
    def of(cls, context: click.Context) -> Self:
        """The settings of this run."""
        return context.find_root().ensure_object(cls)


@dataclass(frozen=True)
class Target:
    """Whom to call, as whom; `tenant` is None where neither an option nor the stack names one."""

    api_url: str
    token: str = field(repr=False)
    tenant: str | None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the options say, else what the running local stack says of itself.

        The local stack's tokens are sent to the local stack alone.

        Raises:
            UsageError: Something is not known, or must not be used so.
        """
        stack = _described(settings.stack)
        api_url = _api_url(settings, stack)
        if stack is None or api_url != stack["apiUrl"]:
            return cls(api_url, _given_token(settings), settings.tenant)
        tenant = settings.tenant or LOCAL_TENANT
        if settings.token is not None:
            return cls(api_url, _given_token(settings), tenant)
        return cls(api_url, _token_of(stack, tenant, settings.role or DEFAULT_ROLE), tenant)


def _described(file: Path) -> dict[str, Any] | None:
    try:
        described = json.loads(file.read_text())
        return {"apiUrl": described["apiUrl"].rstrip("/"), "tokens": described["tokens"]}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise click.UsageError(f"{file} does not describe a running local stack.") from None


def _api_url(settings: Settings, stack: dict[str, Any] | None) -> str:
    if settings.api is None:
        if stack is None:
            raise click.UsageError(
                f"Which API? {settings.stack} is not there: give --api (or BBWS_API), or start the"
                " local stack with: make run"
            )
        return str(stack["apiUrl"])
    url = _url(settings.api)
    if url.username is not None:
        raise click.UsageError("--api may not hold a user's name or password.")
    if url.scheme == "http" and url.hostname not in _LOOPBACK:
        raise click.UsageError("--api must begin with https:// so that the token stays secret.")
    return settings.api.rstrip("/")


def _url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        has_address = url.scheme in ("http", "https") and url.hostname and url.port != 0
        if has_address and not (url.query or url.fragment):
            return url
    except ValueError:  # brackets or a port that are none
        pass
    raise click.UsageError("--api must be a URL such as https://api.example.com/dev")


def _given_token(settings: Settings) -> str:
    if settings.role is not None:
        raise click.UsageError("--role chooses among the local stack's tokens only.")
    if settings.token is None:
        raise click.UsageError("Who are you? Give an ID token with --token (or BBWS_TOKEN).")
    token = re.sub(r"^bearer\s+", "", settings.token.strip(), flags=re.IGNORECASE)
    # Said here because the HTTP library's complaint would quote it.
    if not _TOKEN.fullmatch(token):
        raise click.UsageError("The token holds characters that no token has.")
    return token


def _token_of(stack: dict[str, Any], tenant: str, role: str) -> str:
    tokens = {**stack["tokens"].get(_STAFF, {}), **stack["tokens"].get(tenant, {})}
    if role not in tokens:
        known = ", ".join(sorted(tokens)) or "none"
        raise click.UsageError(f"The local stack has no {role} of {tenant}; it has: {known}.")
    return str(tokens[role])
