"""Who gets in, and what of whose they see."""

import hmac
import time
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.utils import base64url_encode
from moto.utilities.utils import load_resource

from bbws_local.events import load_document, load_routes
from bbws_local.specification import STAFF, STAFF_ROLE, TENANT_ROLES
from bbws_local.stack import LocalStack
from e2e.conftest import ROOT
from e2e.portal import OTHER_TENANT, TENANT, Backstage, Json, Portal
from e2e.test_roles import RULES

ROUTES = [r for r in load_routes(ROOT / "openapi" / "site-management.yaml") if r.method != "ANY"]
OF_A_TENANT = [r for r in ROUTES if "{tenantId}" in r.path_template]
_OPERATION_IDS = {
    f"{method.upper()} {path}": operation["operationId"]
    for path, methods in load_document(ROOT / "openapi" / "site-management.yaml")["paths"].items()
    for method, operation in methods.items()
    if "operationId" in operation
}
PROTECTED = [r for r in ROUTES if not r.is_public]
BODIES: dict[str, Any] = {
    "/v1.0/tenants/{tenantId}/sites": {"siteName": "Intruder", "subdomain": "intruder"},
    "/v1.0/tenants/{tenantId}/sites/{siteId}": {"siteName": "Intruder"},
    "/v1.0/tenants/{tenantId}/sites/{siteId}/status": {"status": "SUSPENDED"},
    "/v1.0/tenants/{tenantId}/sites/{siteId}/clone": {
        "siteName": "Intruder",
        "subdomain": "intruder",
    },
    "/v1.0/tenants/{tenantId}/sites/{siteId}/promote": {"targetEnvironment": "SIT"},
    "/v1.0/tenants/{tenantId}/sites/{siteId}/restore": {
        "backupId": "backup-0190163d-8694-739b-aea5-966c26f8ad91"
    },
    "/v1.0/tenants/{tenantId}/sites/{siteId}/apply-template": {"templateId": "corner-shop"},
    "/v1.0/tenants/{tenantId}/sites/{siteId}/plugins": {"pluginId": "yoast-seo"},
    "/v1.0/tenants/{tenantId}/sites/{siteId}/plugins/{pluginId}/config": {"configuration": {}},
    "/v1.0/tenants/{tenantId}/sites/{siteId}/plugins/{pluginId}/status": {"isActive": True},
    "/v1.0/tenants/{tenantId}/sites/{siteId}/plugins/{pluginId}/update": {},
}


def _filled(template: str, site: Json) -> str:
    return (
        template.replace("{tenantId}", TENANT)
        .replace("{siteId}", site["siteId"])
        .replace("{operationId}", site["operationId"])
        .replace("{templateId}", "corner-shop")
        .replace("{pluginId}", "yoast-seo")
    )


@pytest.mark.parametrize("route", OF_A_TENANT, ids=lambda route: route.key)
def test_a_tenants_resources_are_closed_to_every_role_of_another_tenant(
    portal: Portal, stack: LocalStack, backstage: Backstage, route: Any
) -> None:
    created = portal.create("private")
    portal.wait_for(created["operationId"])
    before = backstage.items()
    path, body = _filled(route.path_template, created), BODIES.get(route.path_template)
    for role in TENANT_ROLES:
        stranger = Portal(stack, stack.tokens[OTHER_TENANT][role], TENANT)
        answer = stranger.call(route.method, path, body)
        told = (answer.status_code, answer.json()["error"]["code"])
        if "{siteId}" in route.path_template and role in RULES[_OPERATION_IDS[route.key]]:
            assert told == (404, "SITE_002"), role
            unknown = path.replace(created["siteId"], "site-0190163d-8694-739b-aea5-966c26f8ad91")
            assert _told(stranger.call(route.method, unknown, body)) == _told(answer)
        else:
            assert told == (403, "AUTH_002"), role
    assert sorted(i["SK"] for i in backstage.items()) == sorted(i["SK"] for i in before)


def _told(answer: requests.Response) -> Json:
    """An error's body without what differs between any two answers: ids and the time."""
    error: Json = dict(answer.json()["error"])
    error["message"] = error["message"].split("site-")[0]
    error["details"] = sorted(error["details"])
    return error


