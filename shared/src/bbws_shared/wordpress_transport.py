"""HTTP to the tenants' WordPress containers: credentials, routing, retries, timing, refusals.

Import it where WordPress is really called: `requests` costs a cold start what it weighs.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import requests
from botocore.exceptions import ClientError
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from bbws_shared.observability import Metric, Observability

CREDENTIALS_SECONDS: Final = 300.0
_SERVER_ERROR: Final = 500
_UNAUTHORIZED: Final = 401
_PASSING: Final = frozenset({408, 423, 425, 429})
"""4xx statuses that say "later", not "no"."""
_OUT: Final = frozenset({502, 503, 504})
"""What the load balancer, or core under maintenance, answers for a container that is out for a moment."""
_PAUSES: Final = (0.1, 0.2, 0.4)
"""Seconds before each repetition. `Retry-After` is not for us: core's says ten minutes."""


class WordPressError(Exception):
    """WordPress did not do what was asked."""


class WordPressUnavailable(WordPressError):
    """No usable answer; asking again later may help. What was asked may have happened.

    `code` is WordPress's own, when it gave one.
    """

    def __init__(self, message: str, *, timed_out: bool = False, code: str = "unknown") -> None:
        super().__init__(message)
        self.timed_out = timed_out
        self.code = code


class WordPressRefused(WordPressError):
    """WordPress said no, and will say so again. `code` is WordPress's own.

    `is_first_answer` says that it was asked once; else an answer before this one was "later", and
    what was asked may have happened.
    """

    def __init__(
        self, status: int, code: str, message: str, *, is_first_answer: bool = True
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.is_first_answer = is_first_answer


class WrongTenantAnswered(WordPressRefused):
    """The answer does not name the tenant that was asked, so nothing in it can be trusted."""

    def __init__(self, asked: str, answered: str | None) -> None:
        super().__init__(
            421, "bbws_wrong_tenant", f"asked {asked}, answered {answered or 'nobody'}"
        )


class Credentials(NamedTuple):
    """How to reach one tenant's WordPress."""

    username: str
    password: str
    network_host: str


class CredentialStore:
    """Application passwords from Secrets Manager, kept for minutes."""

    def __init__(self, secretsmanager: Any) -> None:
        self._client = secretsmanager
        self._kept: dict[str, tuple[float, Credentials]] = {}

    def of(self, tenant_id: str) -> Credentials:
        """The tenant's credentials.

        Raises:
            WordPressRefused: when the tenant has none.
            WordPressUnavailable: when the secret is not of the form that is agreed on.
        """
        until, credentials = self._kept.get(tenant_id, (0.0, None))
        if credentials is None or time.monotonic() >= until:
            credentials = self._read(tenant_id)
            self._kept[tenant_id] = (time.monotonic() + CREDENTIALS_SECONDS, credentials)
        return credentials

    def forget(self, tenant_id: str) -> None:
        """Read the secret again next time: the password may have been rotated."""
        self._kept.pop(tenant_id, None)

    def _read(self, tenant_id: str) -> Credentials:
        try:
            secret = self._client.get_secret_value(SecretId=f"bbws/wp/{tenant_id}/wp-app-password")
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise WordPressRefused(
                    _UNAUTHORIZED, "bbws_no_credentials", f"{tenant_id} has no application password"
                ) from None
            raise
        try:
            values = json.loads(secret["SecretString"])
            return Credentials(values["username"], values["password"], values["networkHost"])
        except (ValueError, KeyError, TypeError):
            # Not the cause: it would carry the secret's text into a log.
            raise WordPressUnavailable(f"the secret of {tenant_id} is malformed") from None


class WordPressTransport:
    """Requests to the internal ALB, which routes by `X-Tenant-Id`."""

    def __init__(
        self,
        base_url: str,
        credentials: CredentialStore,
        observability: Observability,
        *,
        read_timeout: float,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._credentials = credentials
        self._observability = observability
        self._timeouts = (3.05, read_timeout)
        self._session = _session()

    def call(
        self,
        method: str,
        tenant_id: str,
        path: str,
        correlation_id: str,
        *,
        host: str | None = None,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        deadline: float | None = None,
    ) -> Any:
        """One request; the answer's JSON (None when it has no content).

        `host` is the site's host name; without it the tenant's network answers. `deadline`, in
        seconds of `time.monotonic()`, is when the answer is of no more use.

        Raises:
            WordPressUnavailable: no usable answer within the time limits.
            WordPressRefused: WordPress said no.
            WrongTenantAnswered: another tenant's container answered.
        """
        arguments: dict[str, Any] = {
            "host": host,
            "deadline": deadline,
            "params": query,
            "json": body,
        }
        answer = self._send(method, tenant_id, path, correlation_id, **arguments)
        if answer.status_code == _UNAUTHORIZED:
            # The password may have been rotated since it was read.
            self._credentials.forget(tenant_id)
            before = answer.history
            answer = self._send(method, tenant_id, path, correlation_id, **arguments)
            answer.history = [*before, *answer.history]
        return _content(answer, tenant_id)

    def _send(self, *request: str, deadline: float | None, **arguments: Any) -> requests.Response:
        """One request, repeated while the container is out, but never past the deadline.

        The answers before the one that counts are its `history`: what was asked may have happened.
        Every route is safe to repeat: what creates something carries its external id. A read that
        timed out is left to the caller, who knows how much time remains.
        """
        before: list[requests.Response] = []
        for pause in _PAUSES:
            try:
                answer = self._ask(*request, deadline=deadline, **arguments)
                if not _is_out(answer) or not _can_wait(pause, deadline):
                    answer.history = before
                    return answer
                before.append(answer)
            except WordPressUnavailable as failure:
                if not _was_never_reached(failure.__cause__) or not _can_wait(pause, deadline):
                    raise
            time.sleep(pause)
        answer = self._ask(*request, deadline=deadline, **arguments)
        answer.history = before
        return answer

    def _ask(
        self,
        method: str,
        tenant_id: str,
        path: str,
        correlation_id: str,
        *,
        host: str | None,
        deadline: float | None,
        **content: Any,
    ) -> requests.Response:
        timeouts = self._timeouts_until(deadline)
        login = self._credentials.of(tenant_id)
        headers = {
            "Host": host or login.network_host,
            "X-Tenant-Id": tenant_id,
            "X-Correlation-Id": correlation_id,
        }
        began = time.perf_counter()
        try:
            return self._session.request(
                method,
                f"{self._base_url}/wp-json{path}",
                headers=headers,
                auth=(login.username, login.password),
                timeout=timeouts,
                allow_redirects=False,
                **content,
            )
        except requests.Timeout as error:
            self._observability.count(Metric.WORDPRESS_API_TIMEOUT)
            raise WordPressUnavailable(
                "WordPress did not answer in time", timed_out=True
            ) from error
        except requests.RequestException as error:
            raise WordPressUnavailable(
                f"WordPress is out of reach: {type(error).__name__}"
            ) from error
        finally:
            elapsed = (time.perf_counter() - began) * 1000
            self._observability.count(Metric.WORDPRESS_API_LATENCY, elapsed)

    def _timeouts_until(self, deadline: float | None) -> tuple[float, float]:
        """Seconds to connect and to read, none of them past the deadline."""
        if deadline is None:
            return self._timeouts
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            self._observability.count(Metric.WORDPRESS_API_TIMEOUT)
            raise WordPressUnavailable("no time is left to ask WordPress", timed_out=True)
        connect, read = self._timeouts
        return min(connect, remaining), min(read, remaining)


def _session() -> requests.Session:
    session = requests.Session()
    # Never take a proxy or ~/.netrc from the environment: the password goes to the ALB alone.
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=4))
    return session


