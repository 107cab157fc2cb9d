# What exists before this stack (runbook §2). Each is looked up by its name, so that a missing one stops the plan
# and is named in the error; where AWS has no error of its own, a postcondition says it.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_dynamodb_table" "sites" {
  name = "sites"

  lifecycle {
    postcondition {
      condition     = setunion(self.global_secondary_index[*].name, []) == toset(["GSI1", "GSI2", "GSI3", "GSI4"])
      error_message = "The DynamoDB table 'sites' has not the indexes GSI1 to GSI4; terraform/foundation makes it as the code needs it."
    }
  }
}

data "aws_sns_topic" "notifications" {
  name = "bbws-wp-notifications-${var.environment}"
}

data "aws_kms_alias" "notifications" {
  count = var.notifications_key_alias == null ? 0 : 1
  name  = var.notifications_key_alias
}

locals {
  alb_name = "bbws-wp-internal-alb-${var.environment}"
}

# The provider's error about a missing load balancer does not name it.
data "aws_lbs" "all" {
  lifecycle {
    postcondition {
      condition     = length([for arn in self.arns : arn if strcontains(arn, ":loadbalancer/app/${local.alb_name}/")]) == 1
      error_message = "There is no load balancer ${local.alb_name}; 2_bbws_ecs_terraform makes it."
    }
  }
}

data "aws_lb" "internal" {
  arn = one([for arn in data.aws_lbs.all.arns : arn if strcontains(arn, ":loadbalancer/app/${local.alb_name}/")])

  lifecycle {
    postcondition {
      condition     = self.internal
      error_message = "The load balancer ${local.alb_name} faces the internet; WordPress's credentials must not go there."
    }
  }
}

data "aws_vpc" "this" {
  id = data.aws_lb.internal.vpc_id
}

data "aws_vpc_endpoint" "required" {
  for_each = toset(["dynamodb", "secretsmanager"])

  vpc_id       = data.aws_vpc.this.id
  service_name = "com.amazonaws.${data.aws_region.current.name}.${each.key}"

  lifecycle {
    postcondition {
      condition     = self.state == "available"
      error_message = "The VPC endpoint of ${each.key} in ${data.aws_vpc.this.id} is ${self.state}, not available."
    }
  }
}
