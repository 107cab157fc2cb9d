# The table `sites` (docs/architecture.md, section 3).

locals {
  indexes = ["GSI1", "GSI2", "GSI3", "GSI4"]
}

resource "aws_dynamodb_table" "sites" {
  #checkov:skip=CKV_AWS_119:DynamoDB encrypts with its own key; a key of ours would be one more thing each request fails without, and changes nothing about who may read.
  name                        = "sites"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "PK"
  range_key                   = "SK"
  deletion_protection_enabled = var.deletion_protection

  # Replicas follow the stream.
  stream_enabled   = var.dr_replica
  stream_view_type = var.dr_replica ? "NEW_AND_OLD_IMAGES" : null

  dynamic "attribute" {
    for_each = concat(["PK", "SK"], flatten([for index in local.indexes : ["${index}PK", "${index}SK"]]))
    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.indexes
    content {
      name            = global_secondary_index.value
      hash_key        = "${global_secondary_index.value}PK"
      range_key       = "${global_secondary_index.value}SK"
      projection_type = "ALL"
    }
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = false # DynamoDB's own key, which every table has.
  }

  dynamic "replica" {
    for_each = var.dr_replica ? [var.dr_region] : []
    content {
      region_name            = replica.value
      point_in_time_recovery = true
      propagate_tags         = true
    }
  }
}
