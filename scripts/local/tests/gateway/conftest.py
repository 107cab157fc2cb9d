"""An HTTP API with functions that are plain Python, and an issuer of tokens with keys of its own."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from bbws_local.authorizer import Issuer, JwtAuthorizer
from bbws_local.cors import Cors
from bbws_local.events import Route
from bbws_local.gateway import Gateway, GatewayOptions
from bbws_local.pool import FunctionStopped
from bbws_local.runtime_api import Outcome
from bbws_local.serving import Request, Response, Server, json_response
from bbws_local.throttle import Throttle

ISSUER: Final = "https://issuer.example/pool"
AUDIENCE: Final = "portal"

type Event = dict[str, Any]
type NewGateway = Callable[..., Gateway]
type Send = Callable[..., requests.Response]


@dataclass
class Functions:
    """Runs functions in this process; `events` are those they got, by function."""

    answers: dict[str, Callable[[Event], Any]] = field(default_factory=dict)
    events: list[tuple[str, Event]] = field(default_factory=list)

    def invoke(self, name: str, payload: bytes, request_id: str | None = None) -> Outcome:
        """Answer with what is arranged for a function, with its event when nothing is."""
        event = json.loads(payload)
        self.events.append((name, event))
        if name == "dev-stopped":
            raise FunctionStopped(name)
        if name == "dev-missing":
            raise KeyError(name)
        given = self.answers.get(name, _echo)(event)
        return given if isinstance(given, Outcome) else Outcome(json.dumps(given).encode())


def _echo(event: Event) -> Event:
    return {"statusCode": 200, "body": json.dumps(event)}


@dataclass(frozen=True)
class KeyRing:
    """Signs tokens as an identity provider does, and publishes its keys."""

    url: str
    key: rsa.RSAPrivateKey

    def token(self, key_id: str = "key-1", **different: Any) -> str:
        """A token that is good but for what is different; None leaves a claim out."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "iat": now, "exp": now + 60}
        claims = {k: v for k, v in (claims | different).items() if v is not None}
        return jwt.encode(claims, self.key, "RS256", headers={"kid": key_id})


@pytest.fixture(scope="session")
def keys() -> Iterator[KeyRing]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    published = {"keys": [{**public, "kid": "key-1", "use": "sig", "alg": "RS256"}]}

    def serve(_: Request) -> Response:
        return json_response(200, published)

    server = Server(serve).start()
    yield KeyRing(f"{server.url}/jwks.json", key)
    server.stop()


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def new_gateway(functions: Functions, keys: KeyRing) -> Iterator[NewGateway]:
    """Start an HTTP API, with what a test wants different."""
    started: list[Gateway] = []

    def start(
        *,
        keys_url: str = keys.url,
        origins: tuple[str, ...] = ("*",),
        throttle: Throttle | None = None,
        seconds: float = 5,
    ) -> Gateway:
        names = ("sites", "stopped", "missing")
        routes = [Route("ANY", f"/v1.0/{name}/{{id}}", name, is_public=True) for name in names]
        routes.append(Route("GET", "/v1.0/private", "sites", is_public=False))
        options = GatewayOptions(
            "dev",
            routes,
            {name: f"dev-{name}" for name in names},
            Cors(origins, ("GET", "POST"), ("Authorization", "If-Match"), ("ETag", "Allow"), 600),
            throttle or Throttle(1000, 500),
            seconds,
        )
        authorizer = JwtAuthorizer(Issuer(ISSUER, AUDIENCE, keys_url))
        gateway = Gateway(0, options, authorizer, functions)
        gateway.start()
        started.append(gateway)
        return gateway

    yield start
    for gateway in started:
        gateway.stop()


@pytest.fixture
def gateway(new_gateway: NewGateway) -> Gateway:
    return new_gateway()


@pytest.fixture
def send(gateway: Gateway) -> Send:
    """A request to the stage; keywords are headers, with `_` for `-`."""

    def call(method: str, path: str, data: Any = None, **headers: str) -> requests.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method, f"{gateway.url}{path}", data=data, headers=given, timeout=10
        )

    return call
