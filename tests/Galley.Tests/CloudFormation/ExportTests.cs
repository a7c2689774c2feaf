using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Cli.Deploy;
using Galley.Tests.CloudFront;
using Galley.Tests.Lambda;

namespace Galley.Tests.CloudFormation;

/// <summary>The tutorial's things made by hand through AWS's APIs, written as a template, deployed to another installation: the same app.</summary>
public class ExportTests
{
    private const string Idp = "cognito-identity-provider", Bucket = "cook-recipe-app", Password = "Passw0rd!";

    [Fact]
    public async Task What_was_made_by_hand_deploys_to_the_same_app_from_its_exported_template()
    {
        await using var server = await StacksTests.Start();
        var made = await MakeByHand(new AwsJs(server));
        var (export, template) = await Export(server, all: false);

        // Nothing of what is secret, nor an id that will be another, stands in it.
        foreach (var secret in (string[])[made.Secret, "hunter2", made.Client, made.Pool, made.Api, made.Distribution]) Assert.DoesNotContain(secret, template, StringComparison.Ordinal);
        Assert.Contains("CLIENT_SECRET: !GetAtt CookRecipeApp.ClientSecret", template, StringComparison.Ordinal);
        Assert.Contains("NoEcho: true", template, StringComparison.Ordinal);
        Assert.Equal(["code/GetRecipes.zip"], export.Files.Keys);
        await Lint(template);

        await using var second = await StacksTests.Start();
        await Deploy(second, export, template, new() { ["TokenPASSWORD"] = "hunter2" });

        // The copy's own export says the same, word for word.
        Assert.Equal(template, (await Export(second, all: true)).Template);

        await Use(second, made);
    }

