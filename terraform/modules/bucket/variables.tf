variable "name" {
  description = "Name of the bucket."
  type        = string
  nullable    = false
}

variable "expiration_days" {
  description = "Days after which an object is deleted. Null: never."
  type        = number
  default     = null

  validation {
    condition     = var.expiration_days == null || coalesce(var.expiration_days, 1) >= 1
    error_message = "An object is kept for a day at least."
  }
}

variable "noncurrent_days" {
  description = "Days for which a version that was overwritten or deleted can be brought back."
  type        = number
  nullable    = false

  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "An earlier version is kept for a day at least."
  }
}

variable "destroy_with_content" {
  description = "Whether the bucket may be destroyed while it holds objects. They are lost."
  type        = bool
  default     = false
  nullable    = false
}
