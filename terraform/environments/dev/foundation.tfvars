environment    = "dev"
aws_account_id = "536580886816" # runbook §11
