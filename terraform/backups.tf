# The archives of sites: WordPress writes and reads them by URLs that the processor signs.

module "backups" {
  source = "./modules/bucket"

  name            = coalesce(var.backup_bucket_name, "bbws-wp-backups-${var.environment}")
  expiration_days = var.backup_retention_days
  # A backup's key is written once, so an earlier version is an accident: to be undone soon, or never.
  noncurrent_days = 30
}
