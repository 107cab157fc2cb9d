environment    = "prod"
aws_account_id = "093646564004" # runbook §11
