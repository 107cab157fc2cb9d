"""What the transport makes of WordPress's answers, and of none."""

import time

import pytest

from bbws_local.testing import OTHER_TENANT, TENANT, Account
from bbws_local.wordpress import ControlClient, SimulatorServer
from bbws_shared.observability import Observability
from bbws_shared.wordpress import WordPressClient
from bbws_shared.wordpress_transport import (
    CredentialStore,
    WordPressError,
    WordPressRefused,
    WordPressTransport,
    WordPressUnavailable,
    WrongTenantAnswered,
)

_DOMAIN = "shop.wpdev.bbws.io"


@pytest.fixture
def hasty(account: Account, wordpress: SimulatorServer, watched: Observability) -> WordPressClient:
    """A client that waits for no answer longer than a moment."""
    store = CredentialStore(account.client("secretsmanager"))
    transport = WordPressTransport(wordpress.url, store, watched, read_timeout=0.05)
    return WordPressClient(transport, TENANT, "portal-42")


def test_a_request_names_its_tenant_its_host_and_its_correlation(
    client: WordPressClient, control: ControlClient
) -> None:
    client.create_site("site-1", _DOMAIN, "Shop", {})
    client.plugins(_DOMAIN)
    told = [
        (seen["method"], seen["path"], seen["host"], seen["tenantId"], seen["correlationId"])
        for seen in control.requests()
    ]
    network = f"{TENANT}.wpnet.bbws.io"
    assert told == [
        ("POST", "/wp-json/bbws/v1/sites", network, TENANT, "portal-42"),
        ("GET", "/wp-json/wp/v2/plugins", _DOMAIN, TENANT, "portal-42"),
    ]


def test_an_answer_without_content_is_none(
    client: WordPressClient, transport: WordPressTransport
) -> None:
    site = client.create_site("site-1", _DOMAIN, "Shop", {})
    path = f"/bbws/v1/sites/{site.id}"
    assert transport.call("DELETE", TENANT, path, "portal-42") is None


@pytest.mark.parametrize("kind", ["wrongTenant", "noTenant", "misrouted"])
def test_an_answer_that_does_not_name_the_tenant_is_not_believed(
    client: WordPressClient, control: ControlClient, kind: str
) -> None:
    control.add_fault(kind)
    with pytest.raises(WrongTenantAnswered) as refusal:
        client.health()
    answered = "nobody" if kind == "noTenant" else OTHER_TENANT
    assert refusal.value.status == 421
    assert refusal.value.code == "bbws_wrong_tenant"
    assert refusal.value.message == f"asked {TENANT}, answered {answered}"
    assert len(control.requests()) == 1


def test_a_site_that_another_tenants_container_does_not_know_is_not_taken_for_gone(
    client: WordPressClient, control: ControlClient
) -> None:
    control.add_fault("wrongTenant")
    with pytest.raises(WrongTenantAnswered):
        client.find_site("site-1")
    with pytest.raises(WrongTenantAnswered):
        client.delete_site(7)


def test_a_tenant_that_the_load_balancer_does_not_know_is_answered_by_nobody(
    transport: WordPressTransport, account: Account
) -> None:
    account.grant_wordpress("tenant-789")
    with pytest.raises(WrongTenantAnswered, match="answered nobody"):
        WordPressClient(transport, "tenant-789", "portal-42").health()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_container_that_is_out_for_a_moment_is_asked_again(
    client: WordPressClient, control: ControlClient, status: int
) -> None:
    control.add_fault("status", status=status, times=1)
    assert client.create_site("site-1", _DOMAIN, "Shop", {}).external_id == "site-1"
    assert [seen["status"] for seen in control.requests()] == [status, 201]


def test_a_container_that_stays_out_is_unavailable_after_three_retries(
    client: WordPressClient, control: ControlClient
) -> None:
    control.add_fault("status", status=503)
    with pytest.raises(WordPressUnavailable, match="load balancer answered 503") as failure:
        client.health()
    assert not failure.value.timed_out
    assert [seen["status"] for seen in control.requests()] == [503] * 4


def test_a_container_that_is_under_maintenance_for_ten_minutes_is_not_waited_for(
    client: WordPressClient, control: ControlClient
) -> None:
    control.add_fault("status", status=503, retryAfter=600)
    with pytest.raises(WordPressUnavailable, match="answered 503"):
        client.health()
    assert len(control.requests()) == 4


def test_a_refusal_of_our_plugin_is_an_answer_and_not_a_container_that_is_out(
    client: WordPressClient, control: ControlClient
) -> None:
    control.add_fault("status", status=502, code="bbws_download_failed", message="No.")
    with pytest.raises(WordPressUnavailable) as failure:
        client.health()
    assert failure.value.code == "bbws_download_failed"
    assert len(control.requests()) == 1


@pytest.mark.parametrize(("slowness", "budget"), [(0, 0.25), (0.4, 0.5)])
def test_nothing_is_repeated_past_the_deadline(
    transport: WordPressTransport, control: ControlClient, slowness: float, budget: float
) -> None:
    control.add_fault("status", status=503, seconds=slowness)
    with pytest.raises(WordPressUnavailable):
        # No third request fits into that, with the pauses before it.
        WordPressClient(transport, TENANT, "portal-42", time.monotonic() + budget).health()
    control.clear_faults()
    assert len(control.requests()) <= 2


