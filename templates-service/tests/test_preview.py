"""GET /templates/{templateId}/preview: a link to the demo site that only we can make."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bbws_local.testing import STAFF, Account, Api, Clock, claims

PREVIEW = "/v1.0/templates/corner-shop/preview"
KEY_SECRET = "bbws/wp/preview-signing-key"


def _signature(key: str, template_id: str, expires: str) -> str:
    return hmac.new(key.encode(), f"{template_id}\n{expires}".encode(), hashlib.sha256).hexdigest()


def _signed(url: str) -> tuple[str, str]:
    query = parse_qs(urlsplit(url).query)
    return query["expires"][0], query["signature"][0]


def test_the_link_is_signed_and_works_for_a_quarter_of_an_hour(
    api: Api, catalogue: Any, clock: Clock, account: Account
) -> None:
    catalogue.add("corner-shop")
    reply = api.get(PREVIEW, caller=claims("CUSTOMER_VIEWER"))
    assert reply.status == 200
    assert reply.json.keys() == {"templateId", "previewUrl", "expiresAt"}
    assert reply.json["templateId"] == "corner-shop"
    assert reply.json["expiresAt"] == "2026-01-25T08:15:00.000Z"
    url = urlsplit(reply.json["previewUrl"])
    assert url._replace(query="").geturl() == "https://preview.bbws.io/templates/corner-shop"
    expires, signature = _signed(reply.json["previewUrl"])
    assert int(expires) == int(clock().timestamp()) + 15 * 60
    assert signature == _signature("k" * 64, "corner-shop", expires)
    assert account.calls == ["dynamodb.GetItem", "secretsmanager.GetSecretValue"]


def test_another_template_and_another_moment_have_another_signature(
    api: Api, catalogue: Any, clock: Clock
) -> None:
    catalogue.add("corner-shop")
    catalogue.add("corner-shed")
    first = _signed(api.get(PREVIEW).json["previewUrl"])
    other = _signed(api.get("/v1.0/templates/corner-shed/preview").json["previewUrl"])
    clock.advance(1)
    later = _signed(api.get(PREVIEW).json["previewUrl"])
    assert first[0] == other[0] != later[0]
    assert len({first[1], other[1], later[1]}) == 3


def test_the_key_is_kept_for_five_minutes(
    api: Api, catalogue: Any, account: Account, monotonic: Any
) -> None:
    catalogue.add("corner-shop")
    api.get(PREVIEW)
    account.client("secretsmanager").put_secret_value(SecretId=KEY_SECRET, SecretString="n" * 64)
    for seconds, key in ((299.0, "k"), (300.0, "n")):
        monotonic.seconds = seconds
        expires, signature = _signed(api.get(PREVIEW).json["previewUrl"])
        assert signature == _signature(key * 64, "corner-shop", expires), seconds
    assert account.calls.count("secretsmanager.GetSecretValue") == 2


@pytest.mark.parametrize("secret", ["", "too-short", None])
def test_without_a_usable_key_there_is_no_link_and_nothing_of_the_inside(
    start: Callable[..., Api], catalogue: Any, account: Account, secret: str | None
) -> None:
    name = "bbws/wp/other-key"
    if secret:
        account.client("secretsmanager").create_secret(Name=name, SecretString=secret)
    elif secret == "":
        account.client("secretsmanager").create_secret(Name=name, SecretBinary=b"x" * 64)
    catalogue.add("corner-shop")
    reply = start(PREVIEW_KEY_SECRET=name).get(PREVIEW)
    assert (reply.status, reply.code) == (500, "SYS_001")
    assert name not in reply.text
    assert "too-short" not in reply.text


def test_a_template_that_cannot_be_seen_has_no_preview(
    api: Api, catalogue: Any, account: Account
) -> None:
    catalogue.add("corner-shop", status="DRAFT")
    for template_id in ("corner-shop", "corner-shed", "No-Such"):
        reply = api.get(f"/v1.0/templates/{template_id}/preview")
        assert (reply.status, reply.code) == (404, "TEMP_001")
    assert "secretsmanager.GetSecretValue" not in account.calls
    assert api.get(PREVIEW, caller=STAFF).status == 200


def test_a_stranger_without_a_role_sees_no_preview(api: Api, catalogue: Any) -> None:
    catalogue.add("corner-shop")
    assert api.get(PREVIEW, caller=claims("NO_ROLE")).code == "AUTH_002"
