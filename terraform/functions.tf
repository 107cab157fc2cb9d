# The four functions. Their code is the ZIPs that scripts/build_all.sh leaves.

locals {
  package_root              = coalesce(var.package_root, "${path.module}/..")
  wordpress_base_url        = coalesce(var.wordpress_base_url, "https://${data.aws_lb.internal.dns_name}")
  api_timeout_seconds       = 29 # API Gateway gives up after 30 (HTTP API quotas).
  processor_timeout_seconds = 100
  processor_concurrency     = 10

  # The version of the code, in every published version's description: by it scripts/verify_artifacts knows which
  # release an environment runs, wherever the alias is moved.
  version_file = "${path.module}/../shared/src/bbws_shared/version.py"
  release      = one(regex("__version__ = \"([^\"]+)\"", file(local.version_file)))

  # Of all four packages, and so of a deployment: whatever changed, all four functions are published and serve together,
  # and together they are rolled back (runbook §9). Versions that never ran together never meet.
  packages = { for service in local.services : service => "${local.package_root}/${service}/dist/lambda.zip" }
  build    = substr(sha256(join(" ", [for service, path in local.packages : fileexists(path) ? filesha256(path) : "none"])), 0, 12)

  functions = {
    sites-service = {
      description = "Sites and operations"
      handler     = "sites.handler.handler"
      timeout     = local.api_timeout_seconds
      memory      = 512
      environment = merge(local.operation_queues, local.wordpress, {
        DELETION_GRACE_SECONDS = tostring(var.deletion_grace_seconds)
      })
    }
    templates-service = {
      description = "Templates: catalogue, preview, application"
      handler     = "templates.handler.handler"
      timeout     = local.api_timeout_seconds
      memory      = 512
      environment = merge(local.operation_queues, local.wordpress, {
        PREVIEW_BASE_URL   = var.preview_base_url
        PREVIEW_KEY_SECRET = var.preview_key_secret
      })
    }
    plugins-service = {
      description = "Plugins: catalogue, installation, vetting"
      handler     = "plugins.handler.handler"
      timeout     = local.api_timeout_seconds
      memory      = 512
      environment = merge(local.wordpress, local.notifications)
    }
    async-processor = {
      description = "Carries out the operations of the three queues, and reconciles every minute"
      handler     = "processor.handler.handler"
      timeout     = local.processor_timeout_seconds
      memory      = 1024
      environment = merge(local.operation_queues, local.wordpress, local.notifications, {
        DLQ_URL                   = aws_sqs_queue.dead_letter.url
        BACKUP_BUCKET             = module.backups.name
        RETRY_BACKOFF_SECONDS     = join(",", local.retry_backoff_seconds)
        WORDPRESS_TIMEOUT_SECONDS = "20"
        STEP_SECONDS              = "50"
        RESEND_AFTER_SECONDS      = "60"
        OPERATION_TIMEOUT_SECONDS = "900"
      })
    }
  }

  # POWERTOOLS_SERVICE_NAME is not among them: it would give every metric a second dimension, and silence the alarms.
  common_environment = {
    ENVIRONMENT = var.environment
    TABLE_NAME  = data.aws_dynamodb_table.sites.name
    LOG_LEVEL   = var.log_level
  }
  operation_queues = { for kind, queue in aws_sqs_queue.operations : "${upper(kind)}_QUEUE_URL" => queue.url }
  wordpress        = { WORDPRESS_BASE_URL = local.wordpress_base_url }
  notifications    = { NOTIFICATION_TOPIC_ARN = data.aws_sns_topic.notifications.arn }
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name                     = "${var.environment}-bbws-${each.key}"
  description              = "${each.value.description}, build ${local.build}, release ${local.release}"
  live_version             = lookup(var.live_versions, each.key, null)
  package                  = local.packages[each.key]
  handler                  = each.value.handler
  architecture             = var.architecture
  timeout_seconds          = each.value.timeout
  memory_mb                = each.value.memory
  reserved_concurrency     = lookup(var.reserved_concurrency, each.key, -1)
  environment              = merge(local.common_environment, each.value.environment)
  policy                   = data.aws_iam_policy_document.function[each.key].json
  permissions_boundary_arn = local.permissions_boundary_arn
  subnet_ids               = local.subnet_ids
  security_group_ids       = [aws_security_group.functions.id]
  log_level                = var.log_level
  log_retention_days       = var.log_retention_days
}
