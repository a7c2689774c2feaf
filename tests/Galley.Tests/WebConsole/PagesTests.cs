using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Tests.Lambda;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Galley.Tests.WebConsole;

/// <summary>Every page in Chromium: axe finds nothing, empty, filled and with ten thousand rows, in light and dark, on a desktop and on a phone.</summary>
public class PagesTests(Browser browser) : IClassFixture<Browser>
{
    [Theory]
    [InlineData("/", "overview")]
    [InlineData("/dynamodb", "tables")]
    [InlineData("/dynamodb/create", "table-create")]
    [InlineData("/lambda", "functions")]
    [InlineData("/lambda/create", "function-create")]
    [InlineData("/layers", "layers")]
    [InlineData("/apis", "apis")]
    [InlineData("/apis/create", "api-create")]
    [InlineData("/cognito", "pools")]
    [InlineData("/cognito/create", "pool-create")]
    [InlineData("/s3", "buckets")]
    [InlineData("/s3/create", "bucket-create")]
    [InlineData("/cloudfront", "distributions")]
    [InlineData("/cloudfront/create", "distribution-create")]
    [InlineData("/iam", "roles")]
    [InlineData("/iam?tab=simulate", "simulator")]
    [InlineData("/iam/roles/create", "role-create")]
    [InlineData("/stacks", "stacks")]
    [InlineData("/stacks/create", "stack-create")]
    [InlineData("/stacks/export", "export")]
    [InlineData("/logs", "log-groups")]
    [InlineData("/inbox", "inbox")]
    [InlineData("/requests", "requests")]
    [InlineData("/sign-in", "sign-in")]
    [InlineData("/audit", "audit")]
    [InlineData("/nowhere", "nowhere")]
    public async Task Empty_pages_are_accessible(string path, string name)
    {
        await using var server = await ConsolePage.Server();
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go(path);
        await Quiet(console);
        await console.Look("empty-" + name);
    }

    [Fact]
    public async Task Filled_pages_are_accessible()
    {
        await using var server = await ConsolePage.Server();
        var paths = await Fill(server);
        await using var console = await ConsolePage.Open(browser, server);
        foreach (var (path, name) in paths)
        {
            await console.Go(path);
            await Quiet(console);
            await console.Look("filled-" + name);
        }
    }

