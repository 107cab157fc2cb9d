"""POST …/plugins: one request, one plugin in WordPress and in the table."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bbws_local.testing import OTHER_TENANT, STAFF, TENANT, Reply, claims

SITE_ID = "site-0190163d-8694-739b-aea5-966c26f8ad91"
SITE = f"/v1.0/tenants/{TENANT}/sites/{SITE_ID}"
AUDIT = "dynamodb.PutItem"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["pluginId", "version", "activate", "configuration", "mailTo", ""]), inner
    ),
    max_leaves=8,
)


def test_an_installed_plugin_is_active_in_wordpress_and_on_the_list(
    world: Any, promised: Callable[[str, Any], None], counted: Callable[[str], float]
) -> None:
    body = {
        "pluginId": "forms",
        "configuration": {"mailTo": "me@shop.example", "columns": [1, {"a": None}]},
    }
    reply = world.install(body, headers={"X-Correlation-Id": "portal-42"})
    assert reply.status == 201
    promised("InstalledPlugin", reply.json)
    assert reply.json == {
        "pluginId": "forms",
        "siteId": SITE_ID,
        "name": "Forms",
        "version": "2.1.0",
        "isActive": True,
        "installedAt": "2026-01-25T08:00:00.000Z",
        "installedBy": "user-1@customer-admin.example",
        "configuration": body["configuration"],
        "hasUpdate": False,
        "latestVersion": "2.1.0",
        "isVulnerable": False,
        "_links": {
            "self": {"href": f"{SITE}/plugins/forms"},
            "site": {"href": SITE},
            "plugin": {"href": "/v1.0/plugins/forms"},
        },
    }
    assert reply.headers["location"] == f"{SITE}/plugins/forms"
    assert reply.headers["x-correlation-id"] == "portal-42"
    assert counted("PluginInstalled") == 1
    assert world.effects() == [
        "package_vetted",
        "plugin_installed",
        "plugin_activated",
        "plugin_settings_changed",
    ]
    (site,) = world.control.state(TENANT)["sites"]
    assert site["activePlugins"] == ["forms/forms"]
    assert site["pluginSettings"] == {"forms": body["configuration"]}
    seen = [one["correlationId"] for one in world.control.requests(TENANT)]
    assert set(seen[1:]) == {"portal-42"}
    (listed,) = world.api.get(f"{SITE}/plugins").json["items"]
    assert listed == reply.json


def test_installing_takes_five_reads_and_writes_of_its_own_one_password_and_the_audit(
    world: Any,
) -> None:
    assert world.install().status == 201
    assert world.account.calls == [
        "dynamodb.GetItem",
        "dynamodb.Query",
        "dynamodb.BatchGetItem",
        "dynamodb.TransactWriteItems",
        "secretsmanager.GetSecretValue",
        "dynamodb.TransactWriteItems",
        "dynamodb.PutItem",
    ]


def test_a_plugin_can_be_installed_without_activating_it(world: Any) -> None:
    reply = world.install({"pluginId": "forms", "activate": False})
    assert (reply.status, reply.json["isActive"], reply.json["configuration"]) == (201, False, {})
    assert world.effects() == ["package_vetted", "plugin_installed"]


def test_an_older_version_is_installed_when_it_is_asked_for(world: Any) -> None:
    world.catalogue.add(versions=("2.1.0", "2.0.9"))
    assert world.install({"pluginId": "forms", "version": "2.0.9"}).json["version"] == "2.0.9"
    plugins = {p["plugin"]: p["version"] for p in world.control.state(TENANT)["plugins"]}
    assert plugins["forms/forms"] == "2.0.9"


def test_every_bad_field_is_named_at_once(world: Any, promised: Callable[[str, Any], None]) -> None:
    world.account.calls.clear()
    reply = world.install(
        {
            "pluginId": "-forms",
            "version": " ",
            "activate": "yes",
            "configuration": {"mailTo": {"deep": 10**40}, "columns": "\ud800"},
            "pluginID": "typo",
        }
    )
    assert (reply.status, reply.code) == (400, "SITE_001")
    promised("InvalidRequestError", reply.json)
    assert {error["field"] for error in reply.json["error"]["details"]["errors"]} == {
        "pluginId",
        "version",
        "activate",
        "configuration.mailTo",
        "configuration.columns",
        "pluginID",
    }
    assert world.account.calls == [AUDIT]


def test_what_the_contract_does_not_allow_is_refused_field_by_field(world: Any) -> None:
    for field, values in (
        ("pluginId", ["", "Forms", "forms-", "my_forms", "a" * 101, "a\nb", None, 7]),
        ("version", ["", "-1", ".1", "1 0", "1/0", "é", "1" * 51, None, 2.1]),
        ("activate", ["true", 1, None]),
        ("configuration", [None, [], "x"]),
        ("configuration.mailTo", [{"mailTo": [{"": 1}]}, {"mailTo": {"\ud800": 1}}]),
        ("configuration.unknown", [{"unknown": 1}]),
    ):
        for value in values:
            name = field.partition(".")[0]
            reply = world.install({"pluginId": "forms", name: value})
            assert (reply.status, reply.code) == (400, "SITE_001"), (field, value)
            assert [e["field"] for e in reply.json["error"]["details"]["errors"]] == [field]
    missing = world.api.post(f"{SITE}/plugins", {})
    errors = missing.json["error"]["details"]["errors"]
    assert errors == [{"field": "pluginId", "message": "is required"}]
    assert world.records() == []


def test_the_longest_and_strangest_legal_names_are_known_or_not_found(world: Any) -> None:
    world.catalogue.add(versions=("2.1.0-rc.1+build_7",))
    for body in (
        {"pluginId": "a" * 100},
        {"pluginId": "0"},
        {"pluginId": "forms", "version": "1" * 50},
        {"pluginId": "forms", "version": "2.1"},
    ):
        reply = world.install(body)
        assert (reply.status, reply.code) == (404, "PLUG_001")
    assert world.install({"pluginId": "forms", "version": "2.1.0-rc.1+build_7"}).status == 201


def test_a_value_that_cannot_be_stored_is_a_bad_field(world: Any) -> None:
    for value in (b"1e400", b"-1e999", b"1e-200", b"1" * 39, b"[" * 30 + b"]" * 30):
        raw = b'{"pluginId": "forms", "configuration": {"mailTo": ' + value + b"}}"
        reply = world.api.call("POST", f"{SITE}/plugins", raw=raw)
        assert (reply.status, reply.code) == (400, "SITE_001")
        assert reply.json["error"]["details"]["errors"][0]["field"] == "configuration.mailTo"


def test_what_is_no_json_request_is_refused(world: Any) -> None:
    for raw, headers, status in (
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"pluginId": NaN}', {}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b" " * 300_000, {}, 413),
    ):
        reply = world.api.call("POST", f"{SITE}/plugins", raw=raw, headers=headers)
        assert reply.status == status


@examples(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=JSON | st.fixed_dictionaries({"pluginId": st.just("forms")}, optional={
    "version": JSON, "activate": st.booleans(),
    "configuration": st.fixed_dictionaries({}, optional={"mailTo": JSON, "x": JSON})},
))  # fmt: skip
def test_no_body_whatever_makes_it_fail(world: Any, body: Any) -> None:
    reply = world.api.call("POST", f"{SITE}/plugins", raw=json.dumps(body).encode())
    assert reply.status in (201, 400, 404, 409, 415)


def test_who_may_install_a_plugin(world: Any) -> None:
    for role in ("CUSTOMER_VIEWER", "unknown-group"):
        refused = world.install(caller=claims(role))
        assert (refused.status, refused.code) == (403, "AUTH_002")
    nobody = world.install(anonymous=True)
    assert (nobody.status, nobody.code) == (401, "AUTH_001")
    assert world.records() == []
    callers = [claims("CUSTOMER_SUPER_ADMIN"), claims("CUSTOMER_ADMIN"), claims("CUSTOMER_USER")]
    for number, caller in enumerate([*callers, STAFF]):
        world.catalogue.add(f"plugin-{number}")
        assert world.install({"pluginId": f"plugin-{number}"}, caller=caller).status == 201


def test_anothers_site_is_like_one_that_does_not_exist(world: Any) -> None:
    stranger = claims("CUSTOMER_SUPER_ADMIN", OTHER_TENANT)
    absent_id = SITE_ID.replace("0190", "0191")
    absent = world.api.post(SITE.replace(SITE_ID, absent_id) + "/plugins", {"pluginId": "forms"})
    through_own_tenant = world.api.post(
        SITE.replace(TENANT, OTHER_TENANT) + "/plugins", {"pluginId": "forms"}, caller=stranger
    )
    foreign = world.install(caller=stranger)
    for reply in (absent, through_own_tenant, foreign):
        assert (reply.status, reply.code) == (404, "SITE_002")
    told = {**foreign.json["error"], "message": ""}
    assert told == {**absent.json["error"], "message": ""}
    assert world.records() == []
    world.account.calls.clear()
    reply = world.api.post(f"/v1.0/tenants/{TENANT}/sites/site-1/plugins", {"pluginId": "forms"})
    assert reply.code == "SITE_002"
    assert world.account.calls == [AUDIT]


def test_a_repetition_gets_the_first_answer_and_installs_nothing(world: Any) -> None:
    key = {"Idempotency-Key": "order-7"}
    first, second = world.install(headers=key), world.install(headers=key)
    assert (second.status, second.text) == (201, first.text)
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert world.effects().count("plugin_installed") == 1
    reused = world.install({"pluginId": "forms", "activate": False}, headers=key)
    assert (reused.status, reused.code) == (422, "REQ_001")


@pytest.mark.parametrize("at", ["dynamodb.PutItem", "secretsmanager.GetSecretValue"])
def test_of_two_installations_at_once_one_succeeds(world: Any, at: str) -> None:
    """The second request comes before the first has claimed the plugin, or after."""
    during: list[Reply | None] = []

    def meanwhile(**_: Any) -> None:
        if not during:
            during.append(None)
            during[0] = world.install()

    events = world.account.client(at.partition(".")[0]).meta.events
    name = f"before-call.{at.replace('secretsmanager', 'secrets-manager')}"
    events.register(name, meanwhile)
    first = world.install()
    events.unregister(name, meanwhile)
    assert during[0] is not None
    by_status = {reply.status: reply for reply in (first, during[0])}
    assert set(by_status) == {201, 409}
    assert by_status[409].code == "PLUG_006"
    assert world.effects().count("plugin_installed") == 1
    assert world.listed() == ["forms"]


def test_an_installation_can_be_planned(world: Any, promised: Callable[[str, Any], None]) -> None:
    body = {"pluginId": "forms", "activate": False, "configuration": {"columns": 2}}
    plan = world.api.post(f"{SITE}/plugins?validateOnly=true", body)
    assert plan.status == 200
    promised("Plan", plan.json)
    assert plan.json["plan"] == {
        "action": "installPlugin",
        "steps": [],
        "effects": {
            "pluginId": "forms",
            "version": "2.1.0",
            "isActive": False,
            "configuration": {"columns": 2},
        },
    }
    assert [(check["name"], check["status"]) for check in plan.json["checks"]] == [
        ("blocklist", "PASS"),
        ("vulnerability", "PASS"),
        ("compatibility", "PASS"),
        ("conflict", "PASS"),
    ]
    assert world.account.calls == [
        "dynamodb.GetItem",
        "dynamodb.Query",
        "dynamodb.BatchGetItem",
        # Which version the tenant's other sites have: an installation hears it from WordPress.
        "dynamodb.Query",
    ]
    assert (world.records(), world.effects()) == ([], [])
    assert world.install().status == 201
    again = world.api.post(f"{SITE}/plugins?validateOnly=true", body)
    assert (again.status, again.code) == (409, "PLUG_006")
