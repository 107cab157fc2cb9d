environment    = "dev"
aws_account_id = "536580886816" # runbook §11

notifications_key_alias = "alias/bbws-wp-notifications-dev"
permissions_boundary    = "bbws-site-management-boundary-dev"

cors_origins       = ["https://portal.dev.bbws.io", "http://localhost:3000"]
log_retention_days = 30
