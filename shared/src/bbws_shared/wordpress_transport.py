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
from urllib3 import Retry

from bbws_shared.observability import Metric, Observability

CREDENTIALS_SECONDS: Final = 300.0
_SERVER_ERROR: Final = 500
_UNAUTHORIZED: Final = 401
_PASSING: Final = frozenset({408, 423, 425, 429})
"""4xx statuses that say "later", not "no"."""


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
            answer = self._send(method, tenant_id, path, correlation_id, **arguments)
        return _content(answer, tenant_id)

    def _send(
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
    # Every route is safe to repeat: what creates something carries its external id. A read that
    # timed out is left to the caller, who knows how much time remains.
    retry = Retry(
        total=3,
        connect=3,
        read=False,
        status=3,
        # urllib3 repeats the first time at once, and then waits twice and four times this: 100 and 200 ms.
        backoff_factor=0.05,
        # WordPress asks for ten minutes while it updates itself, which no invocation has.
        respect_retry_after_header=False,
        status_forcelist=(502, 503, 504),
        allowed_methods=None,
        raise_on_status=False,
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=4))
    return session


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


def _refusal(status: int, answer: requests.Response) -> WordPressError:
    try:
        content = answer.json()
        code, message = str(content["code"]), str(content["message"])
    except (ValueError, KeyError, TypeError):
        code, message = "unknown", ""
    if status >= _SERVER_ERROR or status in _PASSING:
        return WordPressUnavailable(f"WordPress answered {status} {code}", code=code)
    tries = getattr(answer.raw, "retries", None)
    answered = [one for one in tries.history if one.status is not None] if tries else []
    return WordPressRefused(status, code, message, is_first_answer=not answered)
