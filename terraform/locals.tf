locals {
  api_services = ["sites-service", "templates-service", "plugins-service"]
  services     = concat(local.api_services, ["async-processor"])

  tags = {
    Project     = "bbws-wp-site-management"
    Environment = var.environment
    ManagedBy   = "terraform"
    Repository  = "2_bbws_wordpress_site_management_lambda"
  }

  # What every ARN of this account and region begins and goes on with: "arn:{service}" is put before it.
  partition = data.aws_partition.current.partition
  here      = "${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"

  # The policy that limits every role of this stack; the foundation makes it.
  permissions_boundary_arn = var.permissions_boundary == null ? null : (
    "arn:${local.partition}:iam::${data.aws_caller_identity.current.account_id}:policy/${var.permissions_boundary}"
  )
}
