using System.Diagnostics;

namespace Galley.Tests.Lambda;

/// <summary>Terraform's own provider makes a function with all that hangs on it, finds nothing to change after that, and takes it away.</summary>
public class TerraformTests
{
    [Fact]
    public async Task A_function_with_all_its_parts_is_applied_unchanged_and_destroyed()
    {
        var plugins = Environment.GetEnvironmentVariable("GALLEY_TERRAFORM_PLUGINS") ?? "/opt/tf-plugins";
        Assert.SkipUnless(Directory.Exists(Path.Combine(plugins, "registry.terraform.io", "hashicorp", "aws")), "the AWS provider of Terraform is not there; say where in GALLEY_TERRAFORM_PLUGINS");
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "terraform"))), "terraform is not installed");
        await using var functions = await TestFunctions.Start();
        var folder = Directory.CreateTempSubdirectory("galley-terraform-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "terraform.rc"), $$"""provider_installation { filesystem_mirror { path = "{{plugins}}" } }""");
            await File.WriteAllBytesAsync(Path.Combine(folder, "f.zip"), TestFunctions.Zip(("lambda_function.py", "def lambda_handler(event, context):\n    return 'terraform'\n")));
            await File.WriteAllBytesAsync(Path.Combine(folder, "layer.zip"), TestFunctions.Zip(("python/shared.py", "x = 1\n")));
            await File.WriteAllTextAsync(Path.Combine(folder, "main.tf"), Configuration(functions.Server));
            await Run(folder, "init", "-input=false");
            await Run(folder, "apply", "-auto-approve", "-input=false");
            await Run(folder, "plan", "-detailed-exitcode", "-input=false");
            Assert.Equal("\"terraform\"", (await functions.Invoke("f:live")).Payload);
            await Run(folder, "destroy", "-auto-approve", "-input=false");
            Assert.Equal("ResourceNotFoundException", (await functions.Js.Fails("lambda", "GetFunction", new { FunctionName = "f" })).Code);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Configuration(GalleyServer server) => $$"""
        provider "aws" {
          region = "{{server.Region}}"
          access_key = "{{server.AccessKeyId}}"
          secret_key = "{{server.SecretAccessKey}}"
          skip_metadata_api_check = true
          endpoints {
            dynamodb = "{{server.Endpoint}}"
            lambda = "{{server.Endpoint}}"
            sts = "{{server.Endpoint}}"
            iam = "{{server.Endpoint}}"
          }
        }

        resource "aws_iam_role" "r" {
          name = "r"
          assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
        }

        resource "aws_iam_role_policy" "r" {
          role = aws_iam_role.r.id
          policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams", "s3:PutObject"], Resource = "*" }] })
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
          tags = { made = "by terraform" }
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

    private static async Task Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("terraform", [.. arguments, "-no-color"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TF_CLI_CONFIG_FILE"] = Path.Combine(folder, "terraform.rc");
        start.Environment["CHECKPOINT_DISABLE"] = "1";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"terraform {arguments[0]}: {await errors}\n{await output}");
    }
}
