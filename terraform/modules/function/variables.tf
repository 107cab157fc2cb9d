variable "name" {
  description = "Name of the function; its role and log group are named after it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,59}$", var.name))
    error_message = "The name has letters, digits and hyphens, and its role's name (with \"-role\") 64 characters at most."
  }
}

variable "description" {
  description = "What the function does, in one line."
  type        = string
  nullable    = false
}

variable "package" {
  description = "Path of the ZIP with the function's code."
  type        = string
  nullable    = false
}

variable "handler" {
  description = "Where Lambda enters the code: module path and name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_]+(\\.[a-z_]+)+$", var.handler))
    error_message = "The handler is a dotted path, for example sites.handler.handler."
  }
}

variable "architecture" {
  description = "Instruction set: arm64 or x86_64."
  type        = string
  nullable    = false
}

variable "timeout_seconds" {
  description = "How long one invocation may take."
  type        = number
  nullable    = false

  validation {
    condition     = var.timeout_seconds >= 1 && var.timeout_seconds <= 900
    error_message = "Lambda runs 1 to 900 seconds."
  }
}

variable "memory_mb" {
  description = "Memory in MB; processor time grows with it."
  type        = number
  nullable    = false

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240
    error_message = "Lambda has 128 to 10,240 MB."
  }
}

variable "reserved_concurrency" {
  description = "Concurrent executions set aside for this function; -1 for none."
  type        = number
  default     = -1
  nullable    = false
}

variable "environment" {
  description = "Environment variables. Not secrets: whoever may read the function reads them."
  type        = map(string)
  nullable    = false

  validation {
    condition     = !contains(keys(var.environment), "POWERTOOLS_SERVICE_NAME")
    error_message = "POWERTOOLS_SERVICE_NAME adds a dimension to every metric, and the alarms name them without it."
  }
}

variable "live_version" {
  description = "Published version that the alias stays on, or null: it moves to what is deployed."
  type        = string
  default     = null
}

variable "policy" {
  description = "IAM policy document (JSON) of what this function's code calls."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Policy that limits the role, or null."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Private subnets in which the function has its network interfaces."
  type        = set(string)
  nullable    = false
}

variable "security_group_ids" {
  description = "Security groups of these interfaces."
  type        = set(string)
  nullable    = false
}

variable "log_level" {
  description = "Lowest level of the log lines that are kept: DEBUG, INFO, WARN or ERROR."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days for which the logs are kept."
  type        = number
  nullable    = false
}
