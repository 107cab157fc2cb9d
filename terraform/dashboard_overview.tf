# The dashboard's first screen: is it well?

locals {
  dashboard_overview = [
    {
      height = 2
      widgets = [{
        type  = "text"
        width = 24
        properties = {
          background = "transparent"
          markdown   = <<-MARKDOWN
            # WordPress site management, ${upper(var.environment)}
            Something fires? **[What each alarm means, and what to do](${local.repository}/docs/operations.md)** · [Alarms](#alarmsV2:) · [Roll back by hand](${local.repository}/docs/operations.md#automatic-rollback) · [Architecture](${local.repository}/docs/architecture.md) · [API](${local.repository}/docs/api.md)
          MARKDOWN
        }
      }]
    },
    {
      height = 4
      widgets = [{
        type  = "alarm"
        width = 24
        properties = {
          title  = "Alarms"
          alarms = [for key in sort(keys(local.limit)) : module.alarm[key].arn]
          sortBy = "stateUpdatedTimestamp"
        }
      }]
    },
    {
      height = 4
      widgets = [
        {
          type  = "metric"
          width = 4
          properties = merge(local.number, {
            title = "Requests"
            metrics = [
              concat(local.api_metric["Count"], [{ stat = "Sum", label = "requests", color = local.colour.plain }]),
              concat(local.api_metric["5xx"], [{ stat = "Sum", label = "5xx", color = local.colour.bad }]),
            ]
          })
        },
        {
          type  = "metric"
          width = 4
          properties = merge(local.number, {
            title   = "Answer time, p95"
            metrics = [concat(local.api_metric["Latency"], [{ stat = "p95", label = "ms", color = local.colour.plain }])]
          })
        },
        {
          type  = "metric"
          width = 4
          properties = merge(local.number, {
            title = "Sites created"
            metrics = [
              concat(local.own_metric["SiteCreated"], [{ stat = "Sum", label = "created", color = local.colour.good }]),
              concat(local.own_metric["SiteCreationFailed"], [{ stat = "Sum", label = "failed", color = local.colour.bad }]),
            ]
          })
        },
        {
          type  = "metric"
          width = 4
          properties = merge(local.number, {
            title   = "Time to create a site, p95"
            metrics = [concat(local.own_metric["SiteCreationDuration"], [{ stat = "p95", label = "s", color = local.colour.plain }])]
          })
        },
        {
          type  = "metric"
          width = 4
          properties = merge(local.number, {
            title = "WordPress"
            metrics = [
              concat(local.own_metric["WordPressAPILatency"], [{ stat = "p95", label = "p95, ms", color = local.colour.plain }]),
              concat(local.own_metric["WordPressAPITimeout"], [{ stat = "Sum", label = "timeouts", color = local.colour.bad }]),
            ]
          })
        },
        {
          type  = "metric"
          width = 4
          # What is there now, and not over the whole time that is looked at.
          properties = merge(local.number, {
            title                = "Waiting, and dead letters"
            setPeriodToTimeRange = false
            metrics = [
              concat(local.queue_metric["ApproximateNumberOfMessagesVisible"]["creation"], [{ stat = "Maximum", label = "to create", color = local.colour.plain }]),
              concat(local.dead_letters_metric, [{ stat = "Maximum", label = "DLQ", color = local.colour.bad }]),
            ]
          })
        },
      ]
    },
    {
      height = 6
      widgets = [
        {
          type  = "metric"
          width = 12
          properties = {
            title       = "API: answers that are 5xx, % (above the line the service rolls back)"
            metrics     = local.rates["rollback-api-5xx-rate"]
            yAxis       = local.percent
            annotations = { horizontal = [local.limit["rollback-api-5xx-rate"]] }
          }
        },
        {
          type  = "metric"
          width = 12
          properties = {
            title       = "Functions: errors in 5 minutes (above the red line the service rolls back)"
            stacked     = true
            metrics     = local.function_lines["Errors"]
            yAxis       = local.count
            annotations = { horizontal = [local.limit["lambda-errors"], local.limit["rollback-lambda-errors"]] }
          }
        },
      ]
    },
  ]
}
