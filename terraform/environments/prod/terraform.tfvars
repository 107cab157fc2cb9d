environment    = "prod"
aws_account_id = "093646564004" # runbook §11

notifications_key_alias = "alias/bbws-wp-notifications-prod"
permissions_boundary    = "bbws-site-management-boundary-prod"

cors_origins       = ["https://portal.bbws.io"]
log_retention_days = 90
