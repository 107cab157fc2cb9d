# The dashboard of the runbook's §8. Its first screen answers "is it well?": the alarms, the numbers, and the two rates
# that roll back. The rows below say why it is not, in the order a request goes. Thresholds and rates are those of
# alarms.tf, by reference.

locals {
  # Each row has a height and its widgets their widths, in units of CloudWatch's grid, which is 24 wide.
  dashboard_rows = concat(local.dashboard_overview, local.dashboard_api, local.dashboard_work, local.dashboard_below)

  dashboard_widgets = flatten([
    for r, row in local.dashboard_rows : [
      for w, widget in row.widgets : {
        type       = widget.type
        x          = sum(concat([0], [for left in slice(row.widgets, 0, w) : left.width]))
        y          = sum(concat([0], [for above in slice(local.dashboard_rows, 0, r) : above.height]))
        width      = widget.width
        height     = row.height
        properties = merge({ for key, value in local.graph : key => value if widget.type == "metric" }, widget.properties)
      }
    ]
  ])

  graph  = { region = data.aws_region.current.name, view = "timeSeries", stacked = false, period = 300 }
  number = { view = "singleValue", setPeriodToTimeRange = true, sparkline = true }
  colour = { good = "#2ca02c", bad = "#d62728", warning = "#ff7f0e", plain = "#1f77b4", faint = "#7f7f7f" }

  # --- Short ways to say "this metric" and "this threshold" -----------------------------------------

  own_metric = { for metric in local.own_metrics : metric => ["BBWS/WPTechnical", metric, "Environment", var.environment] }
  own_metrics = [
    "SiteCreated", "SiteCreationFailed", "SiteCreationDuration", "SiteDeleted", "TemplateApplied", "PluginInstalled",
    "PluginSecurityBlocked", "WordPressAPILatency", "WordPressAPITimeout", "DLQMessages",
  ]
  api_metric = {
    for metric in ["Count", "4xx", "5xx", "Latency", "IntegrationLatency"] :
    metric => ["AWS/ApiGateway", metric, "ApiId", aws_apigatewayv2_api.this.id, "Stage", aws_apigatewayv2_stage.this.name]
  }
  table_metric = {
    for metric in ["ReadThrottleEvents", "WriteThrottleEvents", "TransactionConflict"] :
    metric => ["AWS/DynamoDB", metric, "TableName", data.aws_dynamodb_table.sites.name]
  }
  table_time = {
    for operation in ["GetItem", "Query", "UpdateItem", "TransactWriteItems"] :
    operation => ["AWS/DynamoDB", "SuccessfulRequestLatency", "TableName", data.aws_dynamodb_table.sites.name, "Operation", operation]
  }
  alb_metric = {
    for metric in ["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "TargetConnectionErrorCount"] :
    metric => ["AWS/ApplicationELB", metric, "LoadBalancer", data.aws_lb.internal.arn_suffix]
  }
  queue_metric = {
    for metric in ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateAgeOfOldestMessage"] :
    metric => { for kind, queue in aws_sqs_queue.operations : kind => ["AWS/SQS", metric, "QueueName", queue.name] }
  }
  dead_letters_metric = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.dead_letter.name]

  # One line for each function, always in the same colour.
  function_colour = zipmap(local.services, ["#1f77b4", "#9467bd", "#17becf", "#8c564b"])
  function_lines = {
    for metric, statistic in { Errors = "Sum", Throttles = "Sum", Duration = "p95", ConcurrentExecutions = "Maximum" } : metric => [
      for service in local.services : [
        "AWS/Lambda", metric, "FunctionName", module.function[service].function_name,
        { stat = statistic, label = service, color = local.function_colour[service] },
      ]
    ]
  }

  # The metrics that a rate is made of, under the ids of its expression and out of sight.
  rates = {
    for key, alarm in merge(local.rollback_triggers, local.decisions) : key => concat(
      [for id, metric in alarm.metrics : concat(
        [metric.namespace, metric.name], flatten([for name, value in metric.dimensions : [name, value]]),
        [{ id = id, stat = metric.statistic, visible = false }],
      )],
      [[{ id = "rate", expression = alarm.expression, label = "rate, %", color = local.colour.bad }]],
    ) if can(alarm.expression)
  }

  limit = {
    for key, alarm in merge(local.monitored, local.rollback_triggers, local.decisions) : key => {
      value = alarm.threshold
      label = "alarm ${key}"
      color = contains(keys(local.rollback_triggers), key) ? local.colour.bad : local.colour.warning
    }
  }

  percent      = { left = { min = 0, max = 100, label = "%", showUnits = false } }
  count        = { left = { min = 0, label = "count", showUnits = false } }
  milliseconds = { left = { min = 0, label = "ms", showUnits = false } }
  seconds      = { left = { min = 0, label = "s", showUnits = false } }

  dashboard_heading = {
    for key, text in {
      api       = "## API\nWhat callers see. 4xx are theirs, 5xx are ours."
      functions = "## Functions\nWhich of the four it is."
      queues    = "## Queues\nWork that waits, and work that was given up."
      sites     = "## Sites\nWhat came of the work."
      wordpress = "## WordPress\nThe tenants' containers behind the internal load balancer."
      table     = "## Table and logs\nDynamoDB, and the last errors of the functions."
    } : key => { height = 2, widgets = [{ type = "text", width = 24, properties = { markdown = text, background = "transparent" } }] }
  }

  repository = "https://github.com/BigBeardWebSolutions/2_bbws_wordpress_site_management_lambda/blob/main"
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "bbws-wp-site-management-${var.environment}"

  dashboard_body = jsonencode({
    start = "-PT3H"
    # The thresholds are of sums over these periods; other periods would make other sums.
    periodOverride = "inherit"
    widgets        = local.dashboard_widgets
  })
}
