# The role by which the repository's workflows deploy: of one repository, in one GitHub environment, so that the
# environment's reviewers and wait timer (runbook §11) stand before it.

locals {
  github_issuer = "token.actions.githubusercontent.com"
  # GitHub writes a repository in one of two ways, depending on its age and settings (variables.tf).
  github_subjects = [for repository in compact([var.github_repository, var.github_repository_subject]) : "repo:${repository}"]
  github_oidc_provider_arn = (
    var.github_oidc_provider_exists
    ? data.aws_iam_openid_connect_provider.github[0].arn
    : aws_iam_openid_connect_provider.github[0].arn
  )
}

# No thumbprint: AWS trusts GitHub's certificate authority itself (IAM docs, "Obtain the thumbprint for an OIDC
# identity provider").
resource "aws_iam_openid_connect_provider" "github" {
  count = var.github_oidc_provider_exists ? 0 : 1

  url            = "https://${local.github_issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_openid_connect_provider" "github" {
  count = var.github_oidc_provider_exists ? 1 : 0
  url   = "https://${local.github_issuer}"
}

data "aws_iam_policy_document" "assumed_by_github" {
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

    condition {
      test     = "StringEquals"
      variable = "${local.github_issuer}:sub"
      values   = [for repository in local.github_subjects : "${repository}:environment:${var.environment}"]
    }
  }
}

resource "aws_iam_role" "github_actions" {
  name                 = "bbws-github-actions-role-${var.environment}"
  description          = "Deploys the WordPress site management service to ${var.environment}, from GitHub Actions"
  assume_role_policy   = data.aws_iam_policy_document.assumed_by_github.json
  max_session_duration = 3600
}

resource "aws_iam_policy" "deployment" {
  for_each = local.deployment_policies

  name        = "bbws-github-actions-${each.key}-${var.environment}"
  description = "What a deployment may do: ${each.key}"
  policy      = each.value
}

resource "aws_iam_role_policy_attachment" "deployment" {
  for_each = aws_iam_policy.deployment

  role       = aws_iam_role.github_actions.name
  policy_arn = each.value.arn
}
