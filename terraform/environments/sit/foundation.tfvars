environment    = "sit"
aws_account_id = "815856636111" # runbook §11
