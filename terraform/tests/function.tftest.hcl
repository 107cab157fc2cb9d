# What becomes of a function's log level. The provider is a mock (Terraform >= 1.7).

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name               = "dev-bbws-sites-service"
  description        = "A function"
  package            = "api.tf" # any file
  handler            = "handler.handler"
  architecture       = "arm64"
  timeout_seconds    = 30
  memory_mb          = 512
  environment        = {}
  policy             = "{}"
  subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  security_group_ids = ["sg-0123456789abcdef0"]
  log_level          = "INFO"
  log_retention_days = 30
}

run "metrics_pass_when_only_errors_are_logged" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    log_level = "ERROR"
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].application_log_level == "INFO"
    error_message = "Lambda would drop the metrics, which it takes for INFO."
  }
}

run "details_pass_when_they_are_asked_for" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    log_level = "DEBUG"
  }

  assert {
    condition     = aws_lambda_function.this.logging_config[0].application_log_level == "DEBUG"
    error_message = "Lambda would drop the lines of DEBUG."
  }
}
