"""Every error a caller can see, held against the table of codes that the API promises."""

import json

import pytest

from bbws_shared import errors
from bbws_shared.errors import ServiceError
from bbws_shared.http import error_answer

_STATUSES = {
    "SITE_001": {400},
    "SITE_002": {404},
    "SITE_003": {409},
    "SITE_004": {422},
    "SITE_005": {422},
    "SITE_006": {422},
    "SITE_007": {409},
    "OP_001": {404},
    "OP_002": {409},
    "AUTH_001": {401},
    "AUTH_002": {403},
    "TEMP_001": {404},
    "TEMP_002": {422},
    "TEMP_003": {409},
    "TEMP_004": {409},
    "PLUG_001": {404},
    "PLUG_002": {422},
    "PLUG_003": {422},
    "PLUG_004": {409},
    "PLUG_005": {422},
    "PLUG_006": {409},
    "WP_001": {502},
    "WP_002": {504},
    "REQ_001": {409, 422},
    "REQ_002": {412},
    "REQ_003": {404, 405, 413, 415},
    "SYS_001": {500},
}
_WITH_ARGUMENTS: dict[type[ServiceError], ServiceError] = {
    errors.QuotaExceeded: errors.QuotaExceeded(5, 5, "BASIC"),
    errors.OperationInFlight: errors.OperationInFlight("site-1", "op-1"),
    errors.MethodNotAllowed: errors.MethodNotAllowed("PATCH", ["GET", "PUT"]),
    errors.PluginVersionConflicts: errors.PluginVersionConflicts("forms", "2.0", "1.9"),
    errors.CataloguePluginInUse: errors.CataloguePluginInUse("forms", 2),
    errors.InternalError: errors.InternalError(),
}


def _kinds() -> list[type[ServiceError]]:
    found = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [kind for kind in found if issubclass(kind, ServiceError) and kind is not ServiceError]


def _one(kind: type[ServiceError]) -> ServiceError:
    return _WITH_ARGUMENTS.get(kind) or kind("subject")


@pytest.mark.parametrize("kind", _kinds())
def test_each_error_has_a_code_of_the_table_with_its_status(kind: type[ServiceError]) -> None:
    assert kind.status in _STATUSES[kind.code]


@pytest.mark.parametrize("kind", _kinds())
def test_each_error_says_what_happened_and_what_to_do(kind: type[ServiceError]) -> None:
    error = _one(kind)
    assert error.message == str(error)
    assert error.suggestion.endswith(".")
    assert _answered(error)["error"]["details"] == error.details


def test_every_code_and_status_of_the_table_has_its_error() -> None:
    made: dict[str, set[int]] = {}
    for kind in _kinds():
        made.setdefault(kind.code, set()).add(int(kind.status))
    assert made == _STATUSES


@pytest.mark.parametrize("kind", _kinds())
def test_an_answer_that_asks_for_patience_says_how_long(kind: type[ServiceError]) -> None:
    error = _one(kind)
    if error.status in (502, 503, 504):
        assert int(error.headers()["Retry-After"]) > 0


def test_two_tenants_cannot_tell_each_others_sites_from_none() -> None:
    assert _answered(errors.SiteNotFound("site-1"))["error"]["details"] == {}


def test_a_quota_tells_its_numbers() -> None:
    error = errors.QuotaExceeded(5, 5, "BASIC")
    assert error.details == {"currentSites": 5, "maxSites": 5, "tier": "BASIC"}


def test_all_bad_fields_are_told_together() -> None:
    bad = [{"field": "a", "message": "is required"}, {"field": "b", "message": "is required"}]
    assert _answered(errors.InvalidRequest.fields(bad))["error"]["details"] == {"errors": bad}


def test_a_missing_plugin_names_the_version_when_that_is_what_is_missing() -> None:
    assert errors.PluginNotFound("forms").message.startswith("Plugin 'forms' was")
    assert errors.PluginNotFound("forms", "2.0").message.startswith("Plugin 'forms' 2.0 was")


def _answered(error: ServiceError) -> dict[str, dict[str, object]]:
    answer = error_answer(error, "r")
    assert answer["statusCode"] == error.status
    body: dict[str, dict[str, object]] = json.loads(answer["body"])
    return body
