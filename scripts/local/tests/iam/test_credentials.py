"""Whose call it is, by its signature's access key."""

import boto3
from botocore.config import Config

from bbws_local.iam.credentials import access_key_id, access_key_of
from bbws_local.operations import operation_of
from bbws_local.serving import Request


def test_each_function_has_a_key_of_its_own_in_the_form_of_aws() -> None:
    keys = {access_key_id(f"dev-bbws-{name}") for name in ("sites", "templates", "plugins")}
    assert len(keys) == 3
    for key in keys:
        assert len(key) == 20
        assert key.startswith("ASIA")
        assert key.isalnum()
        assert key == key.upper()


def test_a_signed_request_names_its_key() -> None:
    credential = f"{access_key_id('one')}/20260125/af-south-1/sqs/aws4_request"
    headers = [("Authorization", f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host")]
    assert access_key_of(Request("POST", "/", headers, b"")) == access_key_id("one")


def test_a_presigned_url_names_the_key_that_signed_it_and_what_it_is_for() -> None:
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:4566",
        region_name="af-south-1",
        aws_access_key_id=access_key_id("one"),
        aws_secret_access_key="local",
        config=Config(signature_version="s3v4"),
    )
    for call, method, operation in (
        ("get_object", "GET", "GetObject"), ("put_object", "PUT", "PutObject")
    ):  # fmt: skip
        url = client.generate_presigned_url(call, Params={"Bucket": "backups", "Key": "a/b.gz"})
        request = Request(method, url.removeprefix("http://127.0.0.1:4566"), [], b"")
        assert access_key_of(request) == access_key_id("one")
        assert operation_of(request) == ("s3", operation)


def test_an_unsigned_request_is_nobodys() -> None:
    assert access_key_of(Request("GET", "/backups/a", [], b"")) == ""
