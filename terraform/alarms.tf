# The alarms of the runbook: every row of its section 8 (metrics to monitor) and 9 (automatic rollback triggers), and one
# for the rollback itself. docs/operations.md has a section for each. The runbook writes down what is well ("< 5"), so
# an alarm's comparison is the opposite (>= 5).

locals {
  # --- Metrics, with exactly the dimensions they are emitted with; CloudWatch takes others for another metric ------

  technical = {
    for name, statistic in {
      SiteCreated          = "Sum"
      SiteCreationFailed   = "Sum"
      SiteCreationDuration = "p95"
      WordPressAPILatency  = "p95"
      WordPressAPITimeout  = "Sum"
      DLQMessages          = "Maximum"
      } : name => {
      namespace  = "BBWS/WPTechnical"
      name       = name
      dimensions = { Environment = var.environment }
      statistic  = statistic
    }
  }
  wordpress_calls = merge(local.technical["WordPressAPILatency"], { statistic = "SampleCount" })

  # Of the functions as a whole: with $LATEST too, which people invoke by hand (runbook, appendix B).
  lambda = {
    for metric in ["Errors", "Throttles"] : metric => {
      for service in local.services : replace(service, "-", "_") => {
        namespace  = "AWS/Lambda"
        name       = metric
        dimensions = { FunctionName = module.function[service].function_name }
        statistic  = "Sum"
      }
    }
  }
  # Of the alias alone: what somebody tries by hand on another version must not roll the service back.
  lambda_errors_live = {
    for service in local.services : replace(service, "-", "_") => {
      namespace = "AWS/Lambda"
      name      = "Errors"
      dimensions = {
        FunctionName = module.function[service].function_name
        Resource     = "${module.function[service].function_name}:${module.function[service].alias_name}"
      }
      statistic = "Sum"
    }
  }
  # A function that nobody called has no value, and a sum with nothing in it would be nothing.
  sum_of_functions = join(" + ", [for service in local.services : "FILL(${replace(service, "-", "_")}, 0)"])

  api = {
    for id, name in { requests = "Count", errors = "5xx" } : id => {
      namespace                = "AWS/ApiGateway"
      name                     = name
      dimensions               = { ApiId = aws_apigatewayv2_api.this.id, Stage = aws_apigatewayv2_stage.this.name }
      statistic                = "Sum"
    }
  }

  queue = {
    for id, one in {
      creation_waiting   = { name = "ApproximateNumberOfMessagesVisible", queue = aws_sqs_queue.operations["creation"].name }
      creation_in_flight = { name = "ApproximateNumberOfMessagesNotVisible", queue = aws_sqs_queue.operations["creation"].name }
      dead_letters       = { name = "ApproximateNumberOfMessagesVisible", queue = aws_sqs_queue.dead_letter.name }
      } : id => {
      namespace  = "AWS/SQS"
      name       = one.name
      dimensions = { QueueName = one.queue }
      statistic  = "Maximum"
    }
  }

  # --- Runbook §8 -----------------------------------------------------------------------------------

  monitored = {
    # "SiteCreated: monitor count" has no threshold. What can go wrong with a count is that it stands still while there
    # is work; 15 minutes is what the runbook's §10 calls stuck.
    site-creation-stalled = {
      description = "Work waits in the creation queue, and for 15 minutes no site was created and none failed (runbook §8 SiteCreated, §10)."
      metrics = {
        waiting   = local.queue.creation_waiting
        in_flight = local.queue.creation_in_flight
        created   = local.technical["SiteCreated"]
        failed    = local.technical["SiteCreationFailed"]
      }
      expression = "IF(FILL(waiting, 0) + FILL(in_flight, 0) > 0 AND FILL(created, 0) + FILL(failed, 0) < 1, 1, 0)"
      comparison = "GreaterThanOrEqualToThreshold"
      threshold  = 1
      period     = 300
      periods    = 3
    }
    site-creation-failed = {
      description = "Five or more sites could not be created within 15 minutes (runbook §8 SiteCreationFailed)."
      metrics     = { failed = local.technical["SiteCreationFailed"] }
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 5
      period      = 900
    }
    site-creation-duration = {
      description = "Of the sites created within 15 minutes one in twenty took ten minutes or longer (runbook §8 SiteCreationDuration)."
      metrics     = { duration = local.technical["SiteCreationDuration"] }
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 600
      period      = 900
    }
    wordpress-api-latency = {
      description = "Of the calls to WordPress within five minutes one in twenty took five seconds or longer (runbook §8 WordPressAPILatency)."
      metrics     = { latency = local.technical["WordPressAPILatency"] }
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 5000
      period      = 300
    }
    # The reconciler measures every minute. When it does not, nobody resends what was lost, and nobody knows of the DLQ.
    dlq-messages = {
      description  = "There are messages in the DLQ, or for five minutes the reconciler did not look (runbook §8 DLQMessages)."
      metrics      = { messages = local.technical["DLQMessages"] }
      comparison   = "GreaterThanThreshold"
      threshold    = 0
      period       = 300
      missing_data = "breaching"
    }
    # One alarm over the four functions: the runbook gives one number for the service, and nine errors in each of four
    # functions are not well. The dashboard shows which function it is.
    lambda-errors = {
      description = "Ten or more invocations of the four functions failed within five minutes (runbook §8 LambdaErrors)."
      metrics     = local.lambda["Errors"]
      expression  = local.sum_of_functions
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 10
      period      = 300
    }
    lambda-throttles = {
      description = "Lambda turned five or more invocations of the four functions away within five minutes (runbook §8 LambdaThrottles)."
      metrics     = local.lambda["Throttles"]
      expression  = local.sum_of_functions
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 5
      period      = 300
    }
  }

  # --- Runbook §9 -----------------------------------------------------------------------------------

  # These start the automatic rollback (rollback.tf).
  rollback_triggers = {
    rollback-lambda-errors = {
      description = "More than 50 invocations of live versions failed within five minutes: rolling back (runbook §9)."
      metrics     = local.lambda_errors_live
      expression  = local.sum_of_functions
      comparison  = "GreaterThanThreshold"
      threshold   = 50
      period      = 300
    }
    rollback-api-5xx-rate = {
      description = "More than 10 % of the API's answers within five minutes were 5xx: rolling back (runbook §9)."
      metrics     = local.api
      expression  = "IF(FILL(requests, 0) > 0, 100 * FILL(errors, 0) / requests, 0)"
      comparison  = "GreaterThanThreshold"
      threshold   = 10
      period      = 300
    }
  }

  # These only tell; the rest is a person's decision.
  decisions = {
    # Of SQS itself and not of our own DLQMessages: it also counts when no function runs.
    dlq-backlog = {
      description = "More than ten messages are in the DLQ: decide whether to roll back (runbook §9)."
      metrics     = { messages = local.queue.dead_letters }
      comparison  = "GreaterThanThreshold"
      threshold   = 10
      period      = 300
    }
    # Over an hour: few sites are created, and of fewer than twenty a single failure is more than 5 %.
    site-creation-success-rate = {
      description = "Less than 95 % of the site creations that ended within an hour succeeded: decide whether to roll back (runbook §9)."
      metrics     = { created = local.technical["SiteCreated"], failed = local.technical["SiteCreationFailed"] }
      expression  = "IF(FILL(created, 0) + FILL(failed, 0) > 0, 100 * FILL(created, 0) / (FILL(created, 0) + FILL(failed, 0)), 100)"
      comparison  = "LessThanThreshold"
      threshold   = 95
      period      = 3600
    }
    # Every call that was sent has a latency, a timed-out one too. One for which no time was left counts as a timeout
    # without having been sent; hence the larger of the two numbers.
    wordpress-api-timeout-rate = {
      description = "More than 5 % of the calls to WordPress within five minutes got no answer in time: investigate (runbook §9)."
      metrics     = { calls = local.wordpress_calls, timeouts = local.technical["WordPressAPITimeout"] }
      expression  = "IF(FILL(calls, 0) + FILL(timeouts, 0) > 0, 100 * FILL(timeouts, 0) / MAX([FILL(calls, 0), FILL(timeouts, 0)]), 0)"
      comparison  = "GreaterThanThreshold"
      threshold   = 5
      period      = 300
    }
    rollback-not-started = {
      description = "A rollback was asked for and could not be started, or its failure could not be told: roll back by hand."
      metrics     = local.rollback_failures
      expression  = "FILL(start, 0) + FILL(telling, 0)"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      # EventBridge tells of a failure late, and FILL has taken its minute for a good one by then.
      period = 300
    }
  }

  rollback_failures = {
    for id, rule in { start = local.rollback_name, telling = local.rollback_failed_name } : id => {
      namespace             = "AWS/Events"
      name                  = "FailedInvocations"
      dimensions            = { RuleName = rule }
      statistic             = "Sum"
    }
  }
}

module "alarm" {
  source   = "./modules/alarm"
  for_each = merge(local.monitored, local.rollback_triggers, local.decisions)

  name           = "bbws-wp-${each.key}-${var.environment}"
  description    = each.value.description
  metrics        = each.value.metrics
  expression     = try(each.value.expression, null)
  comparison     = each.value.comparison
  threshold      = each.value.threshold
  period_seconds = each.value.period
  periods        = try(each.value.periods, 1)
  missing_data   = try(each.value.missing_data, "notBreaching")
  topic_arn      = data.aws_sns_topic.notifications.arn
}
