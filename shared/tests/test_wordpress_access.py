"""How WordPress is reached: whose password, read how often, shown to nobody."""

import base64
import json
import logging
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bbws_local.testing import OTHER_TENANT, TENANT, Account
from bbws_local.wordpress import ControlClient, SimulatorServer
from bbws_shared.config import WordPressSettings
from bbws_shared.observability import Observability
from bbws_shared.wordpress import WordPressClient
from bbws_shared.wordpress_access import ReachWordPress, wordpress_access
from bbws_shared.wordpress_transport import (
    WordPressError,
    WordPressRefused,
    WordPressTransport,
    WordPressUnavailable,
)

_READ = "secretsmanager.GetSecretValue"


def _access(
    account: Account, wordpress: SimulatorServer, watched: Observability, budget: float | None
) -> ReachWordPress:
    environ = {"ENVIRONMENT": "dev", "TABLE_NAME": "sites", "WORDPRESS_BASE_URL": wordpress.url}
    settings = WordPressSettings.load(environ)
    account.calls.clear()
    return wordpress_access(settings, account.client, watched, read_timeout=10, budget=budget)


@pytest.fixture
def reach(account: Account, wordpress: SimulatorServer, watched: Observability) -> ReachWordPress:
    return _access(account, wordpress, watched, None)


def _change_secret(account: Account, password: str) -> None:
    secret = {"username": "bbws", "password": password, "networkHost": f"{TENANT}.wpnet.bbws.io"}
    account.client("secretsmanager").put_secret_value(
        SecretId=f"bbws/wp/{TENANT}/wp-app-password", SecretString=json.dumps(secret)
    )
    account.calls.clear()


def _change_password(wordpress: SimulatorServer, password: str) -> None:
    network = wordpress.state.networks[TENANT]
    network.tenant = replace(network.tenant, password=password)


def test_a_tenants_password_is_read_once_for_all_its_requests(
    reach: ReachWordPress, account: Account
) -> None:
    reach(TENANT, "a").health()
    reach(TENANT, "b").health()
    assert account.calls == [_READ]
    reach(OTHER_TENANT, "c").health()
    assert account.calls == [_READ] * 2


def test_nothing_is_asked_of_aws_before_wordpress_is_really_called(
    reach: ReachWordPress, account: Account, control: ControlClient
) -> None:
    reach(TENANT, "a")
    assert account.calls == []
    assert control.requests() == []


def test_each_piece_of_work_carries_its_correlation(
    reach: ReachWordPress, control: ControlClient
) -> None:
    reach(TENANT, "a").health()
    reach(OTHER_TENANT, "b").health()
    told = [(seen["tenantId"], seen["correlationId"]) for seen in control.requests()]
    assert told == [(TENANT, "a"), (OTHER_TENANT, "b")]


def test_a_password_that_was_rotated_is_read_again_within_the_same_request(
    client: WordPressClient, account: Account, wordpress: SimulatorServer, control: ControlClient
) -> None:
    client.health()
    _change_password(wordpress, "new one")
    _change_secret(account, "new one")
    client.health()
    assert account.calls == [_READ]
    assert [seen["status"] for seen in control.requests()] == [200, 401, 200]
    client.health()
    assert account.calls == [_READ]


def test_a_password_that_stays_wrong_is_refused_after_a_second_look(
    client: WordPressClient, account: Account, wordpress: SimulatorServer, control: ControlClient
) -> None:
    _change_password(wordpress, "new one")
    with pytest.raises(WordPressRefused) as refusal:
        client.health()
    assert (refusal.value.status, refusal.value.code) == (401, "incorrect_password")
    assert account.calls == [_READ] * 2
    assert [seen["status"] for seen in control.requests()] == [401, 401]
    _change_secret(account, "new one")
    client.health()


