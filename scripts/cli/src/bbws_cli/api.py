"""Calls of the API: authenticated, repeated when that is safe, and read."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, NoReturn

import click
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import BaseHTTPResponse, Retry
from urllib3.exceptions import HTTPError

from bbws_cli.errors import OutOfReach, Refused
from bbws_cli.settings import Target

Json = dict[str, Any]
_CONNECT_SECONDS: Final = 5
# API Gateway answers after 30 s at the latest.
_READ_SECONDS: Final = 35
_IDEMPOTENCY_KEY: Final = "Idempotency-Key"
_PAGE: Final = 100


@dataclass(frozen=True)
class Answer:
    """What the API has answered; the body of a 204 is None."""

    body: Json | None
    headers: Mapping[str, str]

    @property
    def content(self) -> Json:
        """The body of an answer that has one."""
        return self.body or {}


class Api:
    """The API as one caller sees it.

    Every call raises `Refused` for an error of the API, and `OutOfReach` where none has come or
    where what came is no answer of this API.
    """

    def __init__(self, target: Target) -> None:
        self.url = target.api_url
        self._http = requests.Session()
        self._http.auth = _Bearer(target.token)
        agent = f"bbws-cli/{version('bbws-cli')}"
        self._http.headers.update({"Accept": "application/json", "User-Agent": agent})
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, HTTPAdapter(max_retries=_patience()))

    def get(self, path: str) -> Answer:
        """One thing."""
        answer = self._send("GET", path)
        if answer.body is None:
            self._strange("nothing")
        return answer

    def operation(self, path: str) -> Answer:
        """An operation, which has an id, a status and a progress."""
        return self._having(self.get(path), operationId=str, status=str, progress=int)

    def page(self, path: str, query: Mapping[str, Any]) -> Answer:
        """A page of a list."""
        answer = self._having(self._send("GET", path, query=query), items=list)
        if not all(isinstance(item, dict) for item in answer.content["items"]):
            self._strange("a list of something else")
        return answer

    def all_pages(self, path: str, query: Mapping[str, Any]) -> Answer:
        """A list from the page the query names to its end, as one answer."""
        page = self.page(path, {"limit": _PAGE, **query})
        first, items = page.content, list(page.content["items"])
        while token := page.content.get("nextToken"):
            page = self.page(path, {"limit": _PAGE, **query, "nextToken": token})
            items += page.content["items"]
        links = {name: link for name, link in first.get("_links", {}).items() if name != "next"}
        whole = {**first, "items": items, "count": len(items), "_links": links}
        whole.pop("nextToken", None)
        return Answer(whole, page.headers)

    def change(
        self,
        method: str,
        path: str,
        body: Json | None,
        *,
        query: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        validate_only: bool = False,
        if_match: str | None = None,
    ) -> Answer:
        """Change something, once: each repetition carries the key of the first request."""
        headers = {_IDEMPOTENCY_KEY: idempotency_key or str(uuid.uuid4())}
        if if_match is not None:
            headers["If-Match"] = if_match
        asked = {**(query or {}), **({"validateOnly": "true"} if validate_only else {})}
        answer = self._send(method, path, body=body, query=asked, headers=headers)
        return self._having(answer, plan=dict, checks=list) if validate_only else answer

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        key = (headers or {}).get(_IDEMPOTENCY_KEY)
        try:
            answer = self._http.request(
                method,
                f"{self.url}{path}",
                params=dict(query or {}),
                json=body,
                headers=dict(headers or {}),
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False,
            )
        # urllib3's own: a Retry-After that is no time, for one. And the system's, which are not
        # all wrapped: REQUESTS_CA_BUNDLE is a file that is not there.
        except (OSError, HTTPError) as error:
            raise OutOfReach(self.url, _reason(error), key) from None
        return self._read(answer, key)

    def _read(self, answer: requests.Response, key: str | None) -> Answer:
        try:
            body = answer.json() if answer.content else None
        except ValueError:
            body = None
        if answer.status_code >= 400:
            raise Refused(answer.status_code, body, answer.headers, key)
        if answer.status_code >= 300 or (answer.content and not isinstance(body, dict)):
            self._strange(f"HTTP {answer.status_code}", key)
        return Answer(body, answer.headers)

    def _having(self, answer: Answer, **fields: type) -> Answer:
        for name, kind in fields.items():
            if not isinstance(answer.content.get(name), kind):
                self._strange(f"no {name}")
        return answer

    def _strange(self, answered: str, key: str | None = None) -> NoReturn:
        raise OutOfReach(self.url, f"what answers there ({answered}) is something else", key)


class _Bearer(AuthBase):
    """Sends the token. As a header of the session, ~/.netrc would take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Patience(Retry):
    """Says why it takes longer."""

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        reason = "No answer" if response is None else f"HTTP {response.status}"
        click.echo(f"{reason}: trying again …", err=True)
        super().sleep(response)


def _patience() -> Retry:
    return _Patience(
        total=4,
        connect=2,
        read=2,
        other=2,
        # POST and DELETE too: they carry an Idempotency-Key.
        allowed_methods=None,
        status_forcelist=(429, 503),
        backoff_factor=0.5,
        backoff_jitter=0.2,
        retry_after_max=60,
        raise_on_status=False,
        redirect=False,
    )


def _reason(error: Exception) -> str:
    """The cause in a few words; the library's text repeats the address and its own objects."""
    if isinstance(error, requests.exceptions.SSLError):
        return "it does not speak TLS, or its certificate is not trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not answer"
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return "it does not answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection can be made"
    if not isinstance(error, requests.RequestException | HTTPError):
        return str(error)
    return type(error).__name__
