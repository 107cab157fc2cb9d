"""The JWT authorizer of an HTTP API.

Source of fact: API Gateway docs, "Control access to HTTP APIs with JWT authorizers": the token is
taken from the header, with or without `Bearer`; its signature (RSA only), `iss`, `aud` or
`client_id`, `exp`, `nbf` and `iat` are checked.
"""

from dataclasses import dataclass
from typing import Any, Final

import jwt

_ALGORITHMS: Final = ["RS256", "RS384", "RS512"]
_KEYS_SECONDS: Final = 7200  # "can cache the public key for two hours"


class Unauthorized(Exception):
    """The request has no token that the authorizer accepts; the text is for WWW-Authenticate."""


@dataclass(frozen=True)
class Issuer:
    """Who signs the tokens, for whom, and where the keys are."""

    issuer: str
    audience: str
    keys_url: str


class JwtAuthorizer:
    """Verifies tokens of one issuer for one audience."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._keys = jwt.PyJWKClient(issuer.keys_url, lifespan=_KEYS_SECONDS, timeout=5)

    def claims(self, authorization: str) -> dict[str, Any]:
        """The claims of a valid token.

        Raises:
            Unauthorized: no token, or one that is malformed, expired, or from or for another.
        """
        token = authorization.strip()
        if token.lower().startswith("bearer "):
            token = token[len("bearer ") :].strip()
        if not token:
            raise Unauthorized("")
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                issuer=self._issuer.issuer,
                options={"require": ["exp", "iss"], "verify_aud": False},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthorized(str(error)) from None
        if self._issuer.audience not in _audience(claims):
            raise Unauthorized("the token is for another audience")
        return claims


def _audience(claims: dict[str, Any]) -> list[str]:
    # "client_id is checked only when aud is not present".
    audience = claims.get("aud", claims.get("client_id", []))
    return audience if isinstance(audience, list) else [str(audience)]
