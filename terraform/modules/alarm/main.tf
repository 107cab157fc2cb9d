# One CloudWatch alarm on a metric, or on metric math over several, that tells the topic when it fires and when it ends.

locals {
  is_math = var.expression != null
  single  = local.is_math ? null : one(values(var.metrics))
  # A percentile is an "extended" statistic, which CloudWatch takes in a field of its own.
  is_percentile = !local.is_math && can(regex("^p[0-9.]+$", local.single.statistic))
}

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name        = var.name
  alarm_description = var.description

  namespace          = local.is_math ? null : local.single.namespace
  metric_name        = local.is_math ? null : local.single.name
  dimensions         = local.is_math ? null : local.single.dimensions
  statistic          = local.is_math || local.is_percentile ? null : local.single.statistic
  extended_statistic = local.is_percentile ? local.single.statistic : null
  period             = local.is_math ? null : var.period_seconds
  # Customers wait however few they are, so a percentile of few values counts too.
  evaluate_low_sample_count_percentiles = local.is_percentile ? "evaluate" : null

  dynamic "metric_query" {
    for_each = local.is_math ? var.metrics : {}
    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.statistic
        period      = var.period_seconds
      }
    }
  }

  dynamic "metric_query" {
    for_each = local.is_math ? [var.expression] : []
    content {
      id          = "value"
      label       = var.name
      expression  = metric_query.value
      return_data = true
    }
  }

  comparison_operator = var.comparison
  threshold           = var.threshold
  evaluation_periods  = var.periods
  datapoints_to_alarm = var.periods
  treat_missing_data  = var.missing_data

  actions_enabled = true
  alarm_actions   = [var.topic_arn]
  ok_actions      = [var.topic_arn]
}
