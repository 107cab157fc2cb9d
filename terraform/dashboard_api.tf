# The dashboard's rows about what callers see and which function it is.

locals {
  dashboard_api = [
    local.dashboard_heading.api,
    {
      height = 6
      widgets = [
        {
          type  = "metric"
          width = 12
          properties = {
            title = "Requests in 5 minutes"
            metrics = [
              concat(local.api_metric["Count"], [{ stat = "Sum", label = "all", color = local.colour.plain }]),
              concat(local.api_metric["4xx"], [{ stat = "Sum", label = "4xx", color = local.colour.warning }]),
              concat(local.api_metric["5xx"], [{ stat = "Sum", label = "5xx", color = local.colour.bad }]),
            ]
            yAxis = local.count
          }
        },
        {
          type  = "metric"
          width = 12
          properties = {
            title = "Time to answer"
            metrics = [
              concat(local.api_metric["Latency"], [{ stat = "p50", label = "p50", color = local.colour.good }]),
              concat(local.api_metric["Latency"], [{ stat = "p95", label = "p95", color = local.colour.plain }]),
              concat(local.api_metric["Latency"], [{ stat = "p99", label = "p99", color = local.colour.warning }]),
              concat(local.api_metric["IntegrationLatency"], [{ stat = "p95", label = "p95 in the functions", color = local.colour.faint }]),
            ]
            yAxis = local.milliseconds
          }
        },
      ]
    },
    local.dashboard_heading.functions,
    {
      height = 6
      widgets = [
        {
          type  = "metric"
          width = 8
          properties = {
            title   = "Duration, p95"
            metrics = local.function_lines["Duration"]
            yAxis   = local.milliseconds
            annotations = {
              horizontal = [
                { value = 1000 * local.api_timeout_seconds, label = "time limit of the API's functions", color = local.colour.warning },
                { value = 1000 * local.processor_timeout_seconds, label = "time limit of the processor", color = local.colour.bad },
              ]
            }
          }
        },
        {
          type  = "metric"
          width = 8
          properties = {
            title       = "Turned away (throttles) in 5 minutes"
            stacked     = true
            metrics     = local.function_lines["Throttles"]
            yAxis       = local.count
            annotations = { horizontal = [local.limit["lambda-throttles"]] }
          }
        },
        {
          type  = "metric"
          width = 8
          properties = {
            title   = "At work at once"
            metrics = local.function_lines["ConcurrentExecutions"]
            yAxis   = local.count
          }
        },
      ]
    },
  ]
}
