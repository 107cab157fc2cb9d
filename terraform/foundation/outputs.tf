output "table_name" {
  description = "The table."
  value       = aws_dynamodb_table.sites.name
}

output "notifications_topic_arn" {
  description = "The topic of events and alarms; subscribe to it."
  value       = aws_sns_topic.notifications.arn
}

output "notifications_key_alias" {
  description = "Alias of the topic's key: the stack's variable `notifications_key_alias`."
  value       = aws_kms_alias.notifications.name
}

output "state_bucket" {
  description = "Bucket of Terraform's state."
  value       = module.state.name
}

output "lock_table" {
  description = "Table of Terraform's lock."
  value       = aws_dynamodb_table.lock.name
}

output "artifact_bucket" {
  description = "Bucket of the released packages."
  value       = module.artifacts.name
}

output "github_actions_role_arn" {
  description = "The role that the workflows assume."
  value       = aws_iam_role.github_actions.arn
}

output "github_actions_reader_role_arn" {
  description = "The role by which the workflows look at this environment."
  value       = aws_iam_role.github_actions_reader.arn
}

output "permissions_boundary" {
  description = "Name of the policy that limits every role of the stack: its variable `permissions_boundary`."
  value       = aws_iam_policy.boundary.name
}
