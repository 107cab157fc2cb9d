# The reconciler's clock (docs/architecture.md, section 5).

resource "aws_cloudwatch_event_rule" "reconcile" {
  name                = "${var.environment}-bbws-reconcile"
  description         = "Every minute: sends again what waits, ends what hangs, purges what is past its grace, measures the DLQ"
  schedule_expression = "rate(1 minute)"
}

resource "aws_cloudwatch_event_target" "reconcile" {
  rule      = aws_cloudwatch_event_rule.reconcile.name
  target_id = "async-processor"
  arn       = module.function["async-processor"].alias_arn

  # The next minute comes anyway; what waited longer is not worth running late.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }

  depends_on = [aws_lambda_permission.schedule]
}

resource "aws_lambda_permission" "schedule" {
  statement_id   = "reconcile"
  action         = "lambda:InvokeFunction"
  function_name  = module.function["async-processor"].function_name
  qualifier      = module.function["async-processor"].alias_name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.reconcile.arn
  source_account = data.aws_caller_identity.current.account_id
}

# Lambda repeats a failed asynchronous invocation twice by itself; here the next minute does.
resource "aws_lambda_function_event_invoke_config" "reconcile" {
  function_name                = module.function["async-processor"].function_name
  qualifier                    = module.function["async-processor"].alias_name
  maximum_event_age_in_seconds = 60
  maximum_retry_attempts       = 0
}
