variable "name" {
  description = "Name of the alarm. Those of the runbook begin with bbws-wp- and end with the environment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^bbws-wp-[a-z0-9-]+-(dev|sit|prod)$", var.name))
    error_message = "An alarm's name is bbws-wp-, what it is about, and the environment; the runbook looks for that prefix."
  }
}

variable "description" {
  description = "What it means when the alarm fires; it is the first thing that whoever is called reads."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.description) > 0 && length(var.description) <= 1024
    error_message = "CloudWatch takes descriptions of 1 to 1,024 characters."
  }
}

variable "metrics" {
  description = "The metrics, by an id of the caller's. `statistic` is CloudWatch's: Sum, Maximum, SampleCount, p95."
  type = map(object({
    namespace  = string
    name       = string
    dimensions = map(string)
    statistic  = string
  }))
  nullable = false

  validation {
    condition     = alltrue([for id in keys(var.metrics) : can(regex("^[a-z][a-z0-9_]*$", id))])
    error_message = "Metric math wants ids of small letters, digits and underscores."
  }
}

variable "expression" {
  description = "Metric math over the ids of `metrics`. Null: there is one metric, and it is compared as it is."
  type        = string
  default     = null
}

variable "comparison" {
  description = "How the value is compared with the threshold: the condition under which it is bad."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"], var.comparison)
    error_message = "The comparison is GreaterThanThreshold, GreaterThanOrEqualToThreshold, LessThanThreshold or LessThanOrEqualToThreshold."
  }
}

variable "threshold" {
  description = "What the value is compared with, in the metric's unit."
  type        = number
  nullable    = false
}

variable "period_seconds" {
  description = "Seconds over which one value is made."
  type        = number
  nullable    = false

  validation {
    condition     = var.period_seconds >= 60 && var.period_seconds % 60 == 0
    error_message = "The period is a number of whole minutes, in seconds; nothing here is measured more often."
  }
}

variable "periods" {
  description = "Bad values in succession that it takes."
  type        = number
  default     = 1
  nullable    = false
}

variable "missing_data" {
  description = "What a period without a value means: notBreaching, breaching, missing or ignore."
  type        = string
  default     = "notBreaching"
  nullable    = false

  validation {
    condition     = contains(["notBreaching", "breaching", "missing", "ignore"], var.missing_data)
    error_message = "Missing data are notBreaching, breaching, missing or ignore."
  }
}

variable "topic_arn" {
  description = "SNS topic that is told when the alarm fires and when it is over."
  type        = string
  nullable    = false
}
