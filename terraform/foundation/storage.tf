# Where Terraform keeps its state and its lock, and where released packages are kept.

module "state" {
  source = "../modules/bucket"

  name                 = "bbws-terraform-state-${var.environment}"
  noncurrent_days      = 365
  destroy_with_content = !var.deletion_protection
}

module "artifacts" {
  source = "../modules/bucket"

  name                 = coalesce(var.artifact_bucket_name, "bbws-wp-artifacts-${var.environment}")
  noncurrent_days      = 90
  destroy_with_content = !var.deletion_protection
}

resource "aws_dynamodb_table" "lock" {
  #checkov:skip=CKV_AWS_119:The lock says who is applying; DynamoDB encrypts it with its own key.
  name                        = "terraform-state-lock-${var.environment}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "LockID"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "LockID"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = false # DynamoDB's own key, which every table has.
  }
}
