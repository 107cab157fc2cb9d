# The most that any role of the stack can be given. The deployment role may make roles only within it, so whoever can
# deploy cannot make themselves more than the service is.

resource "aws_iam_policy" "boundary" {
  name        = "bbws-site-management-boundary-${var.environment}"
  description = "Limits every role of the WordPress site management stack"
  policy      = data.aws_iam_policy_document.boundary.json
}

locals {
  backup_bucket_arn = "arn:${local.partition}:s3:::${coalesce(var.backup_bucket_name, "bbws-wp-backups-${var.environment}")}"
  function_arns     = "arn:${local.partition}:lambda:${local.here}:function:${var.environment}-bbws-*"
  role_arns         = [for name in ["${var.environment}-bbws-*", "bbws-wp-*-${var.environment}*"] : "arn:${local.partition}:iam::${local.account_id}:role/${name}"]
  queue_arns        = "arn:${local.partition}:sqs:${local.here}:bbws-wp-site-*-${var.environment}"
}

data "aws_iam_policy_document" "boundary" {
  statement {
    sid = "Table"
    actions = [
      "dynamodb:GetItem",
      "dynamodb:BatchGetItem",
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
      "dynamodb:ConditionCheckItem",
    ]
    resources = [aws_dynamodb_table.sites.arn, "${aws_dynamodb_table.sites.arn}/index/*"]
  }

  statement {
    sid = "Queues"
    actions = [
      "sqs:SendMessage",
      "sqs:ReceiveMessage",
      "sqs:DeleteMessage",
      "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes",
    ]
    resources = [local.queue_arns]
  }

  statement {
    sid       = "Topic"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.notifications.arn]
  }

  statement {
    sid       = "KeyOfTheTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.notifications.arn]
  }

  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:${local.partition}:secretsmanager:${local.here}:secret:bbws/wp/*"]
  }

  statement {
    sid       = "Backups"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.backup_bucket_arn}/*"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${local.partition}:logs:${local.here}:log-group:/aws/lambda/${var.environment}-bbws-*"]
  }

  statement {
    sid = "NetworkInterfaces"
    actions = [
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:AssignPrivateIpAddresses",
      "ec2:UnassignPrivateIpAddresses",
    ]
    resources = ["arn:${local.partition}:ec2:${local.here}:*/*"]
  }

  # The automatic rollback (runbook §9): it looks at versions and moves aliases.
  statement {
    sid       = "Rollback"
    actions   = ["lambda:ListVersionsByFunction", "lambda:ListAliases", "lambda:CreateAlias", "lambda:UpdateAlias"]
    resources = [local.function_arns]
  }

  statement {
    sid     = "RollbackIsStarted"
    actions = ["ssm:StartAutomationExecution"]
    resources = [
      "arn:${local.partition}:ssm:${local.here}:automation-definition/bbws-wp-*",
      "arn:${local.partition}:ssm:${local.here}:document/bbws-wp-*",
      "arn:${local.partition}:ssm:${local.here}:automation-execution/*",
    ]
  }

  statement {
    sid       = "RollbackHasItsRole"
    actions   = ["iam:PassRole"]
    resources = local.role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ssm.amazonaws.com"]
    }
  }

  # These know no resources ("Actions, resources, and condition keys for AWS services").
  statement {
    sid = "WithoutResources"
    actions = [
      "xray:PutTraceSegments",
      "xray:PutTelemetryRecords",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
    ]
    resources = ["*"]
  }
}
