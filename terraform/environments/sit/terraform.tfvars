environment    = "sit"
aws_account_id = "815856636111" # runbook §11

notifications_key_alias = "alias/bbws-wp-notifications-sit"
permissions_boundary    = "bbws-site-management-boundary-sit"

cors_origins       = ["https://portal.sit.bbws.io"]
log_retention_days = 30
