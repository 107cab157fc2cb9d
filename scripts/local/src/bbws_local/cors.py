"""CORS as an HTTP API does it (API Gateway docs, "Configure CORS for HTTP APIs")."""

from dataclasses import dataclass
from typing import Any

from bbws_local.serving import Response


@dataclass(frozen=True)
class Cors:
    """The CORS configuration of the OpenAPI document, with the origins of the environment."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    allowed_headers: tuple[str, ...]
    exposed_headers: tuple[str, ...]
    max_age: int

    def origin_headers(self, origin: str) -> list[tuple[str, str]]:
        """What every answer to a browser carries; nothing for a foreign origin."""
        if not origin or not ("*" in self.origins or origin in self.origins):
            return []
        allowed = "*" if "*" in self.origins else origin
        exposed = ",".join(self.exposed_headers).lower()
        headers = [
            ("Access-Control-Allow-Origin", allowed),
            ("Access-Control-Expose-Headers", exposed),
        ]
        return headers if allowed == "*" else [*headers, ("Vary", "Origin")]

    def preflight(self, origin: str) -> Response:
        """The answer to a browser's question before its request."""
        headers = self.origin_headers(origin)
        if headers:
            headers += [
                ("Access-Control-Allow-Methods", ",".join(self.methods)),
                ("Access-Control-Allow-Headers", ",".join(self.allowed_headers).lower()),
                ("Access-Control-Max-Age", str(self.max_age)),
            ]
        return Response(204, headers=headers)


def cors_of(document: dict[str, Any], origins: tuple[str, ...]) -> Cors:
    """The CORS configuration of an OpenAPI document (`x-amazon-apigateway-cors`)."""
    cors = document["x-amazon-apigateway-cors"]
    return Cors(
        origins,
        tuple(cors["allowMethods"]),
        tuple(cors["allowHeaders"]),
        tuple(cors["exposeHeaders"]),
        int(cors["maxAge"]),
    )
