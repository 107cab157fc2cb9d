"""What a service writes about a request: one line, its ids, nothing secret; metrics."""

import re
from typing import Any

import pytest

from bbws_local.testing import LambdaContext
from bbws_shared.api import App
from bbws_shared.errors import SiteNotFound
from bbws_shared.http import Request, answer
from bbws_shared.observability import NAMESPACE, UNITS, Metric, Observability, observability


@pytest.fixture
def app(watched: Observability) -> App:
    app = App("test-service", watched)

    @app.route("GET", "/sites/{site_id}")
    def get_site(request: Request, site_id: str) -> dict[str, Any]:
        if site_id == "missing":
            raise SiteNotFound(site_id)
        if site_id == "broken":
            raise RuntimeError("out of luck")
        watched.count(Metric.SITE_CREATED)
        return answer(200, {})

    return app


def test_one_json_line_tells_a_request_and_its_ids(send: Any, app: App, written: Any) -> None:
    context = LambdaContext(aws_request_id="lambda-1")
    headers = {"X-Correlation-Id": "portal-42", "Authorization": "Bearer ey.secret"}
    send(app, "GET", "/sites/missing?q=x", headers=headers, request_id="gateway-1", context=context)
    logs, _ = written.lines()
    refused, answered = logs
    for line in logs:
        assert line["correlation_id"] == "portal-42"
        assert line["request_id"] == "gateway-1"
        assert line["function_request_id"] == "lambda-1"
        assert line["level"] == "INFO"
    assert (refused["error_code"], answered["status"]) == ("SITE_002", 404)
    assert (answered["method"], answered["path"]) == ("GET", "/sites/missing")
    assert answered["duration_ms"] >= 0
    assert "secret" not in str(logs)


def test_the_next_request_has_ids_of_its_own_in_the_log(send: Any, app: App, written: Any) -> None:
    for number in ("1", "2"):
        headers = {"X-Correlation-Id": f"c-{number}"}
        send(app, "GET", "/sites/missing", headers=headers, request_id=f"r-{number}")
    logs, _ = written.lines()
    ids = [(line["correlation_id"], line["request_id"]) for line in logs]
    assert ids == [("c-1", "r-1")] * 2 + [("c-2", "r-2")] * 2


def test_an_unexpected_exception_is_logged_with_its_cause(
    send: Any, app: App, written: Any
) -> None:
    reply = send(app, "GET", "/sites/broken", headers={"X-Correlation-Id": "portal-42"})
    logs, _ = written.lines()
    (line,) = [line for line in logs if line["level"] == "ERROR"]
    assert line["error_code"] == "SYS_001"
    assert line["correlation_id"] == "portal-42"
    assert line["request_id"] == reply.headers["x-request-id"]
    assert line["exception_name"] == "RuntimeError"
    assert "out of luck" in line["exception"]


def test_metrics_have_the_dimension_environment_and_no_other(
    send: Any, app: App, written: Any
) -> None:
    send(app, "GET", "/sites/site-1")
    _, (blob,) = written.lines()
    (directive,) = blob["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == NAMESPACE
    assert directive["Dimensions"] == [["Environment"]]
    assert blob["Environment"] == "dev"
    assert blob["SiteCreated"] == [1.0]
    assert "service" not in blob


def test_a_request_that_counts_nothing_writes_no_metrics(send: Any, app: App, written: Any) -> None:
    send(app, "GET", "/sites/missing")
    assert written.lines()[1] == []


def test_the_metrics_of_one_request_are_not_told_again_by_the_next(
    send: Any, app: App, written: Any
) -> None:
    for _ in range(2):
        send(app, "GET", "/sites/site-1")
    assert [blob["SiteCreated"] for blob in written.lines()[1]] == [[1.0], [1.0]]


@pytest.mark.parametrize("metric", list(Metric))
def test_each_metric_has_its_unit(watched: Observability, written: Any, metric: Metric) -> None:
    watched.count(metric, 2.5)
    watched.flush()
    _, (blob,) = written.lines()
    unit = UNITS[metric].value if metric in UNITS else "Count"
    told = blob["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    assert [(one["Name"], one["Unit"]) for one in told] == [(str(metric), unit)]
    assert blob[metric] == [2.5]


def test_values_of_one_metric_are_kept_apart(watched: Observability, written: Any) -> None:
    for milliseconds in (12.5, 40):
        watched.count(Metric.WORDPRESS_API_LATENCY, milliseconds)
    assert written.metrics(watched) == {"WordPressAPILatency": [12.5, 40.0]}


def test_a_log_line_names_its_service_and_its_time_in_utc(
    watched: Observability, written: Any
) -> None:
    watched.logger.info("hello")
    (line,), _ = written.lines()
    assert line["service"].startswith("shared-")
    # Lambda reads the level of a line only beside a timestamp of RFC 3339.
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", line["timestamp"])


def test_a_process_has_one_observability_for_each_service(credentials: None) -> None:
    one = observability("shared-one", "dev")
    assert observability("shared-one", "dev") is one
    assert observability("shared-two", "dev") is not one


def test_the_tracer_patches_nothing_and_is_made_once(watched: Observability) -> None:
    assert watched.tracer is watched.tracer
    assert watched.tracer.service.startswith("shared-")
