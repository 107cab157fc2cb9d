# The functions run beside the internal ALB. They call WordPress through it, DynamoDB and Secrets Manager through the
# VPC's endpoints, and SQS and SNS by the way that the private subnets have out of the VPC.

locals {
  subnet_ids = coalesce(var.subnet_ids, data.aws_lb.internal.subnets)
}

resource "aws_security_group" "functions" {
  name        = "bbws-wp-functions-${var.environment}"
  description = "The functions of the WordPress site management API"
  vpc_id      = data.aws_vpc.this.id

  tags = { Name = "bbws-wp-functions-${var.environment}" }

  # Lambda's network interfaces hold the group for up to 20 minutes after a function is gone.
  timeouts {
    delete = "40m"
  }
}

# One rule for all: SQS and SNS have no prefix list that could be named, and whatever is called is called by HTTPS.
resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.functions.id
  description       = "HTTPS to the internal ALB, the VPC endpoints, SQS and SNS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

# The way from the functions to the ALB (runbook §10, "Lambda -> ALB -> ECS"). The group itself is another
# repository's, so a rule of its own is added to it and nothing of it is managed here.
resource "aws_vpc_security_group_ingress_rule" "alb" {
  for_each = data.aws_lb.internal.security_groups

  security_group_id            = each.key
  description                  = "Site management functions of ${var.environment}"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.functions.id
}
