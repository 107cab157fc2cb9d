# The archives of sites: WordPress writes and reads them by URLs that the processor signs.

locals {
  backup_bucket_name = coalesce(var.backup_bucket_name, "bbws-wp-backups-${var.environment}")
  backup_bucket_arn  = "arn:${local.partition}:s3:::${local.backup_bucket_name}"
}

module "backups" {
  source = "./modules/bucket"

  name            = local.backup_bucket_name
  expiration_days = var.backup_retention_days
  # A backup's key is written once, so an earlier version is an accident: to be undone soon, or never.
  noncurrent_days = 30
}
