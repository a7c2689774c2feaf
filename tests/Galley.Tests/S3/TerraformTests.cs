namespace Galley.Tests.S3;

/// <summary>Terraform's own provider makes a bucket with its satellites, finds nothing to change after that, and takes it away.</summary>
public class TerraformTests
{
    [Fact]
    public async Task A_bucket_with_its_settings_and_objects_is_applied_unchanged_and_destroyed()
    {
        await using var server = await ObjectsTests.Start();
        using var terraform = await Terraform.Of(server, Resources + (Environment.GetEnvironmentVariable("GALLEY_SLOW_TESTS") is null ? "" : Lifecycle));
        await terraform.Apply();
        await terraform.PlanNothing();
        var js = new AwsJs(server);
        Assert.Equal("Enabled", (string?)(await js.Call("s3", "GetBucketVersioning", new { Bucket = "tf-bucket" }))["Status"]);
        await terraform.Destroy();
        Assert.Equal(404, (await js.Fails("s3", "HeadBucket", new { Bucket = "tf-bucket" })).Status);
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

    private const string Resources = """
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
}
