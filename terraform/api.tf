# The HTTP API, made from the OpenAPI document: it is the only list of routes.

locals {
  openapi = yamldecode(templatefile("${path.module}/../openapi/site-management.yaml", merge(
    { for service in local.api_services : "${replace(service, "-", "_")}_invoke_arn" => module.function[service].alias_invoke_arn },
    { jwt_issuer = local.jwt_issuer, jwt_audience = local.jwt_audience },
  )))
  cors         = local.openapi["x-amazon-apigateway-cors"]
  integrations = local.openapi.components["x-amazon-apigateway-integrations"]

  # Of the document API Gateway gets what it acts upon. The rest (schemas, examples, answers) is for people and tests:
  # an HTTP API ignores it, some of it with warnings, and a plan would show all of it for a changed word.
  api_definition = {
    openapi = local.openapi.openapi
    info    = { title = local.api_name, version = local.openapi.info.version, description = local.openapi.info.description }
    paths = { for path, item in local.openapi.paths : path => {
      for method, operation in item : method => merge(
        # isDefaultRoute and not the path makes $default (API Gateway docs, "x-amazon-apigateway-any-method object").
        { for name, value in operation : name => value if contains(["operationId", "isDefaultRoute"], name) },
        {
          security                          = operation.security
          responses                         = { default = { description = "The answer of the service." } }
          "x-amazon-apigateway-integration" = local.integrations[basename(operation["x-amazon-apigateway-integration"]["$ref"])]
        },
      ) if can(operation["x-amazon-apigateway-integration"])
    } }
    components                 = { securitySchemes = local.openapi.components.securitySchemes }
    "x-amazon-apigateway-cors" = merge(local.cors, { allowOrigins = var.cors_origins })
  }
  api_name = "bbws-wp-site-management-${var.environment}"

  finds_user_pool = var.jwt_issuer == null
  user_pool_name  = coalesce(var.user_pool_name, "bbws-${var.environment}")
  user_pool_id    = local.finds_user_pool ? one(data.aws_cognito_user_pools.this[0].ids) : null
  # The provider gives names and ids as two lists in the same order.
  user_pool_clients = local.finds_user_pool ? zipmap(
    data.aws_cognito_user_pool_clients.this[0].client_names, data.aws_cognito_user_pool_clients.this[0].client_ids
  ) : {}
  jwt_issuer   = local.finds_user_pool ? "https://cognito-idp.${data.aws_region.current.name}.${data.aws_partition.current.dns_suffix}/${local.user_pool_id}" : var.jwt_issuer
  jwt_audience = local.finds_user_pool ? local.user_pool_clients[var.user_pool_client_name] : var.jwt_audience
}

data "aws_cognito_user_pools" "this" {
  count = local.finds_user_pool ? 1 : 0
  name  = local.user_pool_name

  lifecycle {
    postcondition {
      condition     = length(self.ids) == 1
      error_message = "There are ${length(self.ids)} Cognito user pools named ${local.user_pool_name}. Set user_pool_name, or jwt_issuer and jwt_audience."
    }
  }
}

data "aws_cognito_user_pool_clients" "this" {
  count        = local.finds_user_pool ? 1 : 0
  user_pool_id = local.user_pool_id

  lifecycle {
    postcondition {
      condition     = contains(self.client_names, var.user_pool_client_name)
      error_message = "The Cognito user pool ${local.user_pool_name} has no app client named ${var.user_pool_client_name}. Set user_pool_client_name, or jwt_issuer and jwt_audience."
    }
  }
}

resource "aws_apigatewayv2_api" "this" {
  name          = local.api_name
  protocol_type = "HTTP"
  version       = local.openapi.info.version
  description   = local.openapi.info.description
  body          = jsonencode(local.api_definition)

  # The provider takes the imported CORS away again unless it is stated here too.
  cors_configuration {
    allow_origins     = var.cors_origins
    allow_methods     = local.cors.allowMethods
    allow_headers     = local.cors.allowHeaders
    expose_headers    = local.cors.exposeHeaders
    allow_credentials = local.cors.allowCredentials
    max_age           = local.cors.maxAge
  }

  lifecycle {
    precondition {
      condition     = (var.jwt_issuer == null) == (var.jwt_audience == null)
      error_message = "jwt_issuer and jwt_audience are given together or not at all."
    }
  }
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = var.environment
  auto_deploy = true

  default_route_settings {
    detailed_metrics_enabled = true
    throttling_rate_limit    = var.throttle_requests_per_second
    throttling_burst_limit   = var.throttle_burst
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    format = jsonencode({
      requestId        = "$context.requestId"
      time             = "$context.requestTimeEpoch"
      routeKey         = "$context.routeKey"
      method           = "$context.httpMethod"
      path             = "$context.path"
      status           = "$context.status"
      responseLength   = "$context.responseLength"
      responseLatency  = "$context.responseLatency"
      integrationError = "$context.integrationErrorMessage"
      integrationMs    = "$context.integrationLatency"
      authorizerError  = "$context.authorizer.error"
      subject          = "$context.authorizer.claims.sub"
      sourceIp         = "$context.identity.sourceIp"
      userAgent        = "$context.identity.userAgent"
    })
  }
}

resource "aws_cloudwatch_log_group" "api" {
  #checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts at rest by itself; the access log holds no secret.
  #checkov:skip=CKV_AWS_338:How long logs are kept is the variable log_retention_days; a year's audit is in the table.
  name              = "/aws/apigateway/${local.api_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_permission" "api" {
  for_each = toset(local.api_services)

  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = module.function[each.key].function_name
  qualifier     = module.function[each.key].alias_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/${var.environment}/*"
}
