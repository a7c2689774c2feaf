using System.Text.Json.Nodes;
using Galley.Tests.Lambda;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Galley.Tests.WebConsole;

/// <summary>What the console tells of what happens: findings beside what they concern, cold starts, a code flow step by step.</summary>
public class InspectTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Audit_findings_stand_beside_what_they_concern()
    {
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        var functions = new TestFunctions(server);
        var role = await functions.Role("wide");
        await js.Call("iam", "PutRolePolicy", new { RoleName = "wide", PolicyName = "all", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""" });
        await functions.Python("f", "", role, function => function["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["CLIENT_SECRET"] = "hush-hush-hush-hush" } });
        await js.Call("s3", "CreateBucket", new { Bucket = "open-bucket", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutPublicAccessBlock", new { Bucket = "open-bucket", PublicAccessBlockConfiguration = new { BlockPublicAcls = false, IgnorePublicAcls = false, BlockPublicPolicy = false, RestrictPublicBuckets = false } });
        await js.Call("s3", "PutBucketPolicy", new { Bucket = "open-bucket", Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::open-bucket/*"}]}""" });
        var site = (string)(await js.Call("cloudfront", "CreateDistribution", new JsonObject { ["DistributionConfig"] = CloudFront.Configs.Bucket("open-bucket") }))["Distribution"]!["Id"]!;
        var api = (string)(await js.Call("apigatewayv2", "CreateApi", new { Name = "a", ProtocolType = "HTTP", RouteKey = "GET /open", Target = "arn:aws:lambda:eu-west-2:123456789012:function:f" }))["ApiId"]!;
        var pool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
        var client = (string)(await js.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c", AllowedOAuthFlows = new[] { "implicit" }, AllowedOAuthScopes = new[] { "openid" }, AllowedOAuthFlowsUserPoolClient = true, CallbackURLs = new[] { "https://example.com/" }, SupportedIdentityProviders = new[] { "COGNITO" } }))["UserPoolClient"]!["ClientId"]!;
        await js.Call("cloudformation", "CreateStack", new { StackName = "kept", TemplateBody = """{"Resources":{"Groups":{"Type":"AWS::Logs::LogGroup","Metadata":{"Galley":{"Accept":{"logs-no-retention":"kept for the auditors"}}},"Properties":{"LogGroupName":"kept"}}}}""" });

        await using var console = await ConsolePage.Open(browser, server);
        foreach (var (path, noun, title) in ((string, string, string)[])
                 [
                     ("/s3/open-bucket", "bucket", "The bucket policy lets everybody in"), ($"/cloudfront/{site}", "distribution", "An S3 origin has no Origin Access Control"), ($"/apis/{api}", "route", "A route asks for no token"),
                     ("/lambda/f", "function", "A secret is in a function's environment"), ("/iam/roles/wide", "role", "A role may do everything"), ($"/cognito/{pool}/clients/{client}", "app client", "The implicit grant is allowed"),
                     ($"/cognito/{pool}", "user pool", "The user pool can be deleted by mistake"), ("/logs/kept", "log group", "Kept because: kept for the auditors"),
                 ])
        {
            await console.Go(path);
            await console.Page.GetByRole(AriaRole.Button, new() { NameRegex = new($"finding.* of this {noun}$") }).First.ClickAsync();
            await console.Says(title);
            await console.Look("audit-" + noun.Replace(' ', '-'));
        }

        await console.Go("/audit");
        await console.Says("S3 BucketPolicy open-bucket");
        await console.Says("kept/Groups");
    }

    [Fact]
    public async Task A_cold_start_has_a_bar_of_its_own()
    {
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        var functions = new TestFunctions(server);
        await functions.Python("slow", "def lambda_handler(event, context):\n    return 'x'\n", await functions.Role("r"));
        var api = (string)(await js.Call("apigatewayv2", "CreateApi", new { Name = "a", ProtocolType = "HTTP", Target = "arn:aws:lambda:eu-west-2:123456789012:function:slow" }))["ApiId"]!;
        await js.Call("lambda", "AddPermission", new { FunctionName = "slow", StatementId = "s", Action = "lambda:InvokeFunction", Principal = "apigateway.amazonaws.com" });
        await js.Call("lambda", "CreateFunctionUrlConfig", new { FunctionName = "slow", AuthType = "NONE" });
        using var http = new HttpClient();
        Assert.Equal("x", await http.GetStringAsync(new Uri(server.Endpoint, $"/_galley/execute-api/{api}/cold")));
        Assert.Equal("x", await http.GetStringAsync(new Uri(server.Endpoint, $"/_galley/execute-api/{api}/warm")));
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/requests");
        var rows = console.Page.GetByRole(AriaRole.Row);
        await Expect(rows.Filter(new() { HasText = "/warm" })).Not.ToContainTextAsync("cold start");
        var cold = rows.Filter(new() { HasText = "/cold" });
        await Expect(cold).ToContainTextAsync("slow (cold start)");
        await cold.ClickAsync();
        await Expect(console.Page.Locator(".bar.cold")).ToHaveCountAsync(1);
        await console.Says("cold start slow");
        await console.Look("cold-start");
    }

    [Fact]
    public async Task The_sign_in_inspector_takes_the_apps_part_in_a_code_flow()
    {
        const string callback = "https://app.example/callback";
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        var pool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "people" }))["UserPool"]!["Id"]!;
        var client = (string)(await js.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "app", GenerateSecret = true, SupportedIdentityProviders = new[] { "COGNITO" }, CallbackURLs = new[] { callback }, AllowedOAuthFlows = new[] { "code" }, AllowedOAuthScopes = new[] { "openid" }, AllowedOAuthFlowsUserPoolClient = true }))["UserPoolClient"]!["ClientId"]!;
        await js.Call("cognito-identity-provider", "CreateUserPoolDomain", new { UserPoolId = pool, Domain = "people" });
        await js.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = pool, Username = "ann", MessageAction = "SUPPRESS" });
        await js.Call("cognito-identity-provider", "AdminSetUserPassword", new { UserPoolId = pool, Username = "ann", Password = "Passw0rd!", Permanent = true });
        var functions = new TestFunctions(server);
        await functions.Python("f", "", await functions.Role("r"));
        using var own = server.UseFunction("f", (_, _) => Task.FromResult<ReadOnlyMemory<byte>>("\"what only ann may read\""u8.ToArray()));
        await js.Call("lambda", "AddPermission", new { FunctionName = "f", StatementId = "s", Action = "lambda:InvokeFunction", Principal = "apigateway.amazonaws.com" });
        var api = (string)(await js.Call("apigatewayv2", "CreateApi", new { Name = "secrets", ProtocolType = "HTTP" }))["ApiId"]!;
        var integration = (string)(await js.Call("apigatewayv2", "CreateIntegration", new { ApiId = api, IntegrationType = "AWS_PROXY", PayloadFormatVersion = "2.0", IntegrationUri = "arn:aws:lambda:eu-west-2:123456789012:function:f" }))["IntegrationId"]!;
        var authorizer = (string)(await js.Call("apigatewayv2", "CreateAuthorizer", new { ApiId = api, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = $"https://cognito-idp.eu-west-2.amazonaws.com/{pool}", Audience = new[] { client } } }))["AuthorizerId"]!;
        await js.Call("apigatewayv2", "CreateRoute", new { ApiId = api, RouteKey = "GET /secret", Target = "integrations/" + integration, AuthorizationType = "JWT", AuthorizerId = authorizer });
        await js.Call("apigatewayv2", "CreateStage", new { ApiId = api, StageName = "$default", AutoDeploy = true });

        await using var console = await ConsolePage.Open(browser, server);
        await console.Context.RouteAsync("https://app.example/**", route => route.FulfillAsync(new RouteFulfillOptions { Body = "the app" }));
        await console.Go("/sign-in");
        await console.Choose("User pool", "people");
        await console.Choose("App client", "app");
        var login = await console.Context.RunAndWaitForPageAsync(() => console.Link("Open sign-in page", exact: false).ClickAsync());
        await login.FillAsync("#username", "ann");
        await login.FillAsync("#password", "Passw0rd!");
        await login.ClickAsync("button.submitButton-customizable");
        await login.WaitForURLAsync(callback + "?code=**");
        await console.Fill("Callback address", login.Url);
        await login.CloseAsync();
        await console.Says("state is the one that was sent");
        await console.Button("Exchange the code").ClickAsync();
        await console.Says("The pool gave tokens; the code is spent");
        await console.Says("PKCE: SHA-256 of code_verifier is");
        await Expect(console.Page.GetByText("verified here with")).ToHaveCountAsync(2);
        await console.Says($"issuer https://cognito-idp.eu-west-2.amazonaws.com/{pool}");
        await console.Look("sign-in-tokens");

        // the API's CORS settings do not name the console: no page of it reads the answer
        await console.Choose("Route with a JWT authorizer", "secrets: GET /secret");
        await console.Button("Call the API").ClickAsync();
        await console.Says("The browser did not let this page read the answer");
        await js.Call("apigatewayv2", "UpdateApi", new { ApiId = api, CorsConfiguration = new { AllowOrigins = new[] { console.Origin }, AllowHeaders = new[] { "authorization" }, AllowMethods = new[] { "GET" } } });
        await console.Button("Call the API").ClickAsync();
        await console.Says("The API answered 200");
        await console.Says("what only ann may read");

        // a code is spent once
        await console.Button("Exchange the code").ClickAsync();
        await console.Says("The pool refused: 400");
        await console.Says("invalid_grant");
        console.Forget("Access-Control-Allow-Origin");
        console.Forget("net::ERR_FAILED");
    }
}