def test_where_nobody_listens_it_is_tried_again_but_not_past_the_deadline(
    account: Account, watched: Observability, wordpress: SimulatorServer, written: object
) -> None:
    store = CredentialStore(account.client("secretsmanager"))
    transport = WordPressTransport("http://127.0.0.1:1/", store, watched, read_timeout=1)
    store.of(TENANT)
    for seconds in (600, 0.09):
        deadline = time.monotonic() + seconds
        with pytest.raises(WordPressUnavailable):
            WordPressClient(transport, TENANT, "portal-42", deadline).health()
    tries = written.metrics(watched)["WordPressAPILatency"]  # type: ignore[attr-defined]
    # The first pause is longer than the second deadline.
    assert 4 <= len(tries) <= 5


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "internal_server_error"),
        (408, "slow"),
        (423, "locked"),
        (425, "early"),
        (429, "many"),
    ],
)
def test_a_wordpress_that_says_later_is_unavailable_with_its_code(
    client: WordPressClient, control: ControlClient, status: int, code: str
) -> None:
    control.add_fault("status", status=status, code=code, message="<p>Later.</p>")
    with pytest.raises(WordPressUnavailable) as failure:
        client.health()
    assert failure.value.code == code
    assert not failure.value.timed_out
    assert len(control.requests()) == 1, "the caller knows better when to ask again"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 422])
def test_a_wordpress_that_says_no_is_not_asked_again(
    client: WordPressClient, control: ControlClient, status: int
) -> None:
    control.add_fault("status", status=status, code="rest_no", message="No.")
    with pytest.raises(WordPressRefused) as refusal:
        client.get_site(7)
    assert (refusal.value.status, refusal.value.code) == (status, "rest_no")
    assert str(refusal.value) == f"{status} rest_no: No."
    assert len(control.requests()) == 1


@pytest.mark.parametrize("body", ["<html>", {"reason": "none"}, [1, 2]])
def test_a_refusal_in_an_unknown_form_is_still_a_refusal(
    client: WordPressClient, control: ControlClient, body: object
) -> None:
    control.add_fault("status", status=400, body=body)
    with pytest.raises(WordPressRefused) as refusal:
        client.health()
    assert (refusal.value.code, refusal.value.message) == ("unknown", "")


@pytest.mark.parametrize(
    ("body", "told"),
    [("<html>", "without JSON"), ({"id": 7}, "unknown form"), ([], "unknown form")],
)
def test_a_success_in_an_unknown_form_is_no_success(
    client: WordPressClient, control: ControlClient, body: object, told: str
) -> None:
    control.add_fault("status", status=200, body=body)
    with pytest.raises(WordPressUnavailable, match=told):
        client.health()


def test_a_redirect_is_refused_and_never_followed(
    client: WordPressClient, control: ControlClient
) -> None:
    with pytest.raises(WordPressRefused) as refusal:
        client.plugins("nobody.wpdev.bbws.io")
    assert (refusal.value.status, refusal.value.code) == (302, "redirected")
    assert len(control.requests()) == 1


def test_no_answer_in_time_is_told_as_that_and_counted(
    hasty: WordPressClient, control: ControlClient, watched: Observability, written: object
) -> None:
    fault = control.add_fault("timeout")
    with pytest.raises(WordPressUnavailable, match="in time") as failure:
        hasty.health()
    assert failure.value.timed_out
    control.wait_for_fault(fault["id"])
    assert len(control.requests()) == 1, "it is left to the caller, who knows the time that remains"
    counted = written.metrics(watched)  # type: ignore[attr-defined]
    assert counted["WordPressAPITimeout"] == [1.0]
    (milliseconds,) = counted["WordPressAPILatency"]
    assert milliseconds >= 50


def test_a_slow_answer_is_no_answer_though_it_had_its_effect(
    hasty: WordPressClient, client: WordPressClient, control: ControlClient
) -> None:
    control.add_fault("latencyAfter", method="POST", seconds=60, times=1)
    with pytest.raises(WordPressUnavailable) as failure:
        hasty.create_site("site-1", _DOMAIN, "Shop", {})
    assert failure.value.timed_out
    control.wait_for_effect(TENANT, "site_created")
    control.clear_faults()
    assert client.create_site("site-1", _DOMAIN, "Shop", {}).external_id == "site-1"
    assert len(control.effects(TENANT, "site_created")) == 1


@pytest.mark.parametrize(("kind", "effects"), [("cut", 0), ("cutAfter", 1)])
def test_a_cut_connection_is_unavailable_and_the_repetition_makes_one_site(
    client: WordPressClient, control: ControlClient, kind: str, effects: int
) -> None:
    control.add_fault(kind, times=1)
    with pytest.raises(WordPressUnavailable, match="out of reach") as failure:
        client.create_site("site-1", _DOMAIN, "Shop", {})
    assert not failure.value.timed_out
    assert len(control.effects(TENANT)) == effects
    client.create_site("site-1", _DOMAIN, "Shop", {})
    assert len(control.effects(TENANT)) == 1


def test_where_nobody_listens_wordpress_is_unavailable(
    account: Account, watched: Observability, wordpress: SimulatorServer
) -> None:
    store = CredentialStore(account.client("secretsmanager"))
    transport = WordPressTransport("http://127.0.0.1:1/", store, watched, read_timeout=1)
    with pytest.raises(WordPressUnavailable, match="out of reach: ConnectionError"):
        WordPressClient(transport, TENANT, "portal-42").health()


def test_each_answer_is_timed(
    client: WordPressClient, control: ControlClient, watched: Observability, written: object
) -> None:
    client.health()
    control.add_fault("status", status=404)
    with pytest.raises(WordPressError):
        client.get_site(7)
    counted = written.metrics(watched)  # type: ignore[attr-defined]
    assert set(counted) == {"WordPressAPILatency"}
    assert len(counted["WordPressAPILatency"]) == 2
