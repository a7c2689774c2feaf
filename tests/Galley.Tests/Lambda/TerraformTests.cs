namespace Galley.Tests.Lambda;

/// <summary>Terraform's own provider makes a function with all that hangs on it, finds nothing to change after that, and takes it away.</summary>
public class TerraformTests
{
    [Fact]
    public async Task A_function_with_all_its_parts_is_applied_unchanged_and_destroyed()
    {
        await using var functions = await TestFunctions.Start();
        using var terraform = await Terraform.Of(functions.Server, Resources(functions.Server));
        await terraform.Put("f.zip", TestFunctions.Zip(("lambda_function.py", "def lambda_handler(event, context):\n    return 'terraform'\n")));
        await terraform.Put("layer.zip", TestFunctions.Zip(("python/shared.py", "x = 1\n")));
        await terraform.Apply();
        await terraform.PlanNothing();
        Assert.Equal("\"terraform\"", (await functions.Invoke("f:live")).Payload);
        await terraform.Destroy();
        Assert.Equal("ResourceNotFoundException", (await functions.Js.Fails("lambda", "GetFunction", new { FunctionName = "f" })).Code);
    }

    private static string Resources(GalleyServer server) => $$"""
        resource "aws_iam_role" "r" {
          name = "r"
          assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
        }

        resource "aws_iam_role_policy" "r" {
          role = aws_iam_role.r.id
          policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams", "s3:PutObject", "sqs:*"], Resource = "*" }] })
        }

        resource "aws_sqs_queue" "dead" { name = "dead" }

        resource "aws_sqs_queue" "work" { name = "work" }

        resource "aws_lambda_event_source_mapping" "work" {
          event_source_arn = aws_sqs_queue.work.arn
          function_name = aws_lambda_function.f.arn
          batch_size = 5
          function_response_types = ["ReportBatchItemFailures"]
          scaling_config {
            maximum_concurrency = 2
          }
        }

        resource "aws_lambda_layer_version" "shared" {
          layer_name = "shared"
          filename = "layer.zip"
          compatible_runtimes = ["python3.12"]
        }

        resource "aws_lambda_function" "f" {
          function_name = "f"
          role = aws_iam_role.r.arn
          runtime = "python3.12"
          handler = "lambda_function.lambda_handler"
          filename = "f.zip"
          source_code_hash = filebase64sha256("f.zip")
          publish = true
          timeout = 10
          memory_size = 256
          reserved_concurrent_executions = 5
          layers = [aws_lambda_layer_version.shared.arn]
          environment {
            variables = { COLOUR = "blue" }
          }
          ephemeral_storage {
            size = 600
          }
          dead_letter_config {
            target_arn = aws_sqs_queue.dead.arn
          }
          tags = { made = "by terraform" }
          depends_on = [aws_iam_role_policy.r]
        }

        resource "aws_lambda_alias" "live" {
          name = "live"
          function_name = aws_lambda_function.f.function_name
          function_version = aws_lambda_function.f.version
        }

        resource "aws_lambda_provisioned_concurrency_config" "live" {
          function_name = aws_lambda_function.f.function_name
          qualifier = aws_lambda_alias.live.name
          provisioned_concurrent_executions = 1
        }

        resource "aws_lambda_permission" "api" {
          statement_id = "api"
          action = "lambda:InvokeFunction"
          function_name = aws_lambda_function.f.function_name
          principal = "apigateway.amazonaws.com"
          source_arn = "arn:aws:execute-api:{{server.Region}}:{{server.Account}}:abc/*/*/x"
        }

        resource "aws_lambda_function_url" "f" {
          function_name = aws_lambda_function.f.function_name
          authorization_type = "NONE"
          cors {
            allow_origins = ["https://app.example"]
            allow_methods = ["GET"]
            max_age = 60
          }
        }

        resource "aws_lambda_function_event_invoke_config" "f" {
          function_name = aws_lambda_function.f.function_name
          maximum_event_age_in_seconds = 600
          maximum_retry_attempts = 1
          destination_config {
            on_failure {
              destination = "arn:aws:s3:::failed"
            }
          }
        }

        resource "aws_dynamodb_table" "things" {
          name = "things"
          billing_mode = "PAY_PER_REQUEST"
          hash_key = "id"
          stream_enabled = true
          stream_view_type = "NEW_AND_OLD_IMAGES"
          attribute {
            name = "id"
            type = "S"
          }
        }

        resource "aws_lambda_event_source_mapping" "things" {
          event_source_arn = aws_dynamodb_table.things.stream_arn
          function_name = aws_lambda_function.f.arn
          starting_position = "LATEST"
          batch_size = 10
          maximum_retry_attempts = 2
          bisect_batch_on_function_error = true
          function_response_types = ["ReportBatchItemFailures"]
          filter_criteria {
            filter {
              pattern = jsonencode({ eventName = ["INSERT"] })
            }
          }
          destination_config {
            on_failure {
              destination_arn = "arn:aws:s3:::failed"
            }
          }
          depends_on = [aws_iam_role_policy.r]
        }
        """;
}
