"""A metric is one set of dimensions: moto gives the values of every metric that has these and others."""

from typing import Any


def tell_metrics_apart_by_all_dimensions() -> None:
    """Change moto so, once in a process.

    ListMetrics, which tells moto what it has listed already, finds by some of the dimensions on AWS too
    (CloudWatch API reference, "ListMetrics", "GetMetricStatistics").
    """
    from moto.cloudwatch.models import MetricDatumBase

    finds = MetricDatumBase.filter
    if getattr(finds, "is_exact", False):
        return

    def is_found(
        datum: Any, namespace: Any, name: Any, dimensions: Any, already_present_metrics: Any = None
    ) -> bool:
        if not finds(datum, namespace, name, dimensions, already_present_metrics):
            return False
        is_listing = already_present_metrics is not None
        return is_listing or not dimensions or len(dimensions) == len(datum.dimensions)

    is_found.is_exact = True  # type: ignore[attr-defined]
    MetricDatumBase.filter = is_found  # type: ignore[method-assign, assignment]
