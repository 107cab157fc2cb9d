# The automatic rollback of the runbook's §9: an alarm of local.rollback_triggers fires → EventBridge → an SSM Automation
# document, whose script moves the alias `live` back and tells the topic. Nothing of it runs in the functions.

locals {
  rollback_name        = "bbws-wp-rollback-${var.environment}"
  rollback_failed_name = "bbws-wp-rollback-failed-${var.environment}"
  rollback_arns = {
    rule       = "arn:${local.partition}:events:${local.here}:rule/${local.rollback_name}"
    document   = "arn:${local.partition}:ssm:${local.here}:document/${local.rollback_name}"
    definition = "arn:${local.partition}:ssm:${local.here}:automation-definition/${local.rollback_name}"
    executions = "arn:${local.partition}:ssm:${local.here}:automation-execution/*"
  }
}

# --- What is done ---------------------------------------------------------------------------------

resource "aws_ssm_document" "rollback" {
  name            = local.rollback_name
  document_type   = "Automation"
  document_format = "JSON"

  content = jsonencode({
    schemaVersion = "0.3"
    description   = "Moves the alias live of the functions back to the version before the last deployment (runbook §9). Safe to run twice."
    assumeRole    = aws_iam_role.rollback.arn
    parameters = {
      Cause = {
        type           = "String"
        description    = "The alarm that asks for it, or who does."
        default        = "a person"
        allowedPattern = "^[A-Za-z0-9 ._:@-]{1,120}$"
      }
    }
    mainSteps = [
      {
        name           = "rollBack"
        description    = "Move the aliases, and publish what was done or why it was not."
        action         = "aws:executeScript"
        timeoutSeconds = 300
        onFailure      = "Abort"
        inputs = {
          Runtime = "python3.11"
          Handler = "handler"
          InputPayload = {
            region      = data.aws_region.current.name
            environment = var.environment
            functions   = [for service in local.services : module.function[service].function_name]
            topicArn    = data.aws_sns_topic.notifications.arn
            cause       = "{{ Cause }}"
            execution   = "{{ automation:EXECUTION_ID }}"
          }
          Script = file("${path.module}/rollback/rollback.py")
        }
        outputs = [{ Name = "Outcomes", Selector = "$.Payload.outcomes", Type = "StringList" }]
      },
    ]
    outputs = ["rollBack.Outcomes"]
  })
}

resource "aws_iam_role" "rollback" {
  name                 = local.rollback_name
  description          = "What the automatic rollback may do"
  assume_role_policy   = data.aws_iam_policy_document.rollback_assumed.json
  permissions_boundary = local.permissions_boundary_arn
}

data "aws_iam_policy_document" "rollback_assumed" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ssm.amazonaws.com"]
    }

    # Only for an automation of this account (Systems Manager docs, "Create the service roles for Automation").
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.rollback_arns.executions]
    }
  }
}

resource "aws_iam_role_policy" "rollback" {
  name   = "rollback"
  role   = aws_iam_role.rollback.id
  policy = data.aws_iam_policy_document.rollback.json
}

data "aws_iam_policy_document" "rollback" {
  statement {
    sid       = "MovesAliases"
    actions   = ["lambda:ListAliases", "lambda:ListVersionsByFunction", "lambda:UpdateAlias", "lambda:CreateAlias"]
    resources = [for service in local.services : module.function[service].arn]
  }

  statement {
    sid       = "TellsTheTopic"
    actions   = ["sns:Publish"]
    resources = [data.aws_sns_topic.notifications.arn]
  }

  # A publisher on an encrypted topic needs the topic's key as well (SNS docs, "Key management").
  dynamic "statement" {
    for_each = data.aws_kms_alias.notifications[*].target_key_arn
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
}

# --- What starts it -------------------------------------------------------------------------------

resource "aws_cloudwatch_event_rule" "rollback" {
  name        = local.rollback_name
  description = "An alarm of the runbook's §9 that asks for a rollback has fired"

  event_pattern = jsonencode({
    source        = ["aws.cloudwatch"]
    "detail-type" = ["CloudWatch Alarm State Change"]
    resources     = [for key, _ in local.rollback_triggers : module.alarm[key].arn]
    detail        = { state = { value = ["ALARM"] } }
  })
}

resource "aws_cloudwatch_event_target" "rollback" {
  rule      = aws_cloudwatch_event_rule.rollback.name
  target_id = "rollback"
  arn       = "${local.rollback_arns.definition}:$DEFAULT"
  role_arn  = aws_iam_role.rollback_starter.arn

  input_transformer {
    input_paths    = { alarm = "$.detail.alarmName" }
    input_template = "{\"Cause\": [\"<alarm>\"]}"
  }

  # What happened longer ago than a quarter of an hour may be over, and its rollback the harm of another deployment.
  retry_policy {
    maximum_event_age_in_seconds = 900
    maximum_retry_attempts       = 20
  }

  depends_on = [aws_ssm_document.rollback, aws_iam_role_policy.rollback, aws_iam_role_policy.rollback_starter]
}

resource "aws_iam_role" "rollback_starter" {
  name                 = "${local.rollback_name}-starter"
  description          = "Lets EventBridge start the automatic rollback"
  assume_role_policy   = data.aws_iam_policy_document.rollback_starter_assumed.json
  permissions_boundary = local.permissions_boundary_arn
}

data "aws_iam_policy_document" "rollback_starter_assumed" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    # Only for this rule (EventBridge docs, "Cross-service confused deputy prevention").
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.rollback_arns.rule]
    }
  }
}

resource "aws_iam_role_policy" "rollback_starter" {
  name   = "start"
  role   = aws_iam_role.rollback_starter.id
  policy = data.aws_iam_policy_document.rollback_starter.json
}

data "aws_iam_policy_document" "rollback_starter" {
  # The three ARNs that starting an automation is checked against: older docs ("Automation targets" of EventBridge) name
  # the definition, newer ones ("Setting up identity based policies examples") the document and the execution, whose id
  # nobody knows beforehand.
  statement {
    sid       = "StartsTheRollback"
    actions   = ["ssm:StartAutomationExecution"]
    resources = [local.rollback_arns.document, "${local.rollback_arns.definition}:*", local.rollback_arns.executions]
  }

  statement {
    sid       = "WithItsRole"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.rollback.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ssm.amazonaws.com"]
    }
  }
}

# --- When it fails --------------------------------------------------------------------------------

# The script tells the topic why it refused. This tells of every execution that did not succeed, without the script and
# its role: they may be what is broken.
resource "aws_cloudwatch_event_rule" "rollback_failed" {
  name        = local.rollback_failed_name
  description = "A rollback did not end well"

  # Systems Manager docs, "Amazon EventBridge event patterns and types for Systems Manager".
  event_pattern = jsonencode({
    source        = ["aws.ssm"]
    "detail-type" = ["EC2 Automation Execution Status-change Notification"]
    detail = {
      Definition = [aws_ssm_document.rollback.name]
      Status     = ["Failed", "TimedOut", "Cancelled"]
    }
  })
}

resource "aws_cloudwatch_event_target" "rollback_failed" {
  rule      = aws_cloudwatch_event_rule.rollback_failed.name
  target_id = "topic"
  arn       = data.aws_sns_topic.notifications.arn

  input_transformer {
    input_paths    = { execution = "$.detail.ExecutionId", status = "$.detail.Status" }
    input_template = "\"[${var.environment}] The rollback did not end well: execution <execution> of ${local.rollback_name} is <status>. Another message may say why; Systems Manager does. A person has to decide now. See docs/operations.md, Automatic rollback.\""
  }
}
