# One Lambda function with a role, a log group, a published version, and the alias `live` that everybody calls.

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116:Messages have the queues' dead-letter queue; the schedule's next minute makes up for a lost one.
  #checkov:skip=CKV_AWS_173:The variables hold names and addresses, no secret, and Lambda encrypts them at rest by itself.
  #checkov:skip=CKV_AWS_272:What is deployed is proved by the checksums of the release that was tested (runbook §6 and §7).
  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn

  runtime          = "python3.12"
  architectures    = [var.architecture]
  handler          = var.handler
  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null
  publish          = true

  timeout                        = var.timeout_seconds
  memory_size                    = var.memory_mb
  reserved_concurrent_executions = var.reserved_concurrency

  environment {
    variables = var.environment
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = var.security_group_ids
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
    # Lambda takes metrics for INFO, because they are printed lines without a level, and would drop them at WARN, and the
    # alarms' numbers with them (Lambda docs, "Log-level filtering"). LOG_LEVEL filters what the code logs.
    application_log_level = var.log_level == "DEBUG" ? "DEBUG" : "INFO"
    system_log_level      = "INFO"
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.package)
      error_message = "There is no package ${var.package}. Build it with scripts/build_all.sh."
    }
  }

  # Lambda makes the network interfaces with the role's permissions while it creates the function.
  depends_on = [aws_iam_role_policy.own, aws_iam_role_policy.runtime]
}

# Rolling back moves this alias to an earlier version (runbook §9); the next apply moves it to what it deploys, unless
# it is told where the alias stays: then scripts/deploy shifts the calls afterwards.
resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "The version that serves"
  function_name    = aws_lambda_function.this.function_name
  function_version = var.live_version != null ? var.live_version : aws_lambda_function.this.version
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts at rest by itself; the log lines hold no secret.
  #checkov:skip=CKV_AWS_338:How long logs are kept is the caller's to say; a year's audit is in the table.
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
}
