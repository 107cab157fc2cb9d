# What the foundation's variables refuse, and what the others bring about. The provider is a mock (Terraform >= 1.7).

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "093646564004" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "af-south-1" }
  }
}

variables {
  environment = "prod"
}

run "refuses_what_has_no_such_form" {
  command = plan

  variables {
    environment               = "staging"
    aws_region                = "Cape Town"
    aws_account_id            = "09364656400"
    dr_region                 = "Ireland"
    github_repository         = "2_bbws_wordpress_site_management_lambda"
    github_repository_subject = "BigBeardWebSolutions@*/2_bbws_wordpress_site_management_lambda@*"
    artifact_bucket_name      = "Artifacts"
    backup_bucket_name        = "backups.of.sites"
  }

  expect_failures = [
    var.environment,
    var.aws_region,
    var.aws_account_id,
    var.dr_region,
    var.github_repository,
    var.github_repository_subject,
    var.artifact_bucket_name,
    var.backup_bucket_name,
  ]
}

run "has_no_replica_by_itself" {
  command = plan

  assert {
    condition     = length(aws_dynamodb_table.sites.replica) == 0 && !aws_dynamodb_table.sites.stream_enabled
    error_message = "The table has a replica that nobody asked for."
  }
}

run "makes_a_replica_in_ireland" {
  command = plan

  variables {
    dr_replica = true
  }

  assert {
    condition     = [for replica in aws_dynamodb_table.sites.replica : replica.region_name] == ["eu-west-1"]
    error_message = "The replica is not in eu-west-1."
  }

  assert {
    condition     = alltrue([for replica in aws_dynamodb_table.sites.replica : replica.point_in_time_recovery])
    error_message = "The replica has no point-in-time recovery."
  }

  assert {
    condition     = aws_dynamodb_table.sites.stream_view_type == "NEW_AND_OLD_IMAGES"
    error_message = "A replica follows a stream of new and old images."
  }
}

run "uses_an_identity_provider_that_exists" {
  command = plan

  variables {
    github_oidc_provider_exists = true
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "An account can have one identity provider of GitHub only."
  }
}

run "trusts_both_ways_of_naming_the_repository" {
  command = plan

  variables {
    github_oidc_provider_exists = true
    github_repository           = "octocat/my-repo"
    github_repository_subject   = "octocat@123456/my-repo@456789"
  }

  assert {
    condition = toset(flatten([
      for condition in data.aws_iam_policy_document.assumed_by_github.statement[0].condition : condition.values
      if endswith(condition.variable, ":sub") && condition.test == "StringEquals"
    ])) == toset(["repo:octocat/my-repo:environment:prod", "repo:octocat@123456/my-repo@456789:environment:prod"])
    error_message = "The role that deploys is not exactly the environment's."
  }

  assert {
    condition = toset(flatten([
      for condition in data.aws_iam_policy_document.reader_assumed_by_github.statement[0].condition : condition.values
      if endswith(condition.variable, ":sub") && condition.test == "StringEquals"
      ])) == toset(flatten([for repository in ["octocat/my-repo", "octocat@123456/my-repo@456789"] : [
        for of in ["ref:refs/heads/main", "environment:dev", "environment:sit", "environment:prod"] : "repo:${repository}:${of}"
    ]]))
    error_message = "The role that looks is not exactly main's and the environments'."
  }
}
