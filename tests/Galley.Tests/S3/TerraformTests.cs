using System.Diagnostics;

namespace Galley.Tests.S3;

/// <summary>Terraform's own provider makes a bucket with its satellites, finds nothing to change after that, and takes it away.</summary>
public class TerraformTests
{
    private static readonly string[] PluginFolders =
    [
        Environment.GetEnvironmentVariable("GALLEY_TERRAFORM_PLUGINS") ?? "", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".terraform.d", "plugins"),
        "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "/opt/tf-plugins",
    ];

    [Fact]
    public async Task A_bucket_with_its_settings_and_objects_is_applied_unchanged_and_destroyed()
    {
        var plugins = PluginFolders.FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, "registry.terraform.io", "hashicorp", "aws")));
        Assert.SkipWhen(plugins is null, "the AWS provider of Terraform is in none of the usual plugin folders; say where in GALLEY_TERRAFORM_PLUGINS");
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "terraform"))), "terraform is not installed");
        await using var server = await ObjectsTests.Start();
        var folder = Directory.CreateTempSubdirectory("galley-terraform-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "terraform.rc"), $$"""provider_installation { filesystem_mirror { path = "{{plugins}}" } }""");
            await File.WriteAllTextAsync(Path.Combine(folder, "main.tf"), Configuration(server) + (Environment.GetEnvironmentVariable("GALLEY_SLOW_TESTS") is null ? "" : Lifecycle));
            await Run(folder, "init", "-input=false");
            await Run(folder, "apply", "-auto-approve", "-input=false");
            await Run(folder, "plan", "-detailed-exitcode", "-input=false");
            var js = new AwsJs(server);
            Assert.Equal("Enabled", (string?)(await js.Call("s3", "GetBucketVersioning", new { Bucket = "tf-bucket" }))["Status"]);
            await Run(folder, "destroy", "-auto-approve", "-input=false");
            Assert.Equal(404, (await js.Fails("s3", "HeadBucket", new { Bucket = "tf-bucket" })).Status);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Apart, because the provider by itself waits a minute after it has made one, and as long again to be sure that it is gone.</summary>
    private const string Lifecycle = """

        resource "aws_s3_bucket_lifecycle_configuration" "site" {
          bucket = aws_s3_bucket.site.id
          rule {
            id = "tidy"
            status = "Enabled"
            filter { prefix = "tmp/" }
            expiration { days = 7 }
            noncurrent_version_expiration { noncurrent_days = 3 }
            abort_incomplete_multipart_upload { days_after_initiation = 1 }
          }
          rule {
            id = "cold"
            status = "Enabled"
            filter {
              and {
                prefix = "big/"
                tags = { k = "v" }
                object_size_greater_than = 200000
              }
            }
            transition {
              days = 30
              storage_class = "STANDARD_IA"
            }
          }
        }
        """;

    private static string Configuration(GalleyServer server) => $$"""
        provider "aws" {
          region = "{{server.Region}}"
          access_key = "{{server.AccessKeyId}}"
          secret_key = "{{server.SecretAccessKey}}"
          skip_metadata_api_check = true
          s3_use_path_style = true
          endpoints {
            s3 = "{{server.Endpoint}}"
            s3control = "http://localhost:{{server.Port}}"
            sts = "{{server.Endpoint}}"
            iam = "{{server.Endpoint}}"
          }
        }

        resource "aws_s3_bucket" "site" {
          bucket = "tf-bucket"
          force_destroy = true
          tags = { made = "by terraform" }
        }

        resource "aws_s3_bucket_public_access_block" "site" {
          bucket = aws_s3_bucket.site.id
          block_public_acls = false
          ignore_public_acls = false
          block_public_policy = false
          restrict_public_buckets = false
        }

        resource "aws_s3_bucket_ownership_controls" "site" {
          bucket = aws_s3_bucket.site.id
          rule { object_ownership = "BucketOwnerPreferred" }
        }

        resource "aws_s3_bucket_acl" "site" {
          depends_on = [aws_s3_bucket_public_access_block.site, aws_s3_bucket_ownership_controls.site]
          bucket = aws_s3_bucket.site.id
          acl = "public-read"
        }

        resource "aws_s3_bucket_policy" "site" {
          depends_on = [aws_s3_bucket_public_access_block.site]
          bucket = aws_s3_bucket.site.id
          policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.site.arn}/*" }] })
        }

        resource "aws_s3_bucket_versioning" "site" {
          bucket = aws_s3_bucket.site.id
          versioning_configuration { status = "Enabled" }
        }

        resource "aws_s3_bucket_website_configuration" "site" {
          bucket = aws_s3_bucket.site.id
          index_document { suffix = "index.html" }
          error_document { key = "index.html" }
          routing_rule {
            condition { key_prefix_equals = "old/" }
            redirect { replace_key_prefix_with = "new/" }
          }
        }

        resource "aws_s3_bucket_cors_configuration" "site" {
          bucket = aws_s3_bucket.site.id
          cors_rule {
            allowed_origins = ["https://app.example"]
            allowed_methods = ["GET", "PUT"]
            allowed_headers = ["*"]
            max_age_seconds = 60
          }
        }

        resource "aws_s3_bucket_server_side_encryption_configuration" "site" {
          bucket = aws_s3_bucket.site.id
          rule {
            apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
          }
        }

        resource "aws_s3_object" "index" {
          depends_on = [aws_s3_bucket_versioning.site]
          bucket = aws_s3_bucket.site.id
          key = "index.html"
          content = "<h1>hi</h1>"
          content_type = "text/html"
          etag = md5("<h1>hi</h1>")
          tags = { kind = "page" }
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