def test_a_tenant_without_a_password_is_refused_without_a_request(
    transport: WordPressTransport, control: ControlClient
) -> None:
    with pytest.raises(WordPressRefused, match="tenant-789 has no application password") as refusal:
        WordPressClient(transport, "tenant-789", "a").health()
    assert (refusal.value.status, refusal.value.code) == (401, "bbws_no_credentials")
    assert control.requests() == []


@pytest.mark.parametrize(
    "text", ["pass word", "[]", '{"username": "bbws", "password": "pass word"}']
)
def test_a_malformed_secret_is_an_outage_that_shows_nothing_of_it(
    client: WordPressClient, account: Account, text: str
) -> None:
    account.client("secretsmanager").put_secret_value(
        SecretId=f"bbws/wp/{TENANT}/wp-app-password", SecretString=text
    )
    with pytest.raises(WordPressUnavailable, match=f"secret of {TENANT} is malformed") as outage:
        client.health()
    assert "pass word" not in "".join(traceback.format_exception(outage.value))


def test_a_password_that_may_not_be_read_is_our_own_trouble(
    client: WordPressClient, answer_instead: Any
) -> None:
    denied = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
    answer_instead("GetSecretValue", denied, status=400, service="secretsmanager")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.health()
    client.health()


def test_neither_a_proxy_nor_a_netrc_of_the_machine_is_used(
    client: WordPressClient,
    control: ControlClient,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    client.health()
    assert [seen["status"] for seen in control.requests()] == [200]


def test_a_piece_of_work_whose_time_is_up_asks_nobody(
    account: Account, wordpress: SimulatorServer, watched: Observability, written: Any,
    control: ControlClient,
) -> None:  # fmt: skip
    client = _access(account, wordpress, watched, 0)(TENANT, "a")
    with pytest.raises(WordPressUnavailable, match="no time is left") as failure:
        client.health()
    assert failure.value.timed_out
    assert control.requests() == []
    assert account.calls == []
    assert written.metrics(watched) == {"WordPressAPITimeout": [1.0]}


def test_all_calls_of_one_piece_of_work_share_its_time_and_the_next_has_its_own(
    account: Account, wordpress: SimulatorServer, watched: Observability, control: ControlClient
) -> None:
    reach = _access(account, wordpress, watched, 0.3)
    held = reach(TENANT, "a")
    fault = control.add_fault("timeout", times=1)
    with pytest.raises(WordPressUnavailable, match="did not answer in time"):
        held.health()
    control.wait_for_fault(fault["id"])
    with pytest.raises(WordPressUnavailable, match="no time is left"):
        held.plugins("shop.wpdev.bbws.io")
    assert reach(TENANT, "b").health().database == "ok"


_FAULTS: list[dict[str, Any]] = [
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 403, "code": "rest_forbidden"},
    {"kind": "status", "status": 200, "body": "<html>"},
    {"kind": "wrongTenant"},
    {"kind": "cut"},
]


def test_the_password_is_in_no_log_and_in_no_error(
    client: WordPressClient,
    control: ControlClient,
    wordpress: SimulatorServer,
    watched: Observability,
    written: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    client.health()
    told = ""
    for fault in _FAULTS:
        control.add_fault(**fault, times=1)
        with pytest.raises(WordPressError) as failure:
            client.health()
        watched.logger.error("failed", exc_info=failure.value)
        told += "".join(traceback.format_exception(failure.value))
    _change_password(wordpress, "new one")
    with pytest.raises(WordPressRefused) as refusal:
        client.health()
    told += "".join(traceback.format_exception(refusal.value)) + caplog.text + written.text()
    password = f"pass word {TENANT}"
    assert "rest_forbidden" in told
    assert password not in told
    assert base64.b64encode(f"bbws:{password}".encode()).decode() not in told


def test_a_piece_of_work_can_be_given_another_budget(
    account: Account, wordpress: SimulatorServer, watched: Observability
) -> None:
    reach = _access(account, wordpress, watched, 0.0)
    with pytest.raises(WordPressUnavailable):
        reach(TENANT, "a").health()
    assert reach(TENANT, "a", budget=5.0).health().database == "ok"
