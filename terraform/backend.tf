# Bucket, key, region and lock table come from the command line (runbook §4) or from
# environments/{env}/backend.tfvars (runbook §9).
terraform {
  backend "s3" {}
}