@pytest.mark.parametrize(
    ("method", "action"), [("GET", ""), ("POST", "/cancel"), ("POST", "/retry")]
)
def test_an_operation_of_another_tenant_is_not_found(
    portal: Portal, stranger: Portal, method: str, action: str
) -> None:
    created = portal.create("secret-work")
    answer = stranger.call(method, f"/v1.0/operations/{created['operationId']}{action}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "OP_001")
    assert portal.wait_for(created["operationId"])["status"] == "COMPLETED"


def test_staff_sees_every_tenant(portal: Portal, stack: LocalStack) -> None:
    created = portal.create("looked-after")
    staff = Portal(stack, stack.tokens[STAFF][STAFF_ROLE], TENANT)
    assert staff.wait_for(created["operationId"])["status"] == "COMPLETED"
    assert staff.site(created["siteId"])["tenantId"] == TENANT


@pytest.mark.parametrize(
    ("role", "creates", "deletes"),
    [
        ("CUSTOMER_SUPER_ADMIN", 202, 202),
        ("CUSTOMER_ADMIN", 202, 202),
        ("CUSTOMER_USER", 202, 403),
        ("CUSTOMER_VIEWER", 403, 403),
    ],
)
def test_a_role_allows_what_it_is_for(
    portal: Portal, stack: LocalStack, role: str, creates: int, deletes: int
) -> None:
    somebody = Portal.of(stack, TENANT, role)
    body = {"siteName": "Role", "subdomain": "by-role"}
    assert somebody.call("POST", somebody.sites, body).status_code == creates
    assert somebody.call("GET", somebody.sites).status_code == 200
    site = portal.active_site("for-role")
    answer = somebody.call("DELETE", f"{somebody.sites}/{site['siteId']}")
    assert answer.status_code == deletes


def _private_key() -> Any:
    """The key with which the emulated user pool signs."""
    return jwt.PyJWK(load_resource("cognitoidp/resources/jwks-private.json"), "RS256").key


def _forged(stack: LocalStack, key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
    """A token like an administrator's, but for some claims, the key or the algorithm."""
    genuine = stack.tokens[TENANT]["CUSTOMER_ADMIN"]
    content = jwt.decode(genuine, options={"verify_signature": False}) | claims
    content = {name: value for name, value in content.items() if value is not None}
    headers = {"kid": jwt.get_unverified_header(genuine)["kid"]}
    signing = key if key is not None else _private_key()
    return jwt.encode(content, signing, algorithm=algorithm, headers=headers)


def _signed_with_the_public_key(stack: LocalStack) -> str:
    """The old trick: HMAC with the key that everybody knows (PyJWT itself refuses to do it)."""
    pem = (
        _private_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    payload = stack.tokens[TENANT]["CUSTOMER_ADMIN"].split(".")[1]
    header = base64url_encode(b'{"alg": "HS256", "typ": "JWT", "kid": "dummy"}').decode()
    signature = hmac.digest(pem, f"{header}.{payload}".encode(), "sha256")
    return f"{header}.{payload}.{base64url_encode(signature).decode()}"


REFUSED = {
    "no token": lambda stack: "",
    "no JWT": lambda stack: "nonsense",
    "expired": lambda stack: _forged(stack, exp=int(time.time()) - 60),
    "without expiry": lambda stack: _forged(stack, exp=None),
    "not yet valid": lambda stack: _forged(stack, nbf=int(time.time()) + 600),
    "wrong issuer": lambda stack: _forged(stack, iss="https://issuer.example/pool"),
    "wrong audience": lambda stack: _forged(stack, aud="another-client"),
    "wrong signature": lambda stack: _forged(
        stack, rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ),
    "signed with the public key": _signed_with_the_public_key,
    "unsigned": lambda stack: _forged(stack, "", "none"),
    "tampered": lambda stack: _tampered(stack.tokens[TENANT]["CUSTOMER_VIEWER"]),
}


def _tampered(token: str) -> str:
    header, payload, signature = token.split(".")
    return f"{header}.{payload[:-2]}{'A' if payload[-2] != 'A' else 'B'}{payload[-1]}.{signature}"


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED.keys())
def test_the_gateway_refuses_what_is_no_valid_token(
    stack: LocalStack, backstage: Backstage, token: Any
) -> None:
    nobody = Portal(stack, token(stack))
    for route in PROTECTED:
        path = _filled(route.path_template, {"siteId": "site-1", "operationId": "op-1"})
        answer = nobody.call(route.method, path)
        assert answer.status_code == 401, route.key
        assert answer.json() == {"message": "Unauthorized"}
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert backstage.items() == []


def test_a_forged_token_of_the_right_key_and_claims_would_get_in(
    stack: LocalStack, portal: Portal
) -> None:
    """So the refusals above are for the reason that each of them names."""
    assert Portal(stack, _forged(stack)).call("GET", portal.sites).status_code == 200


def test_a_token_of_both_tenants_reads_both(stack: LocalStack, portal: Portal) -> None:
    both = _forged(stack, **{"custom:tenantIds": f"{TENANT},{OTHER_TENANT}"})
    for tenant in (TENANT, OTHER_TENANT):
        caller = Portal(stack, both, tenant)
        assert caller.call("GET", caller.sites).status_code == 200
