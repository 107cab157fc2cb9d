variable "environment" {
  description = "The environment; it is part of every name, and the GitHub environment that may deploy."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "sit", "prod"], var.environment)
    error_message = "The environment is one of dev, sit, prod."
  }
}

variable "aws_region" {
  description = "The primary region."
  type        = string
  default     = "af-south-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "The region is written as AWS writes it, for example af-south-1."
  }
}

variable "aws_account_id" {
  description = "The only account that may be changed. Null: whichever the credentials belong to."
  type        = string
  default     = null

  validation {
    condition     = var.aws_account_id == null || can(regex("^[0-9]{12}$", var.aws_account_id))
    error_message = "An AWS account id has twelve digits."
  }
}

variable "dr_region" {
  description = "The region for disaster recovery (runbook §7)."
  type        = string
  default     = "eu-west-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.dr_region))
    error_message = "The region is written as AWS writes it, for example eu-west-1."
  }
}

variable "dr_replica" {
  description = "Whether the table `sites` has a replica in the DR region."
  type        = bool
  default     = false
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether tables refuse to be deleted, and buckets while they hold anything. False only to take an account down."
  type        = bool
  default     = true
  nullable    = false
}

variable "github_repository" {
  description = "The only repository whose workflows may deploy: owner/name."
  type        = string
  default     = "BigBeardWebSolutions/2_bbws_wordpress_site_management_lambda"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "A repository is written owner/name."
  }
}

variable "github_repository_subject" {
  description = "The repository with its ids, as GitHub's tokens name one that is newer than 2026-07-14, was renamed or moved since, or opted in: owner@id/name@id. Null: it is named without."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository_subject == null || can(regex("^[A-Za-z0-9-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+$", var.github_repository_subject))
    error_message = "A repository with its ids is written owner@id/name@id."
  }
}

variable "github_oidc_provider_exists" {
  description = "Whether the account has GitHub's identity provider already; an account can have one only."
  type        = bool
  default     = false
  nullable    = false
}

variable "artifact_bucket_name" {
  description = "Bucket of the released packages. Null: bbws-wp-artifacts-{environment}. Bucket names are taken worldwide."
  type        = string
  default     = null

  validation {
    condition     = var.artifact_bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.artifact_bucket_name))
    error_message = "A bucket's name has 3 to 63 small letters, digits and hyphens."
  }
}

variable "backup_bucket_name" {
  description = "Bucket of the sites' backups, which the stack makes; as there, null is bbws-wp-backups-{environment}."
  type        = string
  default     = null

  validation {
    condition     = var.backup_bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.backup_bucket_name))
    error_message = "A bucket's name has 3 to 63 small letters, digits and hyphens."
  }
}
