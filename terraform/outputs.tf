output "api_gateway_url" {
  description = "Base URL of the API, with its stage; the runbook's API_URL."
  value       = trimsuffix(aws_apigatewayv2_stage.this.invoke_url, "/")
}

output "api_id" {
  description = "Id of the HTTP API."
  value       = aws_apigatewayv2_api.this.id
}

output "function_names" {
  description = "Name of each function, by service."
  value       = { for service, function in module.function : service => function.function_name }
}

output "function_versions" {
  description = "Version that each function was deployed as, by service. Write it down: it is the one to roll back to."
  value       = { for service, function in module.function : service => function.version }
}

output "log_groups" {
  description = "Log group of each function, by service, and of the API's access log."
  value = merge(
    { for service, function in module.function : service => function.log_group_name },
    { api = aws_cloudwatch_log_group.api.name },
  )
}

output "queue_urls" {
  description = "URL of each queue (creation, update, deletion) and of the dead-letter queue (dead_letter)."
  value       = merge({ for kind, queue in aws_sqs_queue.operations : kind => queue.url }, { dead_letter = aws_sqs_queue.dead_letter.url })
}

output "backup_bucket" {
  description = "Bucket of the sites' backups."
  value       = module.backups.name
}

output "security_group_id" {
  description = "Security group of the functions; what they call has to let it in."
  value       = aws_security_group.functions.id
}

output "jwt_issuer" {
  description = "Issuer of the tokens that the API accepts."
  value       = local.jwt_issuer
}