def _is_out(answer: requests.Response) -> bool:
    """Whether a container is out for a moment; what our plugin refuses by a code is an answer."""
    return answer.status_code in _OUT and not _told(answer)[0].startswith("bbws_")


def _was_never_reached(error: BaseException | None) -> bool:
    """Whether no connection came about; one that broke may have carried the request."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error and error.args else None
    return isinstance(reason, NewConnectionError)


def _can_wait(seconds: float, deadline: float | None) -> bool:
    return deadline is None or time.monotonic() + seconds < deadline


def _content(answer: requests.Response, tenant_id: str) -> Any:
    status = answer.status_code
    if status >= _SERVER_ERROR and "X-Tenant-Id" not in answer.headers:
        raise WordPressUnavailable(f"the load balancer answered {status}")
    answered = answer.headers.get("X-Tenant-Id")
    if answered != tenant_id:
        raise WrongTenantAnswered(tenant_id, answered)
    if answer.is_redirect:
        # Multisite sends an unknown host to its sign-up page.
        raise WordPressRefused(status, "redirected", "WordPress does not know this site.")
    if not answer.ok:
        raise _refusal(status, answer)
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError as error:
        raise WordPressUnavailable(f"WordPress answered {status} without JSON") from error


def _told(answer: requests.Response) -> tuple[str, str]:
    """The code and the message of a refusal in WordPress's form."""
    try:
        content = answer.json()
        return str(content["code"]), str(content["message"])
    except (ValueError, KeyError, TypeError):
        return "unknown", ""


def _refusal(status: int, answer: requests.Response) -> WordPressError:
    code, message = _told(answer)
    if status >= _SERVER_ERROR or status in _PASSING:
        return WordPressUnavailable(f"WordPress answered {status} {code}", code=code)
    return WordPressRefused(status, code, message, is_first_answer=not answer.history)
