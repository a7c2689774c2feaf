using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Edge;
using Galley.Tests.Lambda;

namespace Galley.Tests.WebConsole;

/// <summary>"Copy as": each call of the console in the AWS CLI's own words, and as a resource that CloudFormation takes.</summary>
public class CopyAsTests
{
    private static readonly string Clients = Path.Combine(Repository.Root, "tests", "clients");

    [Fact]
    public async Task Every_command_has_the_names_of_the_AWS_CLI()
    {
        Assert.SkipUnless(ConsoleFiles.Has("index.html"), "the console is not built: run `npm ci` in console/ and build again, or use ./test");
        var (imports, _) = await Run("python3", "", "-c", "import botocore");
        Assert.SkipUnless(imports, "needs botocore: pip install boto3");
        var (good, text) = await Run("python3", "", "copyas.py");
        Assert.True(good, text);
        Assert.Matches("^[0-9]{2,} calls\n$", text);
    }

    [Fact]
    public async Task Each_snippet_deploys()
    {
        Assert.SkipUnless(ConsoleFiles.Has("index.html"), "the console is not built: run `npm ci` in console/ and build again, or use ./test");
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        const string role = "arn:aws:iam::123456789012:role/made";
        var trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";
        await js.Call("iam", "CreateRole", new { RoleName = "made", AssumeRolePolicyDocument = trust });
        foreach (var bucket in (string[])["made", "your-bucket"]) await js.Call("s3", "CreateBucket", new { Bucket = bucket, CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        foreach (var name in (string[])["function", "layer"]) await js.Call("s3", "PutObject", new JsonObject { ["Bucket"] = "your-bucket", ["Key"] = name + ".zip", ["Body"] = AwsJs.Bytes(TestFunctions.Zip(("f.py", ""))) });
        await js.Call("lambda", "CreateFunction", new JsonObject { ["FunctionName"] = "made", ["Runtime"] = "python3.13", ["Handler"] = "f.f", ["Role"] = role, ["Code"] = new JsonObject { ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("f.py", ""))) } });
        var api = (string)(await js.Call("apigatewayv2", "CreateApi", new { Name = "made", ProtocolType = "HTTP" }))["ApiId"]!;
        var pool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "made" }))["UserPool"]!["Id"]!;
        await js.Call("cognito-identity-provider", "CreateGroup", new { UserPoolId = pool, GroupName = "made" });
        await js.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = pool, Username = "made" });
        (string, object)[] samples =
        [
            ("dynamodb CreateTable", JsonNode.Parse("""{"TableName":"recipes","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"name","AttributeType":"S"},{"AttributeName":"category","AttributeType":"S"}],"KeySchema":[{"AttributeName":"name","KeyType":"HASH"}],"GlobalSecondaryIndexes":[{"IndexName":"category-index","KeySchema":[{"AttributeName":"category","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}""")!),
            ("lambda CreateFunction", new { FunctionName = "copied", Runtime = "python3.13", Handler = "f.f", Role = role, Code = new { ZipFile = "" } }),
            ("lambda PublishVersion", new { FunctionName = "made" }),
            ("lambda AddPermission", new { FunctionName = "made", StatementId = "s", Action = "lambda:InvokeFunction", Principal = "apigateway.amazonaws.com", SourceArn = $"arn:aws:execute-api:eu-west-2:123456789012:{api}/*/*/x" }),
            ("lambda CreateFunctionUrlConfig", new { FunctionName = "made", AuthType = "NONE", InvokeMode = "BUFFERED", Cors = new { AllowOrigins = new[] { "*" }, AllowMethods = new[] { "GET" }, AllowCredentials = false, MaxAge = 5 } }),
            ("lambda PublishLayerVersion", new { LayerName = "words", CompatibleRuntimes = new[] { "python3.13" }, Content = new { ZipFile = "" } }),
            ("apigatewayv2 CreateApi", new { Name = "copied-api", ProtocolType = "HTTP" }),
            ("apigatewayv2 CreateRoute", new { ApiId = api, RouteKey = "GET /recipes" }),
            ("apigatewayv2 CreateIntegration", new { ApiId = api, IntegrationType = "AWS_PROXY", PayloadFormatVersion = "2.0", IntegrationUri = "arn:aws:lambda:eu-west-2:123456789012:function:made" }),
            ("apigatewayv2 CreateStage", new { ApiId = api, StageName = "$default", AutoDeploy = true }),
            ("apigatewayv2 CreateAuthorizer", new { ApiId = api, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = $"https://cognito-idp.eu-west-2.amazonaws.com/{pool}", Audience = new[] { "a" } } }),
            ("cognito CreateUserPool", new { PoolName = "copied", AutoVerifiedAttributes = new[] { "email" }, Schema = new[] { new { Name = "email", Required = true, Mutable = true, AttributeDataType = "String" } }, Policies = new { PasswordPolicy = new { MinimumLength = 8, RequireUppercase = true } }, AdminCreateUserConfig = new { AllowAdminCreateUserOnly = false }, UsernameConfiguration = new { CaseSensitive = false } }),
            ("cognito CreateUserPoolClient", new { UserPoolId = pool, ClientName = "copied-client", GenerateSecret = true }),
            ("cognito UpdateUserPoolClient", new { UserPoolId = pool, ClientId = "x", ClientName = "copied-again", SupportedIdentityProviders = new[] { "COGNITO" }, CallbackURLs = new[] { "https://example.com/" }, AllowedOAuthFlows = new[] { "code" }, AllowedOAuthScopes = new[] { "openid" }, AllowedOAuthFlowsUserPoolClient = true }),
            ("cognito CreateUserPoolDomain", new { UserPoolId = pool, Domain = "copied-domain" }),
            ("cognito CreateGroup", new { UserPoolId = pool, GroupName = "copied-group", Description = "a: b" }),
            ("cognito AdminCreateUser", new { UserPoolId = pool, Username = "ann", TemporaryPassword = "Passw0rd!", MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = "ann@example.com" } } }),
            ("cognito AdminAddUserToGroup", new { UserPoolId = pool, Username = "made", GroupName = "made" }),
            ("s3 CreateBucket", new { Bucket = "copied-bucket", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } }),
            ("s3 PutBucketPolicy", new { Bucket = "made", Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::made/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}""" }),
            ("cloudfront CreateDistribution", new JsonObject { ["DistributionConfig"] = CloudFront.Configs.Bucket("made") }),
            ("cloudfront CreateOriginAccessControl", new { OriginAccessControlConfig = new { Name = "copied", OriginAccessControlOriginType = "s3", SigningBehavior = "always", SigningProtocol = "sigv4" } }),
            ("iam CreateRole", new { RoleName = "copied-role", AssumeRolePolicyDocument = trust, Description = "yes" }),
            ("iam PutRolePolicy", new { RoleName = "made", PolicyName = "copied-policy", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:Scan","Resource":"*"}]}""" }),
            ("logs PutRetentionPolicy", new { logGroupName = "/copied/group", retentionInDays = 7 }),
        ];
        var (good, text) = await Run("node", JsonSerializer.Serialize(samples.Select(one => new { service = one.Item1.Split(' ')[0], operation = one.Item1.Split(' ')[1], input = one.Item2 })), "copyas.mjs");
        Assert.True(good, text);
        foreach (var ((name, _), said) in samples.Zip(JsonNode.Parse(text)!["each"]!.AsArray()))
        {
            var template = "Resources:\n" + string.Join('\n', ((string)said!["template"]!).Split('\n').Select(line => "  " + line)).Replace("YOUR-BUCKET", "your-bucket", StringComparison.Ordinal);
            var stack = "s" + name.Replace(' ', '-');
            await js.Call("cloudformation", "CreateStack", new { StackName = stack, TemplateBody = template, Capabilities = new[] { "CAPABILITY_NAMED_IAM" } });
            var (status, reason) = await Ended(js, stack);
            Assert.True(status == "CREATE_COMPLETE", $"{name}: {status} {reason}\n{template}");
        }
    }

    internal static async Task<(string Status, string? Reason)> Ended(AwsJs js, string stack)
    {
        while (true)
        {
            var now = (await js.Call("cloudformation", "DescribeStacks", new { StackName = stack }))["Stacks"]![0]!;
            if ((string)now["StackStatus"]! is var status && !status.EndsWith("IN_PROGRESS", StringComparison.Ordinal))
                return (status, status == "CREATE_COMPLETE" ? null : string.Join(' ', (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = stack }))["StackEvents"]!.AsArray().Select(one => (string?)one!["ResourceStatusReason"])));
            await Task.Delay(20);
        }
    }

    [Fact]
    public async Task What_later_calls_set_is_with_its_resource_in_the_one_template()
    {
        Assert.SkipUnless(ConsoleFiles.Has("index.html"), "the console is not built: run `npm ci` in console/ and build again, or use ./test");
        var (good, text) = await Run("node", """
            [{"service":"s3","operation":"CreateBucket","input":{"Bucket":"site"}},
             {"service":"s3","operation":"PutBucketVersioning","input":{"Bucket":"site","VersioningConfiguration":{"Status":"Enabled"}}},
             {"service":"dynamodb","operation":"PutItem","input":{"TableName":"site","Item":{}}},
             {"service":"logs","operation":"CreateLogGroup","input":{"logGroupName":"site"}}]
            """, "copyas.mjs");
        Assert.True(good, text);
        Assert.Equal(
            "AWSTemplateFormatVersion: \"2010-09-09\"\nResources:\n  Site:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: site\n      VersioningConfiguration:\n        Status: Enabled\n  SiteLogGroup:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      LogGroupName: site\n",
            (string)JsonNode.Parse(text)!["all"]!);
    }

    private static async Task<(bool Good, string Text)> Run(string program, string input, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Clients, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return (process.ExitCode == 0, await output + await errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (false, e.Message);
        }
    }
}
