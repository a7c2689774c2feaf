# Cook recipes in Terraform: the same app as ../template.yaml, on AWS or on Galley.
#
#   (cd ../functions && dotnet publish -c Release -o publish)     # makes functions.zip too
#   (cd ../web && npm install && npm run build)
#   terraform init && terraform apply -var domain_prefix=some-free-name
#
# For Galley first:  eval "$(galley env)"; export TF_VAR_local_port=4566

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60"
    }
  }
}

variable "domain_prefix" {
  description = "First label of the sign-in page's host name. On AWS it must be free in the whole region."
  type        = string
  default     = "cook-recipes-app"
}

variable "local_port" {
  description = "Galley's port. The site then gets the addresses at which Galley answers, and plain HTTP is served; null on AWS."
  type        = number
  default     = null
}

provider "aws" {
  s3_use_path_style = var.local_port != null
}

data "aws_caller_identity" "me" {}

data "aws_region" "here" {}

locals {
  region   = data.aws_region.here.name
  app      = "https://${aws_cloudfront_distribution.site.domain_name}"
  callback = "${local.app}/authenticate"
  logout   = "${local.app}/logout"
  sign_in  = "https://${aws_cognito_user_pool_domain.domain.domain}.auth.${local.region}.amazoncognito.com"

  # What the browser is told. Galley answers AWS's host names with the last labels replaced by `localhost`.
  addresses = {
    apiUrl      = aws_apigatewayv2_api.api.api_endpoint
    cognitoUrl  = local.sign_in
    redirectUri = local.callback
    logoutUri   = local.logout
  }
  config = merge({ clientId = aws_cognito_user_pool_client.client.id }, {
    for name, url in local.addresses : name => var.local_port == null ? url :
    replace(replace(url, "https://", "http://"), "/\\.(amazonaws\\.com|amazoncognito\\.com|net)/", ".localhost:${coalesce(var.local_port, 0)}")
  })
}

# The data

resource "aws_dynamodb_table" "recipes" {
  name           = "recipes"
  hash_key       = "name"
  range_key      = "category"
  read_capacity  = 1
  write_capacity = 1

  attribute {
    name = "name"
    type = "S"
  }

  attribute {
    name = "category"
    type = "S"
  }

  global_secondary_index {
    name            = "category-index"
    hash_key        = "category"
    projection_type = "ALL"
    read_capacity   = 1
    write_capacity  = 1
  }
}

resource "aws_dynamodb_table_item" "seed" {
  for_each   = { for item in jsondecode(file("${path.module}/../seed.json")) : "${item.category}/${item.name}" => item }
  table_name = aws_dynamodb_table.recipes.name
  hash_key   = aws_dynamodb_table.recipes.hash_key
  range_key  = aws_dynamodb_table.recipes.range_key
  item       = jsonencode({ for name, value in each.value : name => can(tonumber(value)) ? { N = tostring(value) } : { S = tostring(value) } })
}

# The functions: one program, each with the least it needs

locals {
  functions = {
    GetRecipes    = { action = "dynamodb:Scan" }
    SaveRecipe    = { action = "dynamodb:PutItem" }
    DeleteRecipe  = { action = "dynamodb:DeleteItem" }
    TokenExchange = { action = null }
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions
  name     = "cook-recipes-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "logs" {
  for_each   = local.functions
  role       = aws_iam_role.function[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role_policy" "table" {
  for_each = { for name, one in local.functions : name => one if one.action != null }
  name     = "table"
  role     = aws_iam_role.function[each.key].name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = each.value.action, Resource = aws_dynamodb_table.recipes.arn }]
  })
}

resource "aws_lambda_function" "function" {
  for_each         = local.functions
  function_name    = "cook-recipes-${each.key}"
  runtime          = "provided.al2023"
  architectures    = ["x86_64"]
  handler          = each.key
  role             = aws_iam_role.function[each.key].arn
  filename         = "${path.module}/../functions/functions.zip"
  source_code_hash = filebase64sha256("${path.module}/../functions/functions.zip")
  memory_size      = 256
  timeout          = 10

  environment {
    variables = each.key == "TokenExchange" ? {
      COGNITO_DOMAIN = "${aws_cognito_user_pool_domain.domain.domain}.auth.${local.region}.amazoncognito.com"
      CLIENT_ID      = aws_cognito_user_pool_client.client.id
      CLIENT_SECRET  = aws_cognito_user_pool_client.client.client_secret
      REDIRECT_URI   = local.callback
    } : { TABLE = aws_dynamodb_table.recipes.name }
  }
}

# The API: every route asks for a token of our pool but the exchange of codes for tokens

locals {
  routes = {
    "GET /recipes"                      = { function = "GetRecipes", open = false }
    "POST /recipes"                     = { function = "SaveRecipe", open = false }
    "PUT /recipes/{category}/{name}"    = { function = "SaveRecipe", open = false }
    "DELETE /recipes/{category}/{name}" = { function = "DeleteRecipe", open = false }
    "GET /token/{code}"                 = { function = "TokenExchange", open = true }
    "POST /token"                       = { function = "TokenExchange", open = true }
  }
}

