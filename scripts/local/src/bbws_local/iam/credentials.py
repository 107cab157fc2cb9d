"""Credentials by which the emulator knows which function calls."""

import base64
import hashlib
import re
from typing import Final
from urllib.parse import parse_qs

from bbws_local.serving import Request

_DIGITS: Final = 16
_CREDENTIAL: Final = re.compile(r"Credential=([^/]+)/")


def access_key_id(function_name: str) -> str:
    """The access key of a function: 20 characters, `ASIA` first as of every role's session.

    Real ones say nothing of whose they are; here the name alone decides.
    """
    digest = hashlib.sha256(function_name.encode()).digest()
    return f"ASIA{base64.b32encode(digest).decode()[:_DIGITS]}"


def access_key_of(request: Request) -> str:
    """The access key that signed a request, its presigned URL included; empty when nobody did.

    Source of fact: "Authenticating Requests (AWS Signature Version 4)", by header and by query.
    """
    found = _CREDENTIAL.search(request.header("Authorization"))
    if found:
        return found[1]
    signed = parse_qs(request.query).get("X-Amz-Credential", [""])[0]
    return signed.partition("/")[0]
