namespace Galley.Tests.DynamoDB;

/// <summary>Terraform's own provider makes a table with everything, one by an import and an export, finds nothing to change after that, and takes it away.</summary>
public class TerraformTests
{
    [Fact]
    public async Task A_table_with_stream_ttl_recovery_and_indexes_is_applied_unchanged_and_destroyed()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        await TransfersTests.Bucket(js);
        await js.Call("s3", "PutObject", new { Bucket = "files", Key = "in/1.ion", Body = "$ion_1_0 {Item:{id:\"a\",at:15.}}" });
        using var terraform = await Terraform.Of(server, Resources);
        await terraform.Apply();
        await terraform.PlanNothing();
        var table = (await js.Call("dynamodb", "DescribeTable", new { TableName = "things" }))["Table"]!;
        Assert.Equal("NEW_AND_OLD_IMAGES", (string)table["StreamSpecification"]!["StreamViewType"]!);
        Assert.Equal(1, (int)(await js.Call("dynamodb", "Scan", new { TableName = "imported" }))["Count"]!);
        var export = (await js.Call("dynamodb", "ListExports"))["ExportSummaries"]!.AsArray().Single()!;
        Assert.Equal("COMPLETED", (string)export["ExportStatus"]!);
        await terraform.Destroy();
        Assert.Equal("ResourceNotFoundException", (await js.Fails("dynamodb", "DescribeTable", new { TableName = "things" })).Code);
    }

    private const string Resources = """
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

        resource "aws_dynamodb_table_export" "things" {
          table_arn = aws_dynamodb_table.things.arn
          s3_bucket = "files"
          export_format = "ION"
        }

        resource "aws_dynamodb_table" "imported" {
          name = "imported"
          billing_mode = "PAY_PER_REQUEST"
          hash_key = "id"
          attribute {
            name = "id"
            type = "S"
          }
          import_table {
            input_format = "ION"
            s3_bucket_source {
              bucket = "files"
              key_prefix = "in/"
            }
          }
        }

        resource "aws_dynamodb_table_item" "one" {
          table_name = aws_dynamodb_table.things.name
          hash_key = aws_dynamodb_table.things.hash_key
          range_key = aws_dynamodb_table.things.range_key
          item = jsonencode({ id = { S = "a" }, at = { N = "15" }, owner = { S = "b" } })
        }
        """;
}
