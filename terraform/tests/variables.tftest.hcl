# What the stack's variables refuse. Nothing is asked of AWS: the provider is a mock (Terraform >= 1.7).

mock_provider "aws" {
  mock_data "aws_lbs" {
    defaults = {
      arns = [
        "arn:aws:elasticloadbalancing:af-south-1:536580886816:loadbalancer/app/bbws-wp-internal-alb-dev/1",
        "arn:aws:elasticloadbalancing:af-south-1:536580886816:loadbalancer/app/bbws-wp-internal-alb-prod/2",
      ]
    }
  }

  mock_data "aws_lb" {
    defaults = {
      internal        = true
      vpc_id          = "vpc-0123456789abcdef0"
      dns_name        = "internal-alb.af-south-1.elb.amazonaws.com"
      subnets         = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
      security_groups = ["sg-0123456789abcdef0"]
    }
  }

  mock_data "aws_dynamodb_table" {
    defaults = {
      arn = "arn:aws:dynamodb:af-south-1:536580886816:table/sites"
      global_secondary_index = [
        { name = "GSI1" }, { name = "GSI2" }, { name = "GSI3" }, { name = "GSI4" },
      ]
    }
  }

  mock_data "aws_vpc_endpoint" {
    defaults = { state = "available" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "536580886816" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }

  mock_data "aws_region" {
    defaults = { name = "af-south-1" }
  }

  mock_data "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:af-south-1:536580886816:bbws-wp-notifications-dev" }
  }
}

variables {
  environment  = "dev"
  jwt_issuer   = "https://cognito-idp.af-south-1.amazonaws.com/af-south-1_aBcDeFgHi"
  jwt_audience = "1example23456789"
  cors_origins = ["https://portal.dev.bbws.io"]
}

run "refuses_what_has_no_such_form" {
  command = plan

  variables {
    environment          = "staging"
    aws_region           = "Cape Town"
    aws_account_id       = "53658088681"
    permissions_boundary = "arn:aws:iam::536580886816:policy/boundary"
    subnet_ids           = ["subnet-0123456789abcdef0"] # one
    jwt_issuer           = "https://issuer.example/"
    jwt_audience         = ""
    cors_origins         = ["https://portal.bbws.io/app"]
    preview_key_secret   = "arn:aws:secretsmanager:af-south-1:536580886816:secret:key"
    backup_bucket_name   = "Backups"
    architecture         = "riscv"
    log_level            = "VERBOSE"
  }

  expect_failures = [
    var.environment,
    var.aws_region,
    var.aws_account_id,
    var.permissions_boundary,
    var.subnet_ids,
    var.jwt_issuer,
    var.jwt_audience,
    var.cors_origins,
    var.preview_key_secret,
    var.backup_bucket_name,
    var.architecture,
    var.log_level,
  ]
}

run "refuses_what_would_not_be_safe" {
  command = plan

  variables {
    notifications_key_alias = "alias/aws/sns" # no alarm would get through
    cors_origins            = ["*"]
    wordpress_base_url      = "http://wordpress.internal"
    preview_base_url        = "http://preview.bbws.io"
    reserved_concurrency    = { "async-processor" = 30 } # less than its queues use
    backup_retention_days   = 89                         # a deleted site names its last backup for longer
    deletion_grace_seconds  = -1
  }

  expect_failures = [
    var.notifications_key_alias,
    var.cors_origins,
    var.wordpress_base_url,
    var.preview_base_url,
    var.reserved_concurrency,
    var.backup_retention_days,
    var.deletion_grace_seconds,
  ]
}

run "refuses_what_aws_does_not_have" {
  command = plan

  variables {
    throttle_requests_per_second = 10001
    throttle_burst               = 0
    log_retention_days           = 31
    cors_origins                 = []
    reserved_concurrency         = { "billing-service" = 5 }
  }

  expect_failures = [
    var.throttle_requests_per_second,
    var.throttle_burst,
    var.log_retention_days,
    var.cors_origins,
    var.reserved_concurrency,
  ]
}

run "takes_another_environment" {
  command = plan

  variables {
    environment  = "prod"
    cors_origins = ["https://portal.bbws.io"]
  }

  assert {
    condition     = output.function_names["sites-service"] == "prod-bbws-sites-service"
    error_message = "The function is not named after the environment."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.name == "prod"
    error_message = "The stage is not named after the environment."
  }

  assert {
    condition     = aws_sqs_queue.dead_letter.name == "bbws-wp-site-operations-dlq-prod"
    error_message = "The queue is not named after the environment."
  }
}