    [Fact]
    public async Task A_scan_finds_what_its_caller_may_read_and_says_what_stacks_hold()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = "Resources: {A: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: of-stack}}}" });
        await StacksTests.Settled(js, "s");
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "by-hand" });
        var scan = (string)(await js.Call("cloudformation", "StartResourceScan"))["ResourceScanId"]!;
        Assert.Equal("COMPLETE", (string)(await js.Call("cloudformation", "DescribeResourceScan", new { ResourceScanId = scan }))["Status"]!);
        var found = (await js.Call("cloudformation", "ListResourceScanResources", new { ResourceScanId = scan }))["Resources"]!.AsArray();
        Assert.Equal([("by-hand", false), ("of-stack", true)], found.Select(resource => ((string)resource!["ResourceIdentifier"]!["LogGroupName"]!, (bool)resource["ManagedByStack"]!)));

        await js.Call("cloudformation", "CreateGeneratedTemplate", new { GeneratedTemplateName = "t", Resources = new[] { new { ResourceType = "AWS::Logs::LogGroup", LogicalResourceId = "Mine", ResourceIdentifier = new { LogGroupName = "by-hand" } } } });
        var body = JsonNode.Parse((string)(await js.Call("cloudformation", "GetGeneratedTemplate", new { GeneratedTemplateName = "t" }))["TemplateBody"]!)!;
        Assert.Equal("""{"Type":"AWS::Logs::LogGroup","DeletionPolicy":"Retain","UpdateReplacePolicy":"Retain","Properties":{"LogGroupName":"by-hand"}}""", body["Resources"]!["Mine"]!.ToJsonString());
        Assert.Equal("Mine", (string)(await js.Call("cloudformation", "DescribeGeneratedTemplate", new { GeneratedTemplateName = "t" }))["Resources"]![0]!["LogicalResourceId"]!);
        Assert.Equal("AlreadyExistsException", (await js.Fails("cloudformation", "CreateGeneratedTemplate", new { GeneratedTemplateName = "t", Resources = new[] { new { ResourceType = "AWS::Logs::LogGroup", ResourceIdentifier = new { LogGroupName = "by-hand" } } } })).Code);
        Assert.Contains("was not found", (await js.Fails("cloudformation", "CreateGeneratedTemplate", new { GeneratedTemplateName = "u", Resources = new[] { new { ResourceType = "AWS::Logs::LogGroup", ResourceIdentifier = new { LogGroupName = "nobody" } } } })).Text, StringComparison.Ordinal);
        await js.Call("cloudformation", "UpdateGeneratedTemplate", new { GeneratedTemplateName = "t", NewGeneratedTemplateName = "both", AddResources = new[] { new { ResourceType = "AWS::Logs::LogGroup", ResourceIdentifier = new { LogGroupName = "of-stack" } } }, TemplateConfiguration = new { DeletionPolicy = "DELETE" } });
        await js.Call("cloudformation", "UpdateGeneratedTemplate", new { GeneratedTemplateName = "both", RemoveResources = new[] { "Mine" } });
        Assert.Equal("""{"OfStackLogs":{"Type":"AWS::Logs::LogGroup","DeletionPolicy":"Delete","UpdateReplacePolicy":"Retain","Properties":{"LogGroupName":"of-stack"}}}""", JsonNode.Parse((string)(await js.Call("cloudformation", "GetGeneratedTemplate", new { GeneratedTemplateName = "both" }))["TemplateBody"]!)!["Resources"]!.ToJsonString());
        await js.Call("cloudformation", "UpdateGeneratedTemplate", new { GeneratedTemplateName = "both", NewGeneratedTemplateName = "t" });
        await js.Call("cloudformation", "DeleteGeneratedTemplate", new { GeneratedTemplateName = "t" });
        Assert.Equal(("GeneratedTemplateNotFoundException", 404), (await js.Fails("cloudformation", "GetGeneratedTemplate", new { GeneratedTemplateName = "t" })) is var gone ? (gone.Code, gone.Status) : default);

        await js.Call("dynamodb", "CreateTable", JsonNode.Parse("""{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":{"MaxReadRequestUnits":9},"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],"GlobalSecondaryIndexes":[{"IndexName":"by-b","KeySchema":[{"AttributeName":"b","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},"OnDemandThroughput":{"MaxWriteRequestUnits":8} }]}""")!);
        await js.Call("dynamodb", "UpdateContinuousBackups", JsonNode.Parse("""{"TableName":"tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":7}}""")!);
        await js.Call("cloudformation", "CreateGeneratedTemplate", new { GeneratedTemplateName = "db", Resources = new[] { new { ResourceType = "AWS::DynamoDB::Table", LogicalResourceId = "Tab", ResourceIdentifier = new { TableName = "tab" } } } });
        var table = JsonNode.Parse((string)(await js.Call("cloudformation", "GetGeneratedTemplate", new { GeneratedTemplateName = "db" }))["TemplateBody"]!)!["Resources"]!["Tab"]!["Properties"]!;
        Assert.Equal((9, 8, 7), ((int)table["OnDemandThroughput"]!["MaxReadRequestUnits"]!, (int)table["GlobalSecondaryIndexes"]![0]!["OnDemandThroughput"]!["MaxWriteRequestUnits"]!, (int)table["PointInTimeRecoverySpecification"]!["RecoveryPeriodInDays"]!));

        await js.Call("iam", "CreateUser", new { UserName = "looks" });
        await js.Call("iam", "PutUserPolicy", new { UserName = "looks", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:*","iam:GetUser"],"Resource":"*"}]}""" });
        var key = (await js.Call("iam", "CreateAccessKey", new { UserName = "looks" }))["AccessKey"]!;
        var her = new AwsJs(server, (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
        var hers = (string)(await her.Call("cloudformation", "StartResourceScan"))["ResourceScanId"]!;
        Assert.Equal(["AWS::IAM::User"], (await her.Call("cloudformation", "ListResourceScanResources", new { ResourceScanId = hers }))["Resources"]!.AsArray().Select(resource => (string)resource!["ResourceType"]!).Distinct());
    }

    [Fact]
    public async Task Layers_versions_and_aliases_are_made_again_as_they_stand()
    {
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        var role = (string)(await js.Call("iam", "CreateRole", new { RoleName = "r", AssumeRolePolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""" }))["Role"]!["Arn"]!;
        var layer = new JsonObject { ["LayerName"] = "words", ["CompatibleRuntimes"] = new JsonArray("nodejs22.x"), ["Content"] = new JsonObject { ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("nodejs/node_modules/word/index.js", "module.exports = 'layered';"))) } };
        var words = (string)(await js.Call("lambda", "PublishLayerVersion", layer))["LayerVersionArn"]!;
        await js.Call("lambda", "CreateFunction", new JsonObject
        {
            ["FunctionName"] = "f",
            ["Runtime"] = "nodejs22.x",
            ["Handler"] = "index.handler",
            ["Role"] = role,
            ["Layers"] = new JsonArray(words),
            ["Code"] = new JsonObject { ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("index.js", "exports.handler = async (event, context) => `${require('word')} ${context.invokedFunctionArn.split(':').pop()}`;"))) },
        });
        await js.Call("lambda", "PublishVersion", new { FunctionName = "f" });
        await js.Call("lambda", "CreateAlias", new { FunctionName = "f", Name = "live", FunctionVersion = "1", Description = "what is used" });
        await js.Call("lambda", "AddPermission", new { FunctionName = "f", Qualifier = "live", StatementId = "api", Action = "lambda:InvokeFunction", Principal = "apigateway.amazonaws.com" });
        var (export, template) = await Export(server, all: false);
        Assert.Contains("FunctionVersion: !GetAtt FVersion.Version", template, StringComparison.Ordinal);
        Assert.Contains("FunctionName: !Ref FLiveAlias", template, StringComparison.Ordinal);
        Assert.Contains("- !Ref WordsLayer", template, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameters:", template, StringComparison.Ordinal);
        await Lint(template);
        var scan = (string)(await js.Call("cloudformation", "ListResourceScans"))["ResourceScanSummaries"]![0]!["ResourceScanId"]!;
        var related = (await js.Call("cloudformation", "ListResourceScanRelatedResources", new { ResourceScanId = scan, Resources = new[] { new { ResourceType = "AWS::Lambda::Function", ResourceIdentifier = new { FunctionName = "f" } } } }))["RelatedResources"]!.AsArray();
        Assert.Equal(["AWS::IAM::Role", "AWS::Lambda::Alias", "AWS::Lambda::LayerVersion", "AWS::Lambda::Version"], related.Select(one => (string)one!["ResourceType"]!).Order());

        await using var second = await StacksTests.Start();
        await Deploy(second, export, template, []);
        var answer = await new AwsJs(second).Call("lambda", "Invoke", new { FunctionName = "f", Qualifier = "live" });
        Assert.Equal("\"layered live\"", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)answer["Payload"]!["$bytes"]!)));
        Assert.Equal(template, (await Export(second, all: true)).Template);
    }

    /// <summary>As a person does: the files written, the code sent to a bucket (which goes again), the stack made.</summary>
    private static async Task Deploy(GalleyServer server, Exporting export, string template, Dictionary<string, string> parameters)
    {
        var folder = Directory.CreateTempSubdirectory("galley-export-").FullName;
        try
        {
            await Cli.ExportCommand.Write(Path.Combine(folder, "template.yaml"), template, export, TestContext.Current.CancellationToken);
            using var aws = Client(server);
            await aws.S3CreateBucket("code", TestContext.Current.CancellationToken);
            var packaged = await new Packaging(aws, "code", new Progress(TextWriter.Null)).Package(Path.Combine(folder, "template.yaml"), TestContext.Current.CancellationToken);
            await new StackDeployment(aws, "again", new Progress(TextWriter.Null)).Deploy(packaged, parameters, TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        var js = new AwsJs(server);
        foreach (var item in (await js.Call("s3", "ListObjectsV2", new { Bucket = "code" }))["Contents"]!.AsArray()) await js.Call("s3", "DeleteObject", new { Bucket = "code", Key = (string)item!["Key"]! });
        await js.Call("s3", "DeleteBucket", new { Bucket = "code" });
    }

    private sealed record Made(string Api, string Pool, string Client, string Secret, string Distribution);

    private static async Task<Made> MakeByHand(AwsJs js)
    {
        await js.Call("dynamodb", "CreateTable", JsonNode.Parse("""
            {"TableName":"recipes","AttributeDefinitions":[{"AttributeName":"name","AttributeType":"S"},{"AttributeName":"category","AttributeType":"S"}],
             "KeySchema":[{"AttributeName":"name","KeyType":"HASH"},{"AttributeName":"category","KeyType":"RANGE"}],
             "GlobalSecondaryIndexes":[{"IndexName":"category-index","KeySchema":[{"AttributeName":"category","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}],
             "ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}
            """)!);
        await js.Call("iam", "CreateRole", new { RoleName = "myDynamoDbRole", Path = "/service-role/", AssumeRolePolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""" });
        await js.Call("iam", "AttachRolePolicy", new { RoleName = "myDynamoDbRole", PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" });
        await js.Call("iam", "PutRolePolicy", new { RoleName = "myDynamoDbRole", PolicyName = "Microservice", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:Scan"],"Resource":"arn:aws:dynamodb:eu-west-2:123456789012:table/*"}]}""" });

        var pool = (string)(await js.Call(Idp, "CreateUserPool", new
        {
            PoolName = "CookRecipePool",
            AutoVerifiedAttributes = new[] { "email" },
            Schema = new object[] { new { Name = "email", Required = true, Mutable = true, AttributeDataType = "String" }, new { Name = "level", Mutable = true, AttributeDataType = "Number" } },
            Policies = new { PasswordPolicy = new { MinimumLength = 8, RequireUppercase = true, RequireLowercase = true, RequireNumbers = true, RequireSymbols = true } },
        }))["UserPool"]!["Id"]!;
        var client = (await js.Call(Idp, "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "CookRecipeApp", GenerateSecret = true }))["UserPoolClient"]!;
        var (clientId, secret) = ((string)client["ClientId"]!, (string)client["ClientSecret"]!);
        await js.Call(Idp, "CreateUserPoolDomain", new { UserPoolId = pool, Domain = "cook-recipes-app" });
        await js.Call(Idp, "CreateGroup", new { UserPoolId = pool, GroupName = "admin", Description = "Those who may." });

        await js.Call("s3", "CreateBucket", new { Bucket, CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutObject", new { Bucket, Key = "index.html", Body = "<title>Recipes</title>", ContentType = "text/html" });
        var control = (string)(await js.Call("cloudfront", "CreateOriginAccessControl", new { OriginAccessControlConfig = new { Name = "site", OriginAccessControlOriginType = "s3", SigningBehavior = "always", SigningProtocol = "sigv4" } }))["OriginAccessControl"]!["Id"]!;
        var config = Configs.Bucket(Bucket);
        config["Origins"]!["Items"]![0]!["OriginAccessControlId"] = control;
        config["DefaultCacheBehavior"]!["ViewerProtocolPolicy"] = "allow-all";
        var distribution = (await js.Call("cloudfront", "CreateDistribution", new JsonObject { ["DistributionConfig"] = config }))["Distribution"]!;
        var site = "https://" + (string)distribution["DomainName"]!;
        await js.Call("s3", "PutBucketPolicy", new
        {
            Bucket,
            Policy = $$$$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{{{{Bucket}}}}/*","Condition":{"StringEquals":{"AWS:SourceArn":"arn:aws:cloudfront::123456789012:distribution/{{{{(string)distribution["Id"]!}}}}"}}}]}""",
        });
        await js.Call(Idp, "UpdateUserPoolClient", new
        {
            UserPoolId = pool,
            ClientId = clientId,
            ClientName = "CookRecipeApp",
            SupportedIdentityProviders = new[] { "COGNITO" },
            CallbackURLs = new[] { site + "/authenticate" },
            LogoutURLs = new[] { site + "/logout" },
            AllowedOAuthFlows = new[] { "code" },
            AllowedOAuthScopes = new[] { "email", "openid" },
            AllowedOAuthFlowsUserPoolClient = true,
            ExplicitAuthFlows = new[] { "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" },
        });

        var role = "arn:aws:iam::123456789012:role/service-role/myDynamoDbRole";
        await Function("GetRecipes", TestFunctions.Zip(("index.js", "const { table } = require('./table');\nexports.handler = async () => table();"), ("table.js", "exports.table = () => process.env.TABLE;")), new { Variables = new { TABLE = "recipes" } });
        await Function("Token", TestFunctions.Zip(("index.js", "exports.handler = async (event) => `${process.env.CLIENT_ID} ${process.env.CLIENT_SECRET} ${process.env.PASSWORD} ${process.env.REDIRECT} ${event.pathParameters.code}`;")),
            new { Variables = new { CLIENT_ID = clientId, CLIENT_SECRET = secret, PASSWORD = "hunter2", REDIRECT = site + "/authenticate" } });

        var api = (string)(await js.Call("apigatewayv2", "CreateApi", new { Name = "cook-recipes-api", ProtocolType = "HTTP", CorsConfiguration = new { AllowOrigins = new[] { site }, AllowHeaders = new[] { "authorization" }, AllowMethods = new[] { "GET" } } }))["ApiId"]!;
        var authorizer = (string)(await js.Call("apigatewayv2", "CreateAuthorizer", new
        {
            ApiId = api,
            Name = "cognito",
            AuthorizerType = "JWT",
            IdentitySource = new[] { "$request.header.Authorization" },
            JwtConfiguration = new { Issuer = $"https://cognito-idp.eu-west-2.amazonaws.com/{pool}", Audience = new[] { clientId } },
        }))["AuthorizerId"]!;
        await Route("GET /recipes", "GetRecipes", "recipes", authorizer);
        await Route("GET /token/{code}", "Token", "token/*", null);
        await js.Call("apigatewayv2", "CreateStage", new { ApiId = api, StageName = "$default", AutoDeploy = true });
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "/app", tags = new Dictionary<string, string> { ["a"] = "b" } });
        await js.Call("cloudwatch-logs", "PutRetentionPolicy", new { logGroupName = "/app", retentionInDays = 14 });
        await js.Call("ssm", "PutParameter", new { Name = "/app/table", Type = "String", Value = "arn:aws:dynamodb:eu-west-2:123456789012:table/recipes" });
        return new Made(api, pool, clientId, secret, (string)distribution["Id"]!);

        async Task Function(string name, byte[] zip, object environment) => await js.Call("lambda", "CreateFunction", new JsonObject
        {
            ["FunctionName"] = name,
            ["Runtime"] = "nodejs22.x",
            ["Handler"] = "index.handler",
            ["Role"] = role,
            ["Code"] = new JsonObject { ["ZipFile"] = AwsJs.Bytes(zip) },
            ["Environment"] = JsonSerializer.SerializeToNode(environment),
            ["Timeout"] = 60,
        });

        async Task Route(string key, string function, string path, string? guard)
        {
            var integration = (string)(await js.Call("apigatewayv2", "CreateIntegration", new { ApiId = api, IntegrationType = "AWS_PROXY", IntegrationUri = $"arn:aws:lambda:eu-west-2:123456789012:function:{function}", PayloadFormatVersion = "2.0" }))["IntegrationId"]!;
            await js.Call("apigatewayv2", "CreateRoute", guard is null
                ? new { ApiId = api, RouteKey = key, Target = "integrations/" + integration }
                : new { ApiId = api, RouteKey = key, Target = "integrations/" + integration, AuthorizationType = "JWT", AuthorizerId = guard });
            await js.Call("lambda", "AddPermission", new { FunctionName = function, StatementId = Guid.NewGuid().ToString(), Action = "lambda:InvokeFunction", Principal = "apigateway.amazonaws.com", SourceArn = $"arn:aws:execute-api:eu-west-2:123456789012:{api}/*/*/{path}" });
        }
    }

    private static async Task Use(GalleyServer server, Made old)
    {
        var js = new AwsJs(server);
        var api = (string)(await js.Call("apigatewayv2", "GetApis"))["Items"]![0]!["ApiId"]!;
        var pool = (string)(await js.Call(Idp, "ListUserPools", new { MaxResults = 10 }))["UserPools"]![0]!["Id"]!;
        var clientId = (string)(await js.Call(Idp, "ListUserPoolClients", new { UserPoolId = pool }))["UserPoolClients"]![0]!["ClientId"]!;
        var secret = (string)(await js.Call(Idp, "DescribeUserPoolClient", new { UserPoolId = pool, ClientId = clientId }))["UserPoolClient"]!["ClientSecret"]!;
        Assert.NotEqual((old.Api, old.Pool, old.Client, old.Secret), (api, pool, clientId, secret));
        var distribution = (string)(await js.Call("cloudfront", "ListDistributions"))["DistributionList"]!["Items"]![0]!["DomainName"]!;
        await js.Call("s3", "PutObject", new { Bucket, Key = "index.html", Body = "<title>Recipes</title>", ContentType = "text/html" });

        await js.Call(Idp, "AdminCreateUser", new { UserPoolId = pool, Username = "ann", MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = "ann@example.com" } } });
        await js.Call(Idp, "AdminSetUserPassword", new { UserPoolId = pool, Username = "ann", Password, Permanent = true });
        var hash = Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret), System.Text.Encoding.UTF8.GetBytes("ann" + clientId)));
        var token = (string)(await js.Call(Idp, "AdminInitiateAuth", new { UserPoolId = pool, ClientId = clientId, AuthFlow = "ADMIN_USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "ann", PASSWORD = Password, SECRET_HASH = hash } }))["AuthenticationResult"]!["AccessToken"]!;

        using var http = new HttpClient();
        var host = $"{api}.execute-api.eu-west-2.amazonaws.com";
        Assert.Equal((401, """{"message":"Unauthorized"}"""), await Get(host, "/recipes"));
        Assert.Equal((200, "recipes"), await Get(host, "/recipes", token));
        Assert.Equal((200, $"{clientId} {secret} hunter2 https://{distribution}/authenticate abc"), await Get(host, "/token/abc"));
        Assert.Equal((200, "<title>Recipes</title>"), await Get(distribution, "/"));
        Assert.Equal(404, (await Get(host, "/other")).Status);

        async Task<(int Status, string Body)> Get(string name, string path, string? bearer = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Endpoint, path)) { Headers = { Host = name } };
            if (bearer is not null) request.Headers.Authorization = new("Bearer", bearer);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    private static async Task<(Exporting Export, string Template)> Export(GalleyServer server, bool all)
    {
        using var aws = Client(server);
        var export = new Exporting(aws);
        return (export, await export.Account(all, TestContext.Current.CancellationToken));
    }

    private static AwsClient Client(GalleyServer server) => AwsClient.Local(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);

    private static async Task Lint(string template)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "cfn-lint")))) return; // the corpus says that it was skipped
        using var lint = Process.Start(new ProcessStartInfo("cfn-lint", ["--ignore-checks", "W3002", "--regions", "eu-west-2"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await lint.StandardInput.WriteAsync(template);
        lint.StandardInput.Close();
        var found = await lint.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await lint.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(lint.ExitCode == 0, found + template);
    }
}
