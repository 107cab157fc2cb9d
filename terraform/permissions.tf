# What each function may do: exactly the calls that its code makes, on the resources that it makes them on
# (tests/terraform/test_permissions.py compares both ways). Logs, traces and network interfaces, which all four have,
# are in modules/function.

locals {
  table_arn = data.aws_dynamodb_table.sites.arn
  # An ARN of a secret ends in a hyphen and six characters of Secrets Manager's own.
  wordpress_secrets  = "arn:${local.partition}:secretsmanager:${local.here}:secret:bbws/wp/*/wp-app-password-??????"
  preview_key_secret = "arn:${local.partition}:secretsmanager:${local.here}:secret:${var.preview_key_secret}-??????"

  # TransactWriteItems and BatchGetItem ask for the permissions of what they are made of (DynamoDB docs, "IAM and
  # transactions").
  item_actions = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]

  permissions = {
    sites-service = {
      item_actions = concat(local.item_actions, ["dynamodb:ConditionCheckItem"])
      indexes      = ["GSI1", "GSI2", "GSI3"]
      sends_to     = ["creation", "update", "deletion"]
      secrets      = [local.wordpress_secrets]
      publishes    = false
      processes    = false
    }
    templates-service = {
      item_actions = concat(local.item_actions, ["dynamodb:ConditionCheckItem"])
      indexes      = ["GSI2", "GSI3"]
      sends_to     = ["update"]
      secrets      = [local.wordpress_secrets, local.preview_key_secret]
      publishes    = false
      processes    = false
    }
    plugins-service = {
      item_actions = concat(local.item_actions, ["dynamodb:ConditionCheckItem"])
      indexes      = ["GSI1", "GSI2"]
      sends_to     = []
      secrets      = [local.wordpress_secrets]
      publishes    = true
      processes    = false
    }
    async-processor = {
      item_actions = local.item_actions
      indexes      = ["GSI4"]
      sends_to     = ["creation", "update", "deletion"]
      secrets      = [local.wordpress_secrets]
      publishes    = true
      processes    = true
    }
  }
}

data "aws_iam_policy_document" "function" {
  for_each = local.permissions

  statement {
    sid       = "Items"
    actions   = each.value.item_actions
    resources = [local.table_arn]
  }

  statement {
    sid       = "Queries"
    actions   = ["dynamodb:Query"]
    resources = concat([local.table_arn], [for index in each.value.indexes : "${local.table_arn}/index/${index}"])
  }

  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = each.value.secrets
  }

  dynamic "statement" {
    for_each = length(each.value.sends_to) > 0 ? [each.value.sends_to] : []
    content {
      sid       = "SendsOperations"
      actions   = ["sqs:SendMessage"]
      resources = [for kind in statement.value : local.queue_arns[kind]]
    }
  }

  dynamic "statement" {
    for_each = each.value.publishes ? [data.aws_sns_topic.notifications.arn] : []
    content {
      sid       = "PublishesEvents"
      actions   = ["sns:Publish"]
      resources = [statement.value]
    }
  }

  # A publisher on an encrypted topic needs the topic's key as well (SNS docs, "Key management").
  dynamic "statement" {
    for_each = each.value.publishes ? data.aws_kms_alias.notifications[*].target_key_arn : []
    content {
      sid       = "KeyOfTheTopic"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["sns.${data.aws_region.current.name}.amazonaws.com"]
      }
    }
  }

  # The first three are what the event source mapping asks for, with the function's role (Lambda docs, "Using Lambda
  # with Amazon SQS"); the last is the engine's, which sets when a failed message comes again.
  dynamic "statement" {
    for_each = each.value.processes ? [values(local.queue_arns)] : []
    content {
      sid       = "ReceivesOperations"
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = each.value.processes ? [local.dead_letter_arn] : []
    content {
      sid       = "MeasuresDeadLetters"
      actions   = ["sqs:GetQueueAttributes"]
      resources = [statement.value]
    }
  }

  # Not called by the function itself: a presigned URL may do what its signer may (S3 docs, "Sharing objects").
  dynamic "statement" {
    for_each = each.value.processes ? [local.backup_bucket_arn] : []
    content {
      sid       = "SignsBackups"
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${statement.value}/*"]
    }
  }
}
