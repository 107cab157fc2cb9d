"""AWS clients, made once in a warm process, with limits that fit a request.

boto3's defaults (60 s to connect, 60 s to read, 5 tries) outlast the 29 seconds of an API function.
"""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_LIMITS = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "adaptive", "total_max_attempts": 4},
)
# A presigned URL for an opt-in Region such as af-south-1 needs Signature Version 4 and the Region's
# own host: without the addressing style botocore signs one for s3.amazonaws.com, which answers 400
# (S3 docs, "Virtual hosting of buckets"; boto3 issue 3015).
_PRESIGNING = _LIMITS.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))


@cache
def client(service: str) -> Any:
    """The process's client of an AWS service, for example `dynamodb`."""
    return boto3.client(service, config=_PRESIGNING if service == "s3" else _LIMITS)  # type: ignore[call-overload]
