variable "environment" {
  description = "The environment; it is part of every name, and the name of the API's stage."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "sit", "prod"], var.environment)
    error_message = "The environment is one of dev, sit, prod."
  }
}

variable "aws_region" {
  description = "The region everything is in."
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

variable "permissions_boundary" {
  description = "Name of the IAM policy that limits every role made here, as the foundation's `permissions_boundary` says it. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", var.permissions_boundary))
    error_message = "The permissions boundary is given by its name, not its ARN."
  }
}

# --- What exists already --------------------------------------------------------------------------

variable "notifications_key_alias" {
  description = "Alias of the KMS key that encrypts the SNS topic. Null: the topic has no key of our own."
  type        = string
  default     = null

  validation {
    condition     = var.notifications_key_alias == null || can(regex("^alias/[A-Za-z0-9/_-]+$", var.notifications_key_alias)) && !startswith(coalesce(var.notifications_key_alias, "-"), "alias/aws/")
    error_message = "An alias begins with alias/, and not with alias/aws/: nobody but AWS may let CloudWatch alarms use those keys."
  }
}

variable "subnet_ids" {
  description = "Private subnets of the functions. Null: those of the internal ALB."
  type        = set(string)
  default     = null

  validation {
    condition     = var.subnet_ids == null || length(coalesce(var.subnet_ids, [])) >= 2
    error_message = "The functions need two subnets at least, in different availability zones."
  }
}

variable "user_pool_name" {
  description = "Name of the Cognito user pool whose tokens the API accepts; null with `jwt_issuer`. Default: bbws-{environment}."
  type        = string
  default     = null
}

variable "user_pool_client_name" {
  description = "Name of that pool's app client, which the portal signs in with."
  type        = string
  default     = "portal"
  nullable    = false
}

variable "jwt_issuer" {
  description = "Issuer of the tokens, in place of the user pool that is found by name. Only with `jwt_audience`."
  type        = string
  default     = null

  validation {
    condition     = var.jwt_issuer == null || can(regex("^https://[^\\s]+[^/\\s]$", var.jwt_issuer))
    error_message = "The issuer is an https URL without a slash at its end."
  }
}

variable "jwt_audience" {
  description = "The app client that the tokens must be made for, in place of the one that is found by name."
  type        = string
  default     = null

  validation {
    condition     = var.jwt_audience == null || can(regex("^\\S+$", var.jwt_audience))
    error_message = "The audience is the id of an app client."
  }
}

# --- API ------------------------------------------------------------------------------------------

variable "cors_origins" {
  description = "Origins from which browsers may call the API: the portal's."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.cors_origins) > 0 && alltrue([for origin in var.cors_origins : can(regex("^https?://[^/*\\s]+$", origin))])
    error_message = "Each origin is scheme and host, without a path or wildcard, for example https://portal.bbws.io."
  }
}

variable "throttle_requests_per_second" {
  description = "Requests a second that the API takes from all callers together; beyond them it answers 429."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.throttle_requests_per_second > 0 && var.throttle_requests_per_second <= 10000
    error_message = "API Gateway takes 1 to 10,000 requests a second in one account and region."
  }
}

variable "throttle_burst" {
  description = "Requests that the API takes at once."
  type        = number
  default     = 500
  nullable    = false

  validation {
    condition     = var.throttle_burst > 0 && var.throttle_burst <= 5000 && floor(var.throttle_burst) == var.throttle_burst
    error_message = "API Gateway takes bursts of 1 to 5,000 requests."
  }
}

# --- Functions ------------------------------------------------------------------------------------

variable "package_root" {
  description = "The folder that has {service}/dist/lambda.zip, as scripts/build_all.sh leaves them. Null: the repository."
  type        = string
  default     = null
}

variable "architecture" {
  description = "Instruction set of the functions; that of the packages (`ARCH` of scripts/build_all.sh)."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "live_versions" {
  description = "Published versions that go on serving, by service; a service that is not named serves what is deployed. scripts/deploy sets it by TF_VAR_live_versions, and then shifts the calls by weight."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for service, version in var.live_versions : contains(["sites-service", "templates-service", "plugins-service", "async-processor"], service) && can(regex("^[0-9]+$", version))])
    error_message = "live_versions has the number of a published version for each service that it names."
  }
}

variable "log_level" {
  description = "Lowest level of the functions' log lines."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "The log level is DEBUG, INFO, WARN or ERROR."
  }
}

variable "log_retention_days" {
  description = "Days for which the logs of functions and API are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch Logs keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "reserved_concurrency" {
  description = "Concurrent executions set aside for a function, by service. A service that is not named shares the account's."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for service in keys(var.reserved_concurrency) : contains(["sites-service", "templates-service", "plugins-service", "async-processor"], service)])
    error_message = "The services are sites-service, templates-service, plugins-service and async-processor."
  }

  validation {
    condition     = lookup(var.reserved_concurrency, "async-processor", 31) >= 31
    error_message = "The async-processor needs 31: ten for each of its three queues, and one for the schedule. With fewer, messages end in the DLQ unread."
  }
}

variable "wordpress_base_url" {
  description = "Where the internal ALB answers. Null: https:// and its DNS name; name another when its certificate does."
  type        = string
  default     = null

  validation {
    condition     = var.wordpress_base_url == null || can(regex("^(https://[^/\\s]+|http://127\\.0\\.0\\.1:[0-9]+)$", var.wordpress_base_url))
    error_message = "The ALB is reached by https, and its URL has no path. (http only for a WordPress on this machine.)"
  }
}

variable "preview_base_url" {
  description = "Where the demo sites of templates are."
  type        = string
  default     = "https://preview.bbws.io/templates"
  nullable    = false

  validation {
    condition     = can(regex("^https://[^\\s]+[^/\\s]$", var.preview_base_url))
    error_message = "The demo sites are under an https URL without a slash at its end."
  }
}

variable "preview_key_secret" {
  description = "Name of the secret with the key that signs links to demo sites. Whoever runs these has the same key."
  type        = string
  default     = "bbws/wp/preview-signing-key"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_+=.@-]{1,512}$", var.preview_key_secret))
    error_message = "The secret is given by its name."
  }
}

variable "deletion_grace_seconds" {
  description = "How long a deleted PROD site can be called back."
  type        = number
  default     = 86400
  nullable    = false

  validation {
    condition     = var.deletion_grace_seconds >= 0
    error_message = "The grace is a number of seconds, 0 or more."
  }
}

# --- Backups --------------------------------------------------------------------------------------

variable "backup_bucket_name" {
  description = "Bucket of the sites' backups. Null: bbws-wp-backups-{environment}. Bucket names are taken worldwide."
  type        = string
  default     = null

  validation {
    condition     = var.backup_bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.backup_bucket_name))
    error_message = "A bucket's name has 3 to 63 small letters, digits and hyphens."
  }
}

variable "backup_retention_days" {
  description = "Days for which an archive can be restored. Afterwards it is deleted for good."
  type        = number
  default     = 400
  nullable    = false

  validation {
    condition     = var.backup_retention_days >= 90
    error_message = "A deleted site names its last backup for 90 days (docs/architecture.md, section 4)."
  }
}
