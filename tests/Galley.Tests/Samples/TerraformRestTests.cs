using System.IO.Compression;

namespace Galley.Tests.Samples;

/// <summary>
/// Terraform on what the services' own tests and the sample leave: with those, every resource of the AWS provider (5.100) whose operations
/// are here is made, found as it was asked for, changed and taken away.
/// </summary>
public class TerraformRestTests
{
    private const string Trust = """jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })""";

    private const string Reading = """jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:ListAllMyBuckets", Resource = "*" }] })""";

    [Fact]
    public async Task Logs_parameters_repositories_and_stacks()
    {
        await using var server = await Server();
        const string resources = """
            resource "aws_cloudwatch_log_group" "a" {
              name = "a"
              retention_in_days = 7
              tags = { stage = "one" }
            }
            resource "aws_cloudwatch_log_stream" "a" {
              name = "s"
              log_group_name = aws_cloudwatch_log_group.a.name
            }
            resource "aws_ssm_parameter" "plain" {
              name = "/app/plain"
              type = "String"
              value = "one"
              tags = { stage = "one" }
            }
            resource "aws_ssm_parameter" "secret" {
              name = "/app/secret"
              type = "SecureString"
              value = "hush"
            }
            resource "aws_ecr_repository" "images" {
              name = "images"
              image_scanning_configuration { scan_on_push = true }
            }
            resource "aws_ecr_lifecycle_policy" "images" {
              repository = aws_ecr_repository.images.name
              policy = jsonencode({ rules = [{ rulePriority = 1, selection = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }, action = { type = "expire" } }] })
            }
            resource "aws_ecr_repository_policy" "images" {
              repository = aws_ecr_repository.images.name
              policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "pull", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:root" }, Action = ["ecr:BatchGetImage"] }] })
            }
            resource "aws_cloudformation_stack" "s" {
              name = "s"
              parameters = { Days = 3 }
              tags = { stage = "one" }
              template_body = jsonencode({
                Parameters = { Days = { Type = "Number" } }
                Resources = { Group = { Type = "AWS::Logs::LogGroup", Properties = { LogGroupName = "of-stack", RetentionInDays = { Ref = "Days" } } } }
                Outputs = { Name = { Value = { Ref = "Group" } } }
              })
            }
            """;
        using var terraform = await Terraform.Of(server, resources);
        await Round(terraform, resources.Replace("retention_in_days = 7", "retention_in_days = 30", StringComparison.Ordinal).Replace("\"one\"", "\"two\"", StringComparison.Ordinal).Replace("Days = 3", "Days = 5", StringComparison.Ordinal).Replace("countNumber = 14", "countNumber = 7", StringComparison.Ordinal));
        Assert.Empty((await new AwsJs(server).Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray());
    }

    [Fact]
    public async Task Identities_and_their_policies()
    {
        await using var server = await Server();
        const string resources = $$"""
            resource "aws_iam_user" "ann" { name = "ann" }
            resource "aws_iam_user" "bob" { name = "bob" }
            resource "aws_iam_group" "team" { name = "team" }
            resource "aws_iam_role" "r" {
              name = "r"
              assume_role_policy = {{Trust}}
            }
            resource "aws_iam_policy" "read" {
              name = "read"
              policy = {{Reading}}
            }
            resource "aws_iam_group_membership" "team" {
              name = "members"
              group = aws_iam_group.team.name
              users = [aws_iam_user.ann.name]
            }
            resource "aws_iam_group_policy_attachment" "team" {
              group = aws_iam_group.team.name
              policy_arn = aws_iam_policy.read.arn
            }
            resource "aws_iam_user_policy" "ann" {
              name = "own"
              user = aws_iam_user.ann.name
              policy = {{Reading}}
            }
            resource "aws_iam_user_policy_attachment" "ann" {
              user = aws_iam_user.ann.name
              policy_arn = aws_iam_policy.read.arn
            }
            resource "aws_iam_user_policies_exclusive" "ann" {
              user_name = aws_iam_user.ann.name
              policy_names = [aws_iam_user_policy.ann.name]
            }
            resource "aws_iam_user_policy_attachments_exclusive" "ann" {
              user_name = aws_iam_user.ann.name
              policy_arns = [aws_iam_user_policy_attachment.ann.policy_arn]
            }
            resource "aws_iam_role_policies_exclusive" "r" {
              role_name = aws_iam_role.r.name
              policy_names = []
            }
            resource "aws_iam_role_policy_attachments_exclusive" "r" {
              role_name = aws_iam_role.r.name
              policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
            }
            resource "aws_iam_group_policies_exclusive" "team" {
              group_name = aws_iam_group.team.name
              policy_names = []
            }
            resource "aws_iam_group_policy_attachments_exclusive" "team" {
              group_name = aws_iam_group.team.name
              policy_arns = [aws_iam_group_policy_attachment.team.policy_arn]
            }
            """;
        using var terraform = await Terraform.Of(server, resources);
        await Round(terraform, resources.Replace("users = [aws_iam_user.ann.name]", "users = [aws_iam_user.bob.name]", StringComparison.Ordinal).Replace("s3:ListAllMyBuckets", "s3:GetObject", StringComparison.Ordinal), destroy: false);
        Assert.Equal("bob", (string)Assert.Single((await new AwsJs(server).Call("iam", "GetGroup", new { GroupName = "team" }))["Users"]!.AsArray())!["UserName"]!);
        // What the exclusive one attached belongs to nobody, so it must go before its role can.
        await new AwsJs(server).Call("iam", "DetachRolePolicy", new { RoleName = "r", PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess" });
        await terraform.Destroy();
        Assert.Empty((await new AwsJs(server).Call("iam", "ListUsers"))["Users"]!.AsArray());
    }

    [Fact]
    public async Task The_rest_of_CloudFront()
    {
        await using var server = await Server();
        const string resources = """
            resource "aws_cloudfront_origin_access_identity" "i" { comment = "one" }
            resource "aws_cloudfront_origin_request_policy" "p" {
              name = "request"
              comment = "one"
              cookies_config { cookie_behavior = "none" }
              headers_config {
                header_behavior = "whitelist"
                headers { items = ["x-a"] }
              }
              query_strings_config { query_string_behavior = "all" }
            }
            resource "aws_cloudfront_response_headers_policy" "h" {
              name = "response"
              comment = "one"
              cors_config {
                access_control_allow_credentials = false
                access_control_allow_headers { items = ["x-a"] }
                access_control_allow_methods { items = ["GET"] }
                access_control_allow_origins { items = ["https://a.example"] }
                origin_override = true
              }
              security_headers_config {
                content_type_options { override = true }
                strict_transport_security {
                  access_control_max_age_sec = 63072000
                  override = true
                }
              }
              custom_headers_config {
                items {
                  header = "x-b"
                  value = "b"
                  override = false
                }
              }
            }
            resource "aws_cloudfront_key_value_store" "k" {
              name = "store"
              comment = "one"
            }
            """;
        using var terraform = await Terraform.Of(server, resources);
        await Round(terraform, resources.Replace("comment = \"one\"", "comment = \"two\"", StringComparison.Ordinal));
        Assert.Null((await new AwsJs(server).Call("cloudfront", "ListKeyValueStores"))["KeyValueStoreList"]?["Items"]);
    }

    [Fact]
    public async Task The_rest_of_Lambda_S3_DynamoDB_and_Cognito()
    {
        await using var server = await Server();
        const string resources = $$"""
            resource "aws_iam_role" "r" {
              name = "r"
              assume_role_policy = {{Trust}}
            }
            resource "aws_lambda_function" "f" {
              function_name = "f"
              role = aws_iam_role.r.arn
              runtime = "python3.12"
              handler = "app.handler"
              filename = "code.zip"
            }
            resource "aws_lambda_layer_version" "l" {
              layer_name = "l"
              filename = "code.zip"
            }
            resource "aws_lambda_layer_version_permission" "l" {
              layer_name = aws_lambda_layer_version.l.layer_name
              version_number = aws_lambda_layer_version.l.version
              statement_id = "all"
              principal = "*"
              action = "lambda:GetLayerVersion"
            }
            resource "aws_lambda_function_recursion_config" "f" {
              function_name = aws_lambda_function.f.function_name
              recursive_loop = "Allow"
            }
            resource "aws_lambda_runtime_management_config" "f" {
              function_name = aws_lambda_function.f.function_name
              update_runtime_on = "FunctionUpdate"
            }
            resource "aws_lambda_invocation" "f" {
              function_name = aws_lambda_function.f.function_name
              input = jsonencode({ n = 20 })
            }
            resource "aws_lambda_permission" "s3" {
              statement_id = "s3"
              action = "lambda:InvokeFunction"
              function_name = aws_lambda_function.f.arn
              principal = "s3.amazonaws.com"
              source_arn = aws_s3_bucket.b.arn
            }
            resource "aws_s3_bucket" "b" {
              bucket = "rest-of-terraform"
              force_destroy = true
            }
            resource "aws_s3_bucket_notification" "b" {
              bucket = aws_s3_bucket.b.id
              lambda_function {
                lambda_function_arn = aws_lambda_function.f.arn
                events = ["s3:ObjectCreated:*"]
                filter_prefix = "in/"
              }
              depends_on = [aws_lambda_permission.s3]
            }
            resource "aws_s3_object" "o" {
              bucket = aws_s3_bucket.b.id
              key = "o"
              content = "one"
            }
            resource "aws_s3_object_copy" "c" {
              bucket = aws_s3_bucket.b.id
              key = "c"
              source = "${aws_s3_bucket.b.id}/${aws_s3_object.o.key}"
            }
            resource "aws_dynamodb_table" "t" {
              name = "tagged"
              billing_mode = "PAY_PER_REQUEST"
              hash_key = "id"
              attribute {
                name = "id"
                type = "S"
              }
              lifecycle { ignore_changes = [tags] }
            }
            resource "aws_dynamodb_tag" "t" {
              resource_arn = aws_dynamodb_table.t.arn
              key = "stage"
              value = "one"
            }
            resource "aws_cognito_user_pool" "p" { name = "p" }
            resource "aws_cognito_user_pool_client" "c" {
              name = "c"
              user_pool_id = aws_cognito_user_pool.p.id
            }
            resource "aws_cognito_identity_pool" "i" {
              identity_pool_name = "i"
              allow_unauthenticated_identities = false
              cognito_identity_providers {
                client_id = aws_cognito_user_pool_client.c.id
                provider_name = aws_cognito_user_pool.p.endpoint
              }
            }
            resource "aws_cognito_identity_pool_provider_principal_tag" "i" {
              identity_pool_id = aws_cognito_identity_pool.i.id
              identity_provider_name = aws_cognito_user_pool.p.endpoint
              principal_tags = { department = "one" }
            }
            output "answer" { value = aws_lambda_invocation.f.result }
            """;
        using var terraform = await Terraform.Of(server, resources);
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        using (var file = new StreamWriter(archive.CreateEntry("app.py").Open()))
            await file.WriteAsync("def handler(event, context): return {'twice': event.get('n', 0) * 2}");
        await terraform.Put("code.zip", zip.ToArray());
        await Round(terraform, resources.Replace("\"one\"", "\"two\"", StringComparison.Ordinal).Replace("\"in/\"", "\"up/\"", StringComparison.Ordinal).Replace("\"FunctionUpdate\"", "\"Auto\"", StringComparison.Ordinal), destroy: false);
        Assert.Equal("""{"twice":40}""", ((string)(await terraform.Outputs())["answer"]!["value"]!).Replace(" ", "", StringComparison.Ordinal));
        await terraform.Destroy();
        Assert.Empty((await new AwsJs(server).Call("lambda", "ListFunctions"))["Functions"]!.AsArray());
        Assert.Empty((await new AwsJs(server).Call("s3", "ListBuckets"))["Buckets"]!.AsArray());
    }

    private static Task<GalleyServer> Server() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });

    private static async Task Round(Terraform terraform, string changed, bool destroy = true)
    {
        await terraform.Apply();
        await terraform.PlanNothing();
        await terraform.Change(changed);
        await terraform.Apply();
        await terraform.PlanNothing();
        if (destroy) await terraform.Destroy();
    }
}
