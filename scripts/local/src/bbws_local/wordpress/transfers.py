"""The container's own traffic: packages and archives to and from pre-signed addresses."""

import requests

from . import errors
from .site import sha256

_CONNECT_AND_READ_SECONDS = (3.05, 30.0)


def download(url: str, expected_sha256: str, what: str) -> bytes:
    """Fetch a file and hold it against its SHA-256.

    Raises:
        RestError: 502 `bbws_download_failed`, or 422 `bbws_checksum_mismatch`.
    """
    try:
        with _session() as session:
            response = session.get(url, timeout=_CONNECT_AND_READ_SECONDS)
            response.raise_for_status()
            content = response.content
    except requests.RequestException as error:
        raise errors.RestError(
            502, "bbws_download_failed", f"The {what} could not be downloaded.", data=_cause(error)
        ) from error
    actual = sha256(content)
    if actual != expected_sha256.lower():
        raise errors.checksum_mismatch(what, expected_sha256, actual)
    return content


def upload(url: str, content: bytes) -> None:
    """Put an archive to a pre-signed address.

    Raises:
        RestError: 502 `bbws_upload_failed`.
    """
    try:
        with _session() as session:
            # No Content-Type: a pre-signed address refuses headers that were not signed.
            session.put(url, data=content, timeout=_CONNECT_AND_READ_SECONDS).raise_for_status()
    except requests.RequestException as error:
        raise errors.RestError(
            502, "bbws_upload_failed", "The archive could not be uploaded.", data=_cause(error)
        ) from error


def _session() -> requests.Session:
    session = requests.Session()
    # The container has a direct way out; proxies and .netrc of this machine are not its own.
    session.trust_env = False
    return session


def _cause(error: requests.RequestException) -> dict[str, object]:
    # Never the address: a pre-signed one is a credential.
    status = error.response.status_code if error.response is not None else None
    return {"cause": type(error).__name__, "upstreamStatus": status}
