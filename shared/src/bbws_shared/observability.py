"""Logger, tracer and metrics of Powertools, configured once, and the names of all metrics.

The metrics carry the dimension `Environment` and no other, as the alarms name them; therefore
POWERTOOLS_SERVICE_NAME, which would add a dimension `service`, is not set on the functions.
"""

import logging
from enum import StrEnum
from functools import cache, cached_property
from typing import Final

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE: Final = "BBWS/WPTechnical"


class Metric(StrEnum):
    """The metrics of the runbook, section 8, and of docs/architecture.md, section 9."""

    SITE_CREATED = "SiteCreated"
    SITE_CREATION_FAILED = "SiteCreationFailed"
    SITE_CREATION_DURATION = "SiteCreationDuration"
    SITE_DELETED = "SiteDeleted"
    TEMPLATE_APPLIED = "TemplateApplied"
    PLUGIN_INSTALLED = "PluginInstalled"
    PLUGIN_SECURITY_BLOCKED = "PluginSecurityBlocked"
    WORDPRESS_API_LATENCY = "WordPressAPILatency"
    WORDPRESS_API_TIMEOUT = "WordPressAPITimeout"
    DLQ_MESSAGES = "DLQMessages"


UNITS: Final = {
    Metric.SITE_CREATION_DURATION: MetricUnit.Seconds,
    Metric.WORDPRESS_API_LATENCY: MetricUnit.Milliseconds,
}
"""The unit of each metric that is not a count."""


class Observability:
    """What a function writes about itself."""

    def __init__(self, service: str, environment: str) -> None:
        self._service = service
        # botocore's DEBUG lines hold the bodies of answers, secrets among them.
        logging.getLogger("botocore").setLevel(logging.INFO)
        # Lambda takes a JSON line's level for INFO unless its timestamp is of RFC 3339 (Lambda docs,
        # "Log-level filtering").
        self.logger = Logger(service=service, utc=True, use_rfc3339=True)
        self.metrics = Metrics(namespace=NAMESPACE)
        self.metrics.set_default_dimensions(Environment=environment)

    @cached_property
    def tracer(self) -> Tracer:
        """The tracer; made at its first use, for it brings the X-Ray SDK with it."""
        return Tracer(service=self._service, auto_patch=False)

    def count(self, metric: Metric, value: float = 1) -> None:
        """Add a value of a metric, in the unit that it has."""
        self.metrics.add_metric(str(metric), UNITS.get(metric, MetricUnit.Count), value)

    def flush(self) -> None:
        """Write the metrics of this invocation, when there are any."""
        if self.metrics.metric_set:
            self.metrics.flush_metrics()


@cache
def observability(service: str, environment: str) -> Observability:
    """The process's observability of a service."""
    return Observability(service, environment)
