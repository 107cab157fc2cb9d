# The role by which the workflows look at this environment and change nothing: before a promotion from here, and after a
# deployment to here. The role that deploys is behind the environment's reviewers (github.tf); to look needs none.

data "aws_iam_policy_document" "reader_assumed_by_github" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.github_oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.github_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    # Jobs on main, and the deployments, which look once more at where their artifacts come from.
    condition {
      test     = "StringEquals"
      variable = "${local.github_issuer}:sub"
      values = flatten([for repository in local.github_subjects : [
        "${repository}:ref:refs/heads/main",
        [for environment in ["dev", "sit", "prod"] : "${repository}:environment:${environment}"],
      ]])
    }
  }
}

resource "aws_iam_role" "github_actions_reader" {
  name                 = "bbws-github-actions-reader-role-${var.environment}"
  description          = "Looks at the WordPress site management service in ${var.environment}, from GitHub Actions"
  assume_role_policy   = data.aws_iam_policy_document.reader_assumed_by_github.json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "github_actions_reader" {
  name   = "look"
  role   = aws_iam_role.github_actions_reader.id
  policy = data.aws_iam_policy_document.reader.json
}

# What check_health, check_error_rate, verify_artifacts, verify_deployment, smoke_health and summarize_deployment
# (scripts/) call. Not lambda:GetFunction, which would give the code away.
data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "Functions"
    actions   = ["lambda:GetAlias", "lambda:GetFunctionConfiguration"]
    resources = [local.function_arns]
  }

  # CloudWatch has no ARN for metrics ("Actions, resources, and condition keys for Amazon CloudWatch").
  statement {
    sid       = "Metrics"
    actions   = ["cloudwatch:GetMetricStatistics"]
    resources = ["*"]
  }

  statement {
    sid       = "Queues"
    actions   = ["sqs:GetQueueUrl"]
    resources = [local.queue_arns]
  }

  statement {
    sid       = "Table"
    actions   = ["dynamodb:DescribeTable"]
    resources = [aws_dynamodb_table.sites.arn]
  }

  statement {
    sid       = "Api"
    actions   = ["apigateway:GET"]
    resources = ["arn:${local.partition}:apigateway:${local.region}::/apis"]
  }
}
