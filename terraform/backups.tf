# The archives of sites: WordPress writes and reads them by URLs that the processor signs.

locals {
  backup_bucket_name = coalesce(var.backup_bucket_name, "bbws-wp-backups-${var.environment}")
}

resource "aws_s3_bucket" "backups" {
  #checkov:skip=CKV_AWS_144:A copy elsewhere of whole sites of customers is a decision about where their data lies.
  #checkov:skip=CKV_AWS_145:SSE-S3: WordPress PUTs with a signed URL, and a key of our own would add a key policy for each account that does.
  #checkov:skip=CKV_AWS_18:Reads and writes of objects are signed by one role; CloudTrail data events tell them where the account wants it.
  #checkov:skip=CKV2_AWS_62:Nobody waits for a notification; the processor asks WordPress whether the archive is complete.
  bucket = local.backup_bucket_name
}

resource "aws_s3_bucket_versioning" "backups" {
  bucket = aws_s3_bucket.backups.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "backups" {
  bucket = aws_s3_bucket.backups.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "backups" {
  bucket = aws_s3_bucket.backups.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "backups" {
  bucket = aws_s3_bucket.backups.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "backups" {
  bucket = aws_s3_bucket.backups.id

  rule {
    id     = "archives"
    status = "Enabled"

    filter {}

    expiration {
      days = var.backup_retention_days
    }

    # A backup's key is never written twice on purpose, so an older version is an accident to be undone soon or never.
    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.backups]
}

data "aws_iam_policy_document" "backups" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.backups.arn, "${aws_s3_bucket.backups.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "backups" {
  bucket = aws_s3_bucket.backups.id
  policy = data.aws_iam_policy_document.backups.json

  depends_on = [aws_s3_bucket_public_access_block.backups]
}
