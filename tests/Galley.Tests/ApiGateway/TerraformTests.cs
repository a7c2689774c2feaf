namespace Galley.Tests.ApiGateway;

/// <summary>Terraform's own provider makes an HTTP API with everything, finds nothing to change after that, and takes it away.</summary>
public class TerraformTests
{
    [Fact]
    public async Task An_API_with_authorizers_mappings_stage_and_domain_is_applied_unchanged_and_destroyed()
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        using var terraform = await Terraform.Of(fixture.Server, Resources(fixture.Backend.Address));
        await terraform.Apply();
        await terraform.PlanNothing();
        var apis = (await fixture.Call("GetApis", new { }))["Items"]!.AsArray();
        var made = apis.Single(api => (string)api!["Name"]! == "tf-api")!;
        Assert.Equal(3, (await fixture.Call("GetRoutes", new { ApiId = (string)made["ApiId"]! }))["Items"]!.AsArray().Count);
        await terraform.Destroy();
        Assert.Single((await fixture.Call("GetApis", new { }))["Items"]!.AsArray());
    }

    private static string Resources(string backend) => $$$"""
        resource "aws_apigatewayv2_api" "api" {
          name = "tf-api"
          protocol_type = "HTTP"
          description = "by terraform"
          cors_configuration {
            allow_origins = ["https://d1.cloudfront.net"]
            allow_methods = ["GET", "POST"]
            allow_headers = ["Authorization"]
            max_age = 300
          }
          tags = { made = "by terraform" }
        }

        resource "aws_apigatewayv2_authorizer" "jwt" {
          api_id = aws_apigatewayv2_api.api.id
          name = "jwt"
          authorizer_type = "JWT"
          identity_sources = ["$request.header.Authorization"]
          jwt_configuration {
            audience = ["me"]
            issuer = "{{{backend}}}/issuer"
          }
        }

        resource "aws_apigatewayv2_authorizer" "lambda" {
          api_id = aws_apigatewayv2_api.api.id
          name = "lambda"
          authorizer_type = "REQUEST"
          identity_sources = ["$request.header.X-Key"]
          authorizer_uri = "arn:aws:apigateway:eu-west-2:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-2:123456789012:function:guard/invocations"
          authorizer_payload_format_version = "2.0"
          enable_simple_responses = true
        }

        resource "aws_apigatewayv2_integration" "http" {
          api_id = aws_apigatewayv2_api.api.id
          integration_type = "HTTP_PROXY"
          integration_method = "ANY"
          integration_uri = "{{{backend}}}/{proxy}"
          request_parameters = {
            "append:header.x-tf" = "$context.requestId"
          }
          response_parameters {
            status_code = 200
            mappings = { "overwrite:statuscode" = "202" }
          }
        }

        resource "aws_apigatewayv2_integration" "function" {
          api_id = aws_apigatewayv2_api.api.id
          integration_type = "AWS_PROXY"
          integration_uri = "arn:aws:lambda:eu-west-2:123456789012:function:f"
          payload_format_version = "2.0"
          timeout_milliseconds = 5000
        }

        resource "aws_apigatewayv2_route" "jwt" {
          api_id = aws_apigatewayv2_api.api.id
          route_key = "GET /recipes"
          target = "integrations/${aws_apigatewayv2_integration.function.id}"
          authorization_type = "JWT"
          authorizer_id = aws_apigatewayv2_authorizer.jwt.id
          authorization_scopes = ["recipes/read"]
        }

        resource "aws_apigatewayv2_route" "lambda" {
          api_id = aws_apigatewayv2_api.api.id
          route_key = "ANY /{proxy+}"
          target = "integrations/${aws_apigatewayv2_integration.http.id}"
          authorization_type = "CUSTOM"
          authorizer_id = aws_apigatewayv2_authorizer.lambda.id
        }

        resource "aws_apigatewayv2_route" "iam" {
          api_id = aws_apigatewayv2_api.api.id
          route_key = "POST /signed"
          target = "integrations/${aws_apigatewayv2_integration.function.id}"
          authorization_type = "AWS_IAM"
        }

        resource "aws_apigatewayv2_stage" "default" {
          api_id = aws_apigatewayv2_api.api.id
          name = "$default"
          auto_deploy = true
          access_log_settings {
            destination_arn = "arn:aws:logs:eu-west-2:123456789012:log-group:access"
            format = "$context.requestId"
          }
          default_route_settings {
            throttling_burst_limit = 10
            throttling_rate_limit = 5
          }
          route_settings {
            route_key = aws_apigatewayv2_route.jwt.route_key
            throttling_burst_limit = 2
            throttling_rate_limit = 1
          }
          stage_variables = { a = "b" }
        }

        resource "aws_apigatewayv2_deployment" "manual" {
          api_id = aws_apigatewayv2_api.api.id
          description = "one"
          depends_on = [aws_apigatewayv2_route.jwt, aws_apigatewayv2_route.lambda, aws_apigatewayv2_route.iam]
        }

        resource "aws_apigatewayv2_stage" "manual" {
          api_id = aws_apigatewayv2_api.api.id
          name = "v1"
          deployment_id = aws_apigatewayv2_deployment.manual.id
        }

        resource "aws_apigatewayv2_domain_name" "domain" {
          domain_name = "api.terraform.test"
          domain_name_configuration {
            certificate_arn = "arn:aws:acm:eu-west-2:123456789012:certificate/1b1b1b1b-1111-2222-3333-444455556666"
            endpoint_type = "REGIONAL"
            security_policy = "TLS_1_2"
          }
        }

        resource "aws_apigatewayv2_api_mapping" "mapping" {
          api_id = aws_apigatewayv2_api.api.id
          domain_name = aws_apigatewayv2_domain_name.domain.id
          stage = aws_apigatewayv2_stage.default.id
          api_mapping_key = "v1"
        }
        """;
}
