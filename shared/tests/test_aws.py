from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from bbws_local.specification import REGION
from bbws_shared import aws


@pytest.fixture(autouse=True)
def _fresh(credentials: None) -> Iterator[None]:
    aws.client.cache_clear()
    yield
    aws.client.cache_clear()


def test_a_process_makes_each_client_once() -> None:
    assert aws.client("sqs") is aws.client("sqs")
    assert aws.client("sqs") is not aws.client("dynamodb")


@pytest.mark.parametrize("service", ["dynamodb", "s3"])
def test_a_client_gives_up_before_an_api_function_is_out_of_time(service: str) -> None:
    config = aws.client(service).meta.config
    assert config.connect_timeout + config.read_timeout <= 10
    assert config.retries == {"mode": "adaptive", "total_max_attempts": 4}


def test_an_upload_goes_to_the_buckets_own_region_signed_as_an_opt_in_region_wants_it() -> None:
    url = urlsplit(
        aws.client("s3").generate_presigned_url(
            "put_object", Params={"Bucket": "bbws-wp-backups-dev", "Key": "a"}
        )
    )
    assert url.hostname == f"bbws-wp-backups-dev.s3.{REGION}.amazonaws.com"
    assert parse_qs(url.query)["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
