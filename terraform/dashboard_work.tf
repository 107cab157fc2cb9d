# The dashboard's rows about the work: what waits, and what came of it.

locals {
  dashboard_work = [
    local.dashboard_heading.queues,
    {
      height = 6
      widgets = [
        {
          type  = "metric"
          width = 8
          properties = {
            title = "Waiting and in flight"
            metrics = concat(
              [for kind, metric in local.queue_metric["ApproximateNumberOfMessagesVisible"] : concat(metric, [{ stat = "Maximum", label = "${kind}, waiting" }])],
              [for kind, metric in local.queue_metric["ApproximateNumberOfMessagesNotVisible"] : concat(metric, [{ stat = "Maximum", label = "${kind}, in flight" }])],
            )
            yAxis = local.count
          }
        },
        {
          type  = "metric"
          width = 8
          properties = {
            title       = "Age of the oldest message"
            metrics     = [for kind, metric in local.queue_metric["ApproximateAgeOfOldestMessage"] : concat(metric, [{ stat = "Maximum", label = kind }])]
            yAxis       = local.seconds
            annotations = { horizontal = [{ value = 900, label = "stuck (runbook §10)", color = local.colour.warning }] }
          }
        },
        {
          type  = "metric"
          width = 8
          properties = {
            title = "Dead letters"
            metrics = [
              concat(local.dead_letters_metric, [{ stat = "Maximum", label = "as SQS counts", color = local.colour.bad }]),
              concat(local.own_metric["DLQMessages"], [{ stat = "Maximum", label = "as the reconciler looked", color = local.colour.faint }]),
            ]
            yAxis       = local.count
            annotations = { horizontal = [local.limit["dlq-messages"], local.limit["dlq-backlog"]] }
          }
        },
      ]
    },
    local.dashboard_heading.sites,
    {
      height = 6
      widgets = [
        {
          type  = "metric"
          width = 6
          properties = {
            title  = "Created and failed in 15 minutes"
            period = 900
            metrics = [
              concat(local.own_metric["SiteCreated"], [{ stat = "Sum", label = "created", color = local.colour.good }]),
              concat(local.own_metric["SiteCreationFailed"], [{ stat = "Sum", label = "failed", color = local.colour.bad }]),
            ]
            yAxis       = local.count
            annotations = { horizontal = [local.limit["site-creation-failed"]] }
          }
        },
        {
          type  = "metric"
          width = 6
          properties = {
            title       = "Creations that succeed in an hour, %"
            period      = 3600
            metrics     = local.rates["site-creation-success-rate"]
            yAxis       = local.percent
            annotations = { horizontal = [local.limit["site-creation-success-rate"]] }
          }
        },
        {
          type  = "metric"
          width = 6
          properties = {
            title  = "Time to create a site"
            period = 900
            metrics = [
              concat(local.own_metric["SiteCreationDuration"], [{ stat = "p50", label = "p50", color = local.colour.good }]),
              concat(local.own_metric["SiteCreationDuration"], [{ stat = "p95", label = "p95", color = local.colour.plain }]),
            ]
            yAxis       = local.seconds
            annotations = { horizontal = [local.limit["site-creation-duration"]] }
          }
        },
        {
          type  = "metric"
          width = 6
          properties = {
            title  = "What else was done in 15 minutes"
            period = 900
            metrics = [
              concat(local.own_metric["SiteDeleted"], [{ stat = "Sum", label = "sites deleted" }]),
              concat(local.own_metric["TemplateApplied"], [{ stat = "Sum", label = "templates applied" }]),
              concat(local.own_metric["PluginInstalled"], [{ stat = "Sum", label = "plugins installed" }]),
              concat(local.own_metric["PluginSecurityBlocked"], [{ stat = "Sum", label = "plugins blocked", color = local.colour.bad }]),
            ]
            yAxis = local.count
          }
        },
      ]
    },
  ]
}
