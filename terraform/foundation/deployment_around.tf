# The rest of what a deployment may do: messages, rollback, API, alarms, network, and what it only looks up.

data "aws_iam_policy_document" "deploy_messages" {
  statement {
    sid = "Queues"
    actions = [
      "sqs:CreateQueue",
      "sqs:DeleteQueue",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ListQueueTags",
      "sqs:SetQueueAttributes",
      "sqs:TagQueue",
      "sqs:UntagQueue",
    ]
    resources = [local.queue_arns]
  }

  statement {
    sid = "Rules"
    actions = [
      "events:DeleteRule",
      "events:DescribeRule",
      "events:ListTagsForResource",
      "events:ListTargetsByRule",
      "events:PutRule",
      "events:PutTargets",
      "events:RemoveTargets",
      "events:TagResource",
      "events:UntagResource",
    ]
    resources = [
      "arn:${local.partition}:events:${local.here}:rule/${var.environment}-bbws-*",
      "arn:${local.partition}:events:${local.here}:rule/bbws-wp-*",
    ]
  }

  statement {
    sid = "BackupBucket"
    actions = [
      "s3:CreateBucket",
      "s3:DeleteBucket",
      "s3:DeleteBucketPolicy",
      "s3:GetAccelerateConfiguration",
      "s3:GetBucket*",
      "s3:GetEncryptionConfiguration",
      "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration",
      "s3:ListBucket",
      "s3:PutBucketOwnershipControls",
      "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock",
      "s3:PutBucketTagging",
      "s3:PutBucketVersioning",
      "s3:PutEncryptionConfiguration",
      "s3:PutLifecycleConfiguration",
    ]
    resources = [local.backup_bucket_arn]
  }

  statement {
    sid = "RollbackDocument"
    actions = [
      "ssm:AddTagsToResource",
      "ssm:CreateDocument",
      "ssm:DeleteDocument",
      "ssm:DescribeDocument",
      "ssm:DescribeDocumentPermission",
      "ssm:GetDocument",
      "ssm:ListTagsForResource",
      "ssm:RemoveTagsFromResource",
      "ssm:UpdateDocument",
      "ssm:UpdateDocumentDefaultVersion",
    ]
    resources = ["arn:${local.partition}:ssm:${local.here}:document/bbws-wp-*"]
  }
}

data "aws_iam_policy_document" "deploy_api" {
  #checkov:skip=CKV_AWS_356:CloudWatch refuses DescribeAlarms to whoever may look at some alarms only.
  # An API's id is not known before it is made, so the name cannot limit this (API Gateway docs, "Resources of HTTP
  # APIs").
  statement {
    sid     = "HttpApi"
    actions = ["apigateway:GET", "apigateway:POST", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE"]
    resources = [
      "arn:${local.partition}:apigateway:${local.region}::/apis",
      "arn:${local.partition}:apigateway:${local.region}::/apis/*",
      "arn:${local.partition}:apigateway:${local.region}::/tags/*",
    ]
  }

  statement {
    sid = "Alarms"
    actions = [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:ListTagsForResource",
      "cloudwatch:PutCompositeAlarm",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ]
    resources = ["arn:${local.partition}:cloudwatch:${local.here}:alarm:bbws-wp-*"]
  }

  statement {
    sid       = "Dashboard"
    actions   = ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"]
    resources = ["arn:${local.partition}:cloudwatch::${local.account_id}:dashboard/bbws-wp-*"]
  }

  # CloudWatch has no ARN for metrics ("Actions, resources, and condition keys for Amazon CloudWatch"), and checks
  # DescribeAlarms against every alarm, whichever names it is given.
  statement {
    sid       = "Metrics"
    actions   = ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics"]
    resources = ["*"]
  }
}

# What the stack only looks up, and the network around the functions.
data "aws_iam_policy_document" "deploy_surroundings" {
  #checkov:skip=CKV_AWS_356:The Describe and List actions below know no resources.
  statement {
    sid = "LooksUp"
    actions = [
      "cognito-idp:ListUserPools",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribePrefixLists",
      "ec2:DescribeSecurityGroupRules",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcAttribute",
      "ec2:DescribeVpcEndpoints",
      "ec2:DescribeVpcs",
      "ec2:DescribeRouteTables",
      "elasticloadbalancing:DescribeListeners",
      "elasticloadbalancing:DescribeLoadBalancerAttributes",
      "elasticloadbalancing:DescribeLoadBalancers",
      "elasticloadbalancing:DescribeTags",
      "kms:ListAliases",
      "sns:ListTopics",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "LooksUpUserPool"
    actions   = ["cognito-idp:ListUserPoolClients"]
    resources = ["arn:${local.partition}:cognito-idp:${local.here}:userpool/*"]
  }

  statement {
    sid = "LooksUpTable"
    actions = [
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
      "dynamodb:ListTagsOfResource",
    ]
    resources = [aws_dynamodb_table.sites.arn]
  }

  statement {
    sid       = "LooksUpTopic"
    actions   = ["sns:GetTopicAttributes", "sns:ListTagsForResource"]
    resources = [aws_sns_topic.notifications.arn]
  }

  statement {
    sid       = "LooksUpKey"
    actions   = ["kms:DescribeKey"]
    resources = [aws_kms_key.notifications.arn]
  }

  statement {
    sid = "SecurityGroups"
    actions = [
      "ec2:AuthorizeSecurityGroupEgress",
      "ec2:AuthorizeSecurityGroupIngress",
      "ec2:CreateSecurityGroup",
      "ec2:CreateTags",
      "ec2:DeleteSecurityGroup",
      "ec2:DeleteTags",
      "ec2:ModifySecurityGroupRules",
      "ec2:RevokeSecurityGroupEgress",
      "ec2:RevokeSecurityGroupIngress",
    ]
    resources = [
      "arn:${local.partition}:ec2:${local.here}:security-group/*",
      "arn:${local.partition}:ec2:${local.here}:security-group-rule/*",
      "arn:${local.partition}:ec2:${local.here}:vpc/*",
    ]
  }
}
