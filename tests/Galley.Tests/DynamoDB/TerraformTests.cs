using System.Diagnostics;

namespace Galley.Tests.DynamoDB;

/// <summary>Terraform's own provider makes a table with everything, finds nothing to change after that, and takes it away.</summary>
public class TerraformTests
{
    private static readonly string[] PluginFolders =
    [
        Environment.GetEnvironmentVariable("GALLEY_TERRAFORM_PLUGINS") ?? "", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".terraform.d", "plugins"),
        "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "/opt/tf-plugins",
    ];

    [Fact]
    public async Task A_table_with_stream_ttl_recovery_and_indexes_is_applied_unchanged_and_destroyed()
    {
        var plugins = PluginFolders.FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, "registry.terraform.io", "hashicorp", "aws")));
        Assert.SkipWhen(plugins is null, "the AWS provider of Terraform is in none of the usual plugin folders; say where in GALLEY_TERRAFORM_PLUGINS");
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "terraform"))), "terraform is not installed");
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var folder = Directory.CreateTempSubdirectory("galley-terraform-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "terraform.rc"), $$"""provider_installation { filesystem_mirror { path = "{{plugins}}" } }""");
            await Write(folder, server);
            await Run(folder, "init", "-input=false");
            await Run(folder, "apply", "-auto-approve", "-input=false");
            await Run(folder, "plan", "-detailed-exitcode", "-input=false");
            var table = (await new AwsJs(server).Call("dynamodb", "DescribeTable", new { TableName = "things" }))["Table"]!;
            Assert.Equal("NEW_AND_OLD_IMAGES", (string)table["StreamSpecification"]!["StreamViewType"]!);
            await Run(folder, "destroy", "-auto-approve", "-input=false");
            Assert.Equal("ResourceNotFoundException", (await new AwsJs(server).Fails("dynamodb", "DescribeTable", new { TableName = "things" })).Code);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task Write(string folder, GalleyServer server) => File.WriteAllTextAsync(Path.Combine(folder, "main.tf"), $$"""
        provider "aws" {
          region = "{{server.Region}}"
          access_key = "{{server.AccessKeyId}}"
          secret_key = "{{server.SecretAccessKey}}"
          skip_metadata_api_check = true
          endpoints {
            dynamodb = "{{server.Endpoint}}"
            sts = "{{server.Endpoint}}"
            iam = "{{server.Endpoint}}"
          }
        }

        resource "aws_dynamodb_table" "things" {
          name = "things"
          billing_mode = "PAY_PER_REQUEST"
          hash_key = "id"
          range_key = "at"
          stream_enabled = true
          stream_view_type = "NEW_AND_OLD_IMAGES"
          attribute {
            name = "id"
            type = "S"
          }
          attribute {
            name = "at"
            type = "N"
          }
          attribute {
            name = "owner"
            type = "S"
          }
          ttl {
            attribute_name = "expires"
            enabled = true
          }
          point_in_time_recovery {
            enabled = true
          }
          global_secondary_index {
            name = "by-owner"
            hash_key = "owner"
            range_key = "at"
            projection_type = "INCLUDE"
            non_key_attributes = ["title", "text"]
          }
          local_secondary_index {
            name = "local"
            range_key = "owner"
            projection_type = "KEYS_ONLY"
          }
          tags = { made = "by terraform" }
        }

        resource "aws_dynamodb_resource_policy" "things" {
          resource_arn = aws_dynamodb_table.things.arn
          policy = jsonencode({
            Version = "2012-10-17"
            Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:root" }, Action = "dynamodb:*", Resource = aws_dynamodb_table.things.arn }]
          })
        }

        resource "aws_dynamodb_table_item" "one" {
          table_name = aws_dynamodb_table.things.name
          hash_key = aws_dynamodb_table.things.hash_key
          range_key = aws_dynamodb_table.things.range_key
          item = jsonencode({ id = { S = "a" }, at = { N = "15" }, owner = { S = "b" } })
        }
        """);

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
