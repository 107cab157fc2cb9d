# Three queues and one dead-letter queue (runbook §11, docs/architecture.md section 5).

locals {
  # Seconds for which a delivered message is hidden: six times the processor's timeout at least (SQS docs, "Lambda
  # event source: queue visibility timeout").
  queue_visibility_seconds = {
    creation = 900
    update   = 600
    deletion = 600
  }
  # The third receive ends an operation; the number of backoffs that the processor knows must be the same.
  retry_backoff_seconds = [60, 120, 240]
  queue_names           = { for kind, _ in local.queue_visibility_seconds : kind => "bbws-wp-site-${kind}-${var.environment}" }
  dead_letter_name      = "bbws-wp-site-operations-dlq-${var.environment}"
  # ARNs by name and not by reference: the queues refer to the DLQ, whose allow policy names them; and policies that
  # are known before anything is made let `terraform import` work in an empty state.
  queue_arns      = { for kind, name in local.queue_names : kind => "arn:${local.partition}:sqs:${local.here}:${name}" }
  dead_letter_arn = "arn:${local.partition}:sqs:${local.here}:${local.dead_letter_name}"
}

resource "aws_sqs_queue" "operations" {
  for_each = local.queue_visibility_seconds

  name                       = local.queue_names[each.key]
  visibility_timeout_seconds = each.value
  message_retention_seconds  = 4 * 24 * 3600
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = length(local.retry_backoff_seconds)
  })

  lifecycle {
    precondition {
      condition     = each.value >= 6 * local.processor_timeout_seconds
      error_message = "A queue hides a message for less than six times the processor's timeout, so it would be delivered to two at once."
    }
  }
}

resource "aws_sqs_queue" "dead_letter" {
  name                      = local.dead_letter_name
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = values(local.queue_arns)
  })
}

data "aws_iam_policy_document" "queue" {
  for_each = merge(local.queue_arns, { dead_letter = local.dead_letter_arn })

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "operations" {
  for_each = aws_sqs_queue.operations

  queue_url = each.value.id
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

resource "aws_sqs_queue_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.id
  policy    = data.aws_iam_policy_document.queue["dead_letter"].json
}

resource "aws_lambda_event_source_mapping" "operations" {
  for_each = aws_sqs_queue.operations

  event_source_arn = each.value.arn
  function_name    = module.function["async-processor"].alias_arn
  # One message an invocation: its remaining time and the operation's lease then belong together.
  batch_size              = 1
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = local.processor_concurrency
  }

  # The mapping reads with the function's role, so the role's policy has to be there first.
  depends_on = [module.function]
}