resource "aws_apigatewayv2_api" "api" {
  name          = "cook-recipes-api"
  protocol_type = "HTTP"

  cors_configuration {
    allow_origins = [local.app]
    allow_headers = ["authorization", "content-type"]
    allow_methods = ["GET", "POST", "PUT", "DELETE"]
  }
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.api.id
  name             = "Jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = "https://cognito-idp.${local.region}.amazonaws.com/${aws_cognito_user_pool.pool.id}"
    audience = [aws_cognito_user_pool_client.client.id]
  }
}

resource "aws_apigatewayv2_integration" "function" {
  for_each               = local.functions
  api_id                 = aws_apigatewayv2_api.api.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.function[each.key].invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "route" {
  for_each           = local.routes
  api_id             = aws_apigatewayv2_api.api.id
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.function[each.value.function].id}"
  authorization_type = each.value.open ? "NONE" : "JWT"
  authorizer_id      = each.value.open ? null : aws_apigatewayv2_authorizer.jwt.id
}

resource "aws_apigatewayv2_stage" "stage" {
  api_id      = aws_apigatewayv2_api.api.id
  name        = "$default"
  auto_deploy = true
}

resource "aws_lambda_permission" "api" {
  for_each      = local.functions
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function[each.key].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/*/*"
}

# The people

resource "aws_cognito_user_pool" "pool" {
  name                     = "CookRecipePool"
  auto_verified_attributes = ["email"]

  schema {
    name                = "email"
    attribute_data_type = "String"
    required            = true
    mutable             = true

    string_attribute_constraints {
      min_length = "0"
      max_length = "2048"
    }
  }

  password_policy {
    minimum_length                   = 8
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = true
    temporary_password_validity_days = 7
  }
}

resource "aws_cognito_user_pool_client" "client" {
  user_pool_id                         = aws_cognito_user_pool.pool.id
  name                                 = "CookRecipeApp"
  generate_secret                      = true
  supported_identity_providers         = ["COGNITO"]
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "email", "profile", "aws.cognito.signin.user.admin"]
  callback_urls                        = [local.callback]
  logout_urls                          = [local.logout]
  prevent_user_existence_errors        = "ENABLED"
}

resource "aws_cognito_user_pool_domain" "domain" {
  user_pool_id = aws_cognito_user_pool.pool.id
  domain       = var.domain_prefix
}

resource "aws_cognito_user_group" "admins" {
  user_pool_id = aws_cognito_user_pool.pool.id
  name         = "admin"
  description  = "People who may change recipes."
}

# The site: a private bucket that only this distribution may read

resource "aws_s3_bucket" "site" {
  bucket        = "cook-recipes-site-${data.aws_caller_identity.me.account_id}-${local.region}"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "site" {
  bucket                  = aws_s3_bucket.site.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudfront.amazonaws.com" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.site.arn}/*"
      Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.site.arn } }
    }]
  })
}

locals {
  types = {
    html = "text/html; charset=utf-8", js = "text/javascript; charset=utf-8", css = "text/css; charset=utf-8", json = "application/json"
    svg  = "image/svg+xml", txt = "text/plain; charset=utf-8", png = "image/png", ico = "image/vnd.microsoft.icon"
  }
}

resource "aws_s3_object" "site" {
  for_each      = fileset("${path.module}/../web/dist", "**")
  bucket        = aws_s3_bucket.site.id
  key           = each.value
  source        = "${path.module}/../web/dist/${each.value}"
  etag          = filemd5("${path.module}/../web/dist/${each.value}")
  content_type  = lookup(local.types, element(split(".", each.value), length(split(".", each.value)) - 1), "application/octet-stream")
  cache_control = startswith(each.value, "assets/") ? "public, max-age=31536000, immutable" : "no-cache"
}

resource "aws_s3_object" "config" {
  bucket        = aws_s3_bucket.site.id
  key           = "config.json"
  content       = jsonencode(local.config)
  content_type  = "application/json"
  cache_control = "no-cache"
}

resource "aws_cloudfront_origin_access_control" "site" {
  name                              = "cook-recipes-site"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

data "aws_cloudfront_cache_policy" "optimized" {
  name = "Managed-CachingOptimized"
}

resource "aws_cloudfront_distribution" "site" {
  enabled             = true
  comment             = "Cook recipes"
  default_root_object = "index.html"
  http_version        = "http2"
  price_class         = "PriceClass_100"

  origin {
    origin_id                = "site"
    domain_name              = aws_s3_bucket.site.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.site.id
  }

  default_cache_behavior {
    target_origin_id       = "site"
    viewer_protocol_policy = var.local_port == null ? "redirect-to-https" : "allow-all"
    allowed_methods        = ["GET", "HEAD", "OPTIONS"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true
    cache_policy_id        = data.aws_cloudfront_cache_policy.optimized.id
  }

  # The app's own paths (/recipes, /authenticate) are no objects; the bucket answers 403 to who may not list it.
  dynamic "custom_error_response" {
    for_each = [403, 404]
    content {
      error_code         = custom_error_response.value
      response_code      = 200
      response_page_path = "/index.html"
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

output "SiteUrl" {
  value = local.app
}

output "ApiUrl" {
  value = aws_apigatewayv2_api.api.api_endpoint
}

output "CognitoUrl" {
  value = local.sign_in
}

output "UserPoolId" {
  value = aws_cognito_user_pool.pool.id
}

output "ClientId" {
  value = aws_cognito_user_pool_client.client.id
}
