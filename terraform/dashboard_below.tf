# The dashboard's rows about what the service stands on: WordPress, the table, the logs.

locals {
  dashboard_below = [
    local.dashboard_heading.wordpress,
    {
      height = 6
      widgets = [
        {
          type  = "metric"
          width = 8
          properties = {
            title = "Time of a call"
            metrics = [
              concat(local.own_metric["WordPressAPILatency"], [{ stat = "p50", label = "p50", color = local.colour.good }]),
              concat(local.own_metric["WordPressAPILatency"], [{ stat = "p95", label = "p95", color = local.colour.plain }]),
            ]
            yAxis       = local.milliseconds
            annotations = { horizontal = [local.limit["wordpress-api-latency"]] }
          }
        },
        {
          type  = "metric"
          width = 8
          properties = {
            title       = "Calls without an answer in time, %"
            metrics     = local.rates["wordpress-api-timeout-rate"]
            yAxis       = local.percent
            annotations = { horizontal = [local.limit["wordpress-api-timeout-rate"]] }
          }
        },
        {
          type  = "metric"
          width = 8
          properties = {
            title = "Internal load balancer in 5 minutes (all that it serves)"
            metrics = [
              concat(local.alb_metric["HTTPCode_Target_5XX_Count"], [{ stat = "Sum", label = "5xx of the containers", color = local.colour.warning }]),
              concat(local.alb_metric["HTTPCode_ELB_5XX_Count"], [{ stat = "Sum", label = "5xx of its own", color = local.colour.bad }]),
              concat(local.alb_metric["TargetConnectionErrorCount"], [{ stat = "Sum", label = "containers out of reach", color = local.colour.faint }]),
            ]
            yAxis = local.count
          }
        },
      ]
    },
    local.dashboard_heading.table,
    {
      height = 6
      widgets = [
        {
          type  = "metric"
          width = 12
          properties = {
            title = "Refused by the table in 5 minutes"
            metrics = [
              concat(local.table_metric["ReadThrottleEvents"], [{ stat = "Sum", label = "reads throttled", color = local.colour.warning }]),
              concat(local.table_metric["WriteThrottleEvents"], [{ stat = "Sum", label = "writes throttled", color = local.colour.bad }]),
              concat(local.table_metric["TransactionConflict"], [{ stat = "Sum", label = "transactions that met another", color = local.colour.faint }]),
            ]
            yAxis = local.count
          }
        },
        {
          type  = "metric"
          width = 12
          properties = {
            title   = "Time of the table, p95"
            metrics = [for operation, metric in local.table_time : concat(metric, [{ stat = "p95", label = operation }])]
            yAxis   = local.milliseconds
          }
        },
      ]
    },
    {
      height = 8
      widgets = [{
        type  = "log"
        width = 24
        properties = {
          title  = "The last errors"
          region = data.aws_region.current.name
          view   = "table"
          # A function that was cut off writes no line of its own; Lambda's report of it does. An exception that nobody
          # caught is written by Lambda too, with log_level and errorMessage.
          query = join(" | ", concat(
            [for service in local.services : "SOURCE '${module.function[service].log_group_name}'"],
            [
              "fields @timestamp, service, message, error_code, reason, correlation_id, record.status, errorMessage",
              "filter level in ['ERROR', 'CRITICAL'] or log_level = 'ERROR' or (type = 'platform.report' and record.status != 'success')",
              "sort @timestamp desc",
              "limit 50",
            ],
          ))
        }
      }]
    },
  ]
}