    [Fact]
    public async Task Ten_thousand_items_are_read_page_by_page_and_found_by_a_query()
    {
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        await Table(js, "many");
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (batch, _) => await js.Call("dynamodb", "BatchWriteItem", new JsonObject
        {
            ["RequestItems"] = new JsonObject { ["many"] = new JsonArray([.. Enumerable.Range(batch * 25, 25).Select(n => JsonSerializer.SerializeToNode(new { PutRequest = new { Item = new { name = new { S = $"recipe {n:00000}" }, category = new { S = $"c{n % 7}" }, calories = new { N = $"{n}" } } } }))]) },
        }));
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/dynamodb/many");
        await console.Says("300 items scanned, 300 returned");
        await console.Button("Retrieve next page").ClickAsync();
        await Expect(console.Page.GetByRole(AriaRole.Heading, new() { NameRegex = new(@"Items returned \(600\)") })).ToBeVisibleAsync();
        await console.Look("many-items");
        await console.Page.GetByText("Query", new() { Exact = true }).ClickAsync();
        await console.Fill("name (Partition key)", "recipe 09999");
        await console.Button("Run").ClickAsync();
        await console.Says("1 items scanned, 1 returned");
        await console.Says("9999");
    }

    /// <summary>First paint under a second is measured (decision 0031); here it is kept from slipping: what the first page takes from the network.</summary>
    [Fact]
    public async Task The_first_page_loads_little()
    {
        await using var server = await ConsolePage.Server();
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/");
        await Quiet(console);
        var loaded = await console.Page.EvaluateAsync<JsonElement>("({ bytes: performance.getEntriesByType('resource').filter(one => one.name.includes('/assets/')).reduce((sum, one) => sum + one.encodedBodySize, 0), files: performance.getEntriesByType('resource').filter(one => one.name.includes('/assets/')).length, paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0 })");
        TestContext.Current.SendDiagnosticMessage($"the first page: {loaded}");
        Assert.InRange(loaded.GetProperty("bytes").GetInt64(), 1, 650_000);
        Assert.InRange(loaded.GetProperty("files").GetInt32(), 1, 80);
    }

    private static async Task Quiet(ConsolePage console)
    {
        await Expect(console.Page.Locator("h1").First).ToBeVisibleAsync();
        await Expect(console.Page.GetByText("Loading", new() { Exact = false })).ToHaveCountAsync(0);
        await Expect(console.Page.Locator("[class*=awsui_circle-left]")).ToHaveCountAsync(0);
    }

    private static Task Table(AwsJs js, string name) => js.Call("dynamodb", "CreateTable", JsonNode.Parse($$"""
        {"TableName":"{{name}}","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"name","AttributeType":"S"},{"AttributeName":"category","AttributeType":"S"}],
         "KeySchema":[{"AttributeName":"name","KeyType":"HASH"},{"AttributeName":"category","KeyType":"RANGE"}]}
        """)!);

    /// <summary>One of each, and the pages that show it.</summary>
    private static async Task<IReadOnlyList<(string Path, string Name)>> Fill(GalleyServer server)
    {
        var js = new AwsJs(server);
        await Table(js, "recipes");
        await js.Call("dynamodb", "PutItem", JsonNode.Parse("""{"TableName":"recipes","Item":{"name":{"S":"Pizza"},"category":{"S":"Fast Food"},"calories":{"N":"895"},"tags":{"SS":["a","b"]}}}""")!);
        var functions = new TestFunctions(server);
        var role = await functions.Role("reader");
        await js.Call("iam", "PutRolePolicy", new { RoleName = "reader", PolicyName = "table", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:Scan","Resource":"arn:aws:dynamodb:eu-west-2:123456789012:table/recipes"}]}""" });
        await functions.Python("GetRecipes", "def lambda_handler(event, context):\n    return []\n", role);
        var api = (string)(await js.Call("apigatewayv2", "CreateApi", new { Name = "cook-recipes-api", ProtocolType = "HTTP", Target = "arn:aws:lambda:eu-west-2:123456789012:function:GetRecipes", CorsConfiguration = new { AllowOrigins = new[] { "https://example.com" } } }))["ApiId"]!;
        var pool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "CookRecipePool", AutoVerifiedAttributes = new[] { "email" } }))["UserPool"]!["Id"]!;
        var client = (string)(await js.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "CookRecipeApp", GenerateSecret = true, SupportedIdentityProviders = new[] { "COGNITO" }, CallbackURLs = new[] { "https://example.com/" }, AllowedOAuthFlows = new[] { "code" }, AllowedOAuthScopes = new[] { "openid" }, AllowedOAuthFlowsUserPoolClient = true }))["UserPoolClient"]!["ClientId"]!;
        await js.Call("cognito-identity-provider", "CreateUserPoolDomain", new { UserPoolId = pool, Domain = "cook-recipes-app" });
        await js.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = pool, Username = "ann", UserAttributes = new[] { new { Name = "email", Value = "ann@example.com" } } });
        await js.Call("cognito-identity-provider", "CreateGroup", new { UserPoolId = pool, GroupName = "admin" });
        await js.Call("s3", "CreateBucket", new { Bucket = "cook-recipe-app", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutObject", new { Bucket = "cook-recipe-app", Key = "index.html", ContentType = "text/html", Body = "<title>x</title>" });
        await js.Call("s3", "PutObject", new { Bucket = "cook-recipe-app", Key = "static/js/main.js", Body = "1" });
        var site = (string)(await js.Call("cloudfront", "CreateDistribution", new JsonObject { ["DistributionConfig"] = CloudFront.Configs.Bucket("cook-recipe-app") }))["Distribution"]!["Id"]!;
        await js.Call("cloudformation", "CreateStack", new { StackName = "app", TemplateBody = """{"Resources":{"Topic":{"Type":"AWS::DynamoDB::Table","Properties":{"BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}}},"Outputs":{"Name":{"Value":{"Ref":"Topic"}}}}""" });
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "/aws/lambda/GetRecipes" });
        await js.Call("cloudwatch-logs", "CreateLogStream", new { logGroupName = "/aws/lambda/GetRecipes", logStreamName = "one" });
        await js.Call("cloudwatch-logs", "PutLogEvents", new { logGroupName = "/aws/lambda/GetRecipes", logStreamName = "one", logEvents = new[] { new { timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), message = "[ERROR] KeyError: 'x'" } } });
        await server.Mail.Send("no-reply@verificationemail.com", "ann@example.com", "Your verification code", "Your verification code is 123456. <img src=x onerror=alert(1)>");
        return
        [
            ("/", "overview"), ("/dynamodb", "tables"), ("/dynamodb/recipes", "items"), ("/dynamodb/recipes?tab=overview", "table"), ("/dynamodb/recipes?tab=indexes", "indexes"),
            ("/lambda", "functions"), ("/lambda/GetRecipes", "code"), ("/lambda/GetRecipes?tab=test", "test"), ("/lambda/GetRecipes?tab=configuration", "configuration"), ("/lambda/GetRecipes?tab=permissions", "permissions"), ("/lambda/GetRecipes?tab=versions", "versions"), ("/lambda/GetRecipes?tab=url", "function-url"), ("/lambda/GetRecipes?tab=triggers", "triggers"),
            ("/apis", "apis"), ($"/apis/{api}", "routes"), ($"/apis/{api}?tab=authorization", "authorizers"), ($"/apis/{api}?tab=cors", "cors"), ($"/apis/{api}?tab=stages", "stages"),
            ("/cognito", "pools"), ($"/cognito/{pool}", "pool"), ($"/cognito/{pool}?tab=users", "users"), ($"/cognito/{pool}?tab=sign-in", "pool-sign-in"), ($"/cognito/{pool}?tab=attributes", "attributes"), ($"/cognito/{pool}?tab=groups", "groups"), ($"/cognito/{pool}?tab=clients", "clients"), ($"/cognito/{pool}?tab=domain", "domain"), ($"/cognito/{pool}/clients/{client}", "client"),
            ("/s3", "buckets"), ("/s3/cook-recipe-app", "objects"), ("/s3/cook-recipe-app?prefix=static%2F", "folder"), ("/s3/cook-recipe-app?tab=properties", "properties"), ("/s3/cook-recipe-app?tab=permissions", "bucket-permissions"),
            ("/cloudfront", "distributions"), ($"/cloudfront/{site}", "distribution"), ($"/cloudfront/{site}?tab=behaviors", "behaviors"), ($"/cloudfront/{site}?tab=errors", "error-pages"), ($"/cloudfront/{site}?tab=origins", "origins"), ($"/cloudfront/{site}?tab=invalidations", "invalidations"), ($"/cloudfront/{site}?tab=cache", "cache"),
            ("/iam", "roles"), ("/iam?tab=policies", "policies"), ("/iam?tab=users", "iam-users"), ("/iam/roles/reader", "role"), ("/stacks", "stacks"), ("/stacks/app", "resources"), ("/stacks/app?tab=events", "events"), ("/stacks/app?tab=template", "template"), ("/stacks/app?tab=outputs", "outputs"), ("/stacks/app?tab=audit", "stack-audit"), ("/stacks/export", "export"),
            ("/logs", "log-groups"), ("/logs/%2Faws%2Flambda%2FGetRecipes", "tail"), ("/logs/%2Faws%2Flambda%2FGetRecipes?tab=streams", "streams"), ("/inbox", "inbox"), ("/requests", "requests"), ("/sign-in", "sign-in"), ("/audit", "audit"),
        ];
    }
}
