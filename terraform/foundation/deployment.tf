# What a deployment may do, in parts, for a managed policy holds 6,144 characters (IAM quotas). Everything is bound to
# the names of this service and environment, except where AWS knows no resources.

locals {
  deployment_policies = {
    state     = data.aws_iam_policy_document.deploy_state.json
    functions = data.aws_iam_policy_document.deploy_functions.json
    roles     = data.aws_iam_policy_document.deploy_roles.json
    messages  = data.aws_iam_policy_document.deploy_messages.json
    api       = data.aws_iam_policy_document.deploy_api.json
    surround  = data.aws_iam_policy_document.deploy_surroundings.json
  }

  state_key = "site-management-lambda/${var.environment}"
}

data "aws_iam_policy_document" "deploy_state" {
  statement {
    sid       = "StateBucket"
    actions   = ["s3:ListBucket"]
    resources = [module.state.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.state_key}/*"]
    }
  }

  # Not the foundation's state, which lies beside it: the foundation is applied by people.
  statement {
    sid       = "State"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${module.state.arn}/${local.state_key}/terraform.tfstate"]
  }

  statement {
    sid       = "Lock"
    actions   = ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
    resources = [aws_dynamodb_table.lock.arn]
  }

  statement {
    sid       = "ArtifactBucket"
    actions   = ["s3:ListBucket"]
    resources = [module.artifacts.arn]
  }

  statement {
    sid       = "Artifacts"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${module.artifacts.arn}/*"]
  }
}

data "aws_iam_policy_document" "deploy_functions" {
  #checkov:skip=CKV_AWS_356:Event source mappings and log deliveries know no resources when they are made or listed.
  statement {
    sid = "Functions"
    actions = [
      "lambda:AddPermission",
      "lambda:CreateAlias",
      "lambda:CreateFunction",
      "lambda:DeleteAlias",
      "lambda:DeleteFunction",
      "lambda:DeleteFunctionConcurrency",
      "lambda:DeleteFunctionEventInvokeConfig",
      "lambda:GetAlias",
      "lambda:GetFunction",
      "lambda:GetFunctionCodeSigningConfig",
      "lambda:GetFunctionConfiguration",
      "lambda:GetFunctionEventInvokeConfig",
      "lambda:GetPolicy",
      "lambda:InvokeFunction",
      "lambda:ListTags",
      "lambda:ListVersionsByFunction",
      "lambda:PublishVersion",
      "lambda:PutFunctionConcurrency",
      "lambda:PutFunctionEventInvokeConfig",
      "lambda:RemovePermission",
      "lambda:TagResource",
      "lambda:UntagResource",
      "lambda:UpdateAlias",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
      "lambda:UpdateFunctionEventInvokeConfig",
    ]
    resources = [local.function_arns]
  }

  statement {
    sid       = "Mappings"
    actions   = ["lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping"]
    resources = ["*"]

    condition {
      test     = "ArnLike"
      variable = "lambda:FunctionArn"
      values   = [local.function_arns]
    }
  }

  statement {
    sid       = "MappingsAreRead"
    actions   = ["lambda:GetEventSourceMapping", "lambda:ListEventSourceMappings"]
    resources = ["*"]
  }

  statement {
    sid     = "MappingsAreTagged"
    actions = ["lambda:ListTags", "lambda:TagResource", "lambda:UntagResource"]
    resources = [
      "arn:${local.partition}:lambda:${local.here}:event-source-mapping:*",
    ]
  }

  statement {
    sid = "LogGroups"
    actions = [
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:DeleteRetentionPolicy",
      "logs:FilterLogEvents",
      "logs:ListTagsForResource",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = [
      "arn:${local.partition}:logs:${local.here}:log-group:/aws/lambda/${var.environment}-bbws-*",
      "arn:${local.partition}:logs:${local.here}:log-group:/aws/apigateway/bbws-wp-*",
    ]
  }

  # Whoever switches a stage's access log on needs these, which know no resources (API Gateway docs, "Configure
  # logging for HTTP APIs").
  statement {
    sid = "LogDeliveries"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "deploy_roles" {
  statement {
    sid       = "RolesWithinTheBoundary"
    actions   = ["iam:CreateRole", "iam:PutRolePermissionsBoundary"]
    resources = local.role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary.arn]
    }
  }

  statement {
    sid = "Roles"
    actions = [
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListInstanceProfilesForRole",
      "iam:ListRolePolicies",
      "iam:PutRolePolicy",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ]
    resources = local.role_arns
  }

  statement {
    sid       = "RolesAreGiven"
    actions   = ["iam:PassRole"]
    resources = local.role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["lambda.amazonaws.com", "events.amazonaws.com", "ssm.amazonaws.com"]
    }
  }
}
