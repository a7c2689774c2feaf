using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Tests.CloudFront;
using Galley.Tests.Lambda;
using Galley.Wire;

namespace Galley.Tests.Edge;

/// <summary>Refusals of all services, each with what `galley explain` says of it: the check, why it said no, and nothing of it in the answer.</summary>
public sealed partial class RefusalsTests(RefusalsTests.App app) : IClassFixture<RefusalsTests.App>
{
    /// <summary>Name, the refusal, its status, the check that said no, a part of its reason.</summary>
    private static readonly (string Name, Func<App, Task<HttpResponseMessage>> Ask, int Status, string Check, string Why)[] Table =
    [
        // signatures
        ("unsigned json", a => a.Api("dynamodb", "DynamoDB_20120810.ListTables", "{}", key: null), 400, "signature", "the request is not signed"),
        ("unsigned rest", a => a.Send(HttpMethod.Get, "localhost", "/2015-03-31/functions"), 403, "signature", "the request is not signed"),
        ("unsigned query", a => a.Send(HttpMethod.Post, "iam.amazonaws.com", "/", "Action=ListUsers&Version=2010-05-08", "application/x-www-form-urlencoded"), 403, "signature", "the request is not signed"),
        ("unknown key", a => a.Api("dynamodb", "DynamoDB_20120810.ListTables", "{}", key: new("AKIAAAAAAAAAAAAAAAAA", "x")), 400, "signature", "no access key AKIAAAAAAAAAAAAAAAAA is known here"),
        ("wrong secret", a => a.Api("dynamodb", "DynamoDB_20120810.ListTables", "{}", key: a.Root with { Secret = "wrong" }), 400, "signature", "the signature is not what the secret of"),
        ("old signature", a => a.Api("dynamodb", "DynamoDB_20120810.ListTables", "{}", age: TimeSpan.FromMinutes(16)), 400, "signature", "more than 15 minutes before now"),
        ("future signature", a => a.Api("dynamodb", "DynamoDB_20120810.ListTables", "{}", age: TimeSpan.FromMinutes(-16)), 400, "signature", "more than 15 minutes after now"),
        ("expired presigned URL", a => a.Presigned(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)), 403, "signature", "for 60 seconds, which are over"),
        ("header beside a presigned URL", a => a.Presigned(TimeSpan.FromMinutes(1), TimeSpan.Zero, ("x-amz-acl", "public-read")), 403, "signature", "not signed: x-amz-acl"),
        ("token of nobody", a => a.Api("dynamodb", "DynamoDB_20120810.ListTables", "{}", headers: ("x-amz-security-token", "x")), 400, "signature", "session token"),
        // policies
        ("no policy", a => a.Api("dynamodb", "DynamoDB_20120810.GetItem", """{"TableName":"recipes","Key":{"name":{"S":"a"}}}""", key: a.Ann), 400, "policy", "dynamodb:GetItem on arn:aws:dynamodb:eu-west-2:123456789012:table/recipes"),
        ("explicit deny", a => a.Api("dynamodb", "DynamoDB_20120810.ListTables", "{}", key: a.Ann), 400, "policy", "with an explicit deny in an identity-based policy"),
        ("query service", a => a.Query("iam", "Action=ListUsers&Version=2010-05-08", a.Ann), 403, "policy", "iam:ListUsers"),
        ("trust policy", a => a.Query("sts", "Action=AssumeRole&Version=2011-06-15&RoleSessionName=session&RoleArn=arn:aws:iam::123456789012:role/functions", a.Ann), 403, "trust policy", "the trust policy of arn:aws:iam::123456789012:role/functions has no Allow"),
        ("logs", a => a.Api("logs", "Logs_20140328.DescribeLogGroups", "{}", key: a.Ann), 400, "policy", "logs:DescribeLogGroups"),
        ("stacks", a => a.Query("cloudformation", "Action=ListStacks&Version=2010-05-15", a.Ann), 403, "policy", "cloudformation:ListStacks"),
        ("distributions", a => a.Signed("cloudfront", HttpMethod.Get, "/2020-05-31/distribution", a.Ann), 403, "policy", "cloudfront:ListDistributions"),
        ("functions", a => a.Signed("lambda", HttpMethod.Get, "/2015-03-31/functions", a.Ann), 403, "policy", "lambda:ListFunctions"),
        ("invoke", a => a.Signed("lambda", HttpMethod.Post, "/2015-03-31/functions/f/invocations", a.Ann, "{}"), 403, "policy", "lambda:InvokeFunction"),
        ("user pools", a => a.Api("cognito-idp", "AWSCognitoIdentityProviderService.ListUserPools", """{"MaxResults":1}""", key: a.Ann), 400, "policy", "cognito-idp:ListUserPools"),
        // S3
        ("anonymous object", a => a.Send(HttpMethod.Get, "private.s3.eu-west-2.localhost", "/a"), 403, "policy", "s3:GetObject"),
        ("website of a private bucket", a => a.Send(HttpMethod.Get, "private.s3-website.eu-west-2.localhost", "/"), 403, "bucket policy", "bucket private has no policy"),
        ("website that is none", a => a.Send(HttpMethod.Get, "plain.s3-website.eu-west-2.localhost", "/"), 404, "answer", "NoSuchWebsiteConfiguration"),
        ("no such bucket", a => a.Signed("s3", HttpMethod.Get, "/nosuch?list-type=2"), 404, "answer", "NoSuchBucket"),
        ("no such key", a => a.Signed("s3", HttpMethod.Get, "/private/nosuch"), 404, "answer", "NoSuchKey"),
        // Cognito
        ("no such client", a => a.SignIn(HttpMethod.Get, "/oauth2/authorize?client_id=nosuch&response_type=code"), 400, "client", "has no client with this client_id"),
        ("foreign callback", a => a.SignIn(HttpMethod.Get, $"/oauth2/authorize?client_id={a.ClientId}&response_type=code&redirect_uri=https://evil.example/x"), 302, "redirect", "https://evil.example/x is none of the CallbackURLs"),
        ("foreign scope", a => a.SignIn(HttpMethod.Get, $"/oauth2/authorize?client_id={a.ClientId}&response_type=code&scope=admin&redirect_uri={App.Callback}"), 302, "authorize request", "the scope admin is none of client"),
        ("implicit flow", a => a.SignIn(HttpMethod.Get, $"/oauth2/authorize?client_id={a.ClientId}&response_type=token&redirect_uri={App.Callback}"), 302, "authorize request", "may not use the implicit flow"),
        ("no session", a => a.SignIn(HttpMethod.Get, $"/oauth2/authorize?client_id={a.ClientId}&response_type=code&prompt=none&redirect_uri={App.Callback}"), 302, "session", "the browser has no log-in here"),
        ("form without its token", a => a.SignIn(HttpMethod.Post, $"/login?client_id={a.ClientId}&response_type=code&redirect_uri={App.Callback}", "username=a&password=b"), 403, "answer", "Invalid CSRF token"),
        ("wrong password on the page", a => a.SignIn(HttpMethod.Post, $"/login?client_id={a.ClientId}&response_type=code&redirect_uri={App.Callback}", $"_csrf={App.Csrf}&username=nobody&password=seeded-secret", ("Cookie", "XSRF-TOKEN=" + App.Csrf)), 200, "password", "NotAuthorizedException"),
        ("weak password on the page", a => a.SignIn(HttpMethod.Post, $"/signup?client_id={a.ClientId}&response_type=code&redirect_uri={App.Callback}", $"_csrf={App.Csrf}&username=ann&password=seeded-secret", ("Cookie", "XSRF-TOKEN=" + App.Csrf)), 200, "sign-up", "InvalidPasswordException"),
        ("unknown code", a => a.SignIn(HttpMethod.Post, "/oauth2/token", $"grant_type=authorization_code&client_id={a.ClientId}&code=x&redirect_uri={App.Callback}"), 400, "token request", "the code is none that this pool gave out"),
        ("unknown grant", a => a.SignIn(HttpMethod.Post, "/oauth2/token", $"grant_type=password&client_id={a.ClientId}"), 400, "token request", "grant_type is none of"),
        ("machine without a secret", a => a.SignIn(HttpMethod.Post, "/oauth2/token", $"grant_type=client_credentials&client_id={a.ClientId}"), 400, "token request", "may not use the client_credentials flow"),
        ("secret for a public client", a => a.SignIn(HttpMethod.Post, "/oauth2/token", $"grant_type=refresh_token&refresh_token=x&client_id={a.ClientId}&client_secret=y"), 400, "client", "the secret is not that of client"),
        ("userInfo without a token", a => a.SignIn(HttpMethod.Get, "/oauth2/userInfo"), 400, "token", "there is no access token"),
        ("userInfo with a bad token", a => a.SignIn(HttpMethod.Get, "/oauth2/userInfo", null, ("Authorization", "Bearer a.b.c")), 401, "token", ""),
        ("foreign logout", a => a.SignIn(HttpMethod.Get, $"/logout?client_id={a.ClientId}&logout_uri=https://evil.example/"), 400, "redirect", "logout_uri is none of the LogoutURLs"),
        ("wrong password", a => a.Api("cognito-idp", "AWSCognitoIdentityProviderService.InitiateAuth", $$$"""{"ClientId":"{{{a.ClientId}}}","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"x","PASSWORD":"seeded-secret"}}""", key: null), 400, "answer", "UserNotFoundException: User does not exist."),
        // API Gateway
        ("no token", a => a.Send(HttpMethod.Get, a.ApiHost, "/closed"), 401, "token", "there is no token at $request.header.Authorization"),
        ("token that is none", a => a.Send(HttpMethod.Get, a.ApiHost, "/closed", headers: ("Authorization", "Bearer seeded-secret")), 401, "token", ""),
        ("no route", a => a.Send(HttpMethod.Get, a.ApiHost, "/nosuch"), 404, "route", ""),
        ("no permission", a => a.Send(HttpMethod.Get, a.ApiHost, "/open"), 500, "function policy", "has no Allow that lets apigateway.amazonaws.com invoke it for arn:aws:execute-api:eu-west-2:123456789012:"),
        ("no such API", a => a.Send(HttpMethod.Get, "nosuch.execute-api.eu-west-2.amazonaws.com", "/"), 404, "api", "there is no API nosuch in eu-west-2"),
        // Lambda
        ("function URL without a policy", a => a.Send(HttpMethod.Get, a.UrlHost, "/"), 403, "function policy", "has no Allow of lambda:InvokeFunctionUrl for everybody"),
        ("function URL of nobody", a => a.Send(HttpMethod.Get, "nosuch.lambda-url.eu-west-2.on.aws", "/"), 403, "url", "no function has this URL"),
        ("no concurrency", a => a.Signed("lambda", HttpMethod.Post, "/2015-03-31/functions/f/invocations", body: "{}"), 429, "concurrency", "reserved concurrency"),
        ("no such function", a => a.Signed("lambda", HttpMethod.Get, "/2015-03-31/functions/nosuch"), 404, "answer", "ResourceNotFoundException: Function not found"),
        // DynamoDB, CloudFormation, and the edge itself
        ("condition", a => a.Api("dynamodb", "DynamoDB_20120810.PutItem", """{"TableName":"recipes","Item":{"name":{"S":"a"}},"ConditionExpression":"attribute_exists(#n)","ExpressionAttributeNames":{"#n":"name"}}"""), 400, "condition", "was false for the item as it stood"),
        ("no such table", a => a.Api("dynamodb", "DynamoDB_20120810.DescribeTable", """{"TableName":"nosuch"}"""), 400, "answer", "ResourceNotFoundException"),
        ("no such stack", a => a.Query("cloudformation", "Action=DescribeStacks&Version=2010-05-15&StackName=nosuch"), 400, "answer", "ValidationError: Stack with id nosuch does not exist"),
        ("broken template", a => a.Query("cloudformation", "Action=CreateStack&Version=2010-05-15&StackName=s&TemplateBody=%7B"), 400, "answer", "ValidationError: Template format error"),
        ("parameter", a => a.Api("ssm", "AmazonSSM.GetParameter", """{"Name":"x"}""", key: a.Ann), 400, "policy", "ssm:GetParameter"),
        ("repository", a => a.Api("ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories", "{}", key: a.Ann), 400, "policy", "ecr:DescribeRepositories"),
        ("list of APIs", a => a.Signed("apigateway", HttpMethod.Get, "/v2/apis", a.Ann), 403, "policy", "apigateway:GET"),
        ("no such identity pool", a => a.Api("cognito-identity", "AWSCognitoIdentityService.GetId", """{"IdentityPoolId":"eu-west-2:00000000-0000-0000-0000-000000000000"}""", key: null), 400, "answer", "ResourceNotFoundException"),
        ("token of no provider", a => a.Send(HttpMethod.Post, "sts.eu-west-2.amazonaws.com", "/", "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/functions&RoleSessionName=session&WebIdentityToken=a.b.c", "application/x-www-form-urlencoded"), 400, "answer", "InvalidIdentityToken"),
        ("method of no behaviour", a => a.Send(HttpMethod.Post, a.SiteHost, "/", "x"), 403, "behaviour", "does not allow POST"),
        ("dead origin", a => a.Send(HttpMethod.Get, a.SiteHost, "/"), 502, "origin", ""),
        ("URL without a signature", a => a.Send(HttpMethod.Get, a.SignedHost, "/"), 403, "signed URL", ""),
        ("no such distribution", a => a.Send(HttpMethod.Get, "d0000000000000.cloudfront.net", "/"), 403, "", ""),
        ("foreign host", a => a.Send(HttpMethod.Get, "evil.example", "/"), 403, "host", "the name evil.example is not one that Galley answers"),
    ];

    public static TheoryData<string> Names => [.. Table.Select(row => row.Name)];

    [Fact]
    public void The_table_is_long_enough() => Assert.True(Table.Length >= 40);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Is_explained(string name)
    {
        var (_, ask, status, check, why) = Table.Single(row => row.Name == name);
        using var answer = await ask(app);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode} {body}");
        var id = RequestIds.Select(header => answer.Headers.TryGetValues(header, out var values) ? values.Single() : null).First(value => value is not null)!;

        using var trail = await app.Signed("galley", HttpMethod.Get, "/_galley/explain/" + Uri.EscapeDataString(id));
        var text = await trail.Content.ReadAsStringAsync();
        Assert.True(trail.IsSuccessStatusCode, text);
        Assert.DoesNotContain("seeded-secret", text, StringComparison.Ordinal);
        var explanation = JsonNode.Parse(text)!;
        Assert.Equal(status, (int)explanation["status"]!);
        var steps = explanation["steps"]!.AsArray();
        if (check.Length == 0) return; // its service explains it itself
        var said = steps.FirstOrDefault(step => (string)step!["check"]! == check && !(bool)step["allowed"]! && ((string)step["why"]!).Contains(why, StringComparison.Ordinal));
        Assert.True(said is not null, text);
        // what is for the developer's eyes stays out of the answer
        if (check is not ("answer" or "policy" or "signature") && why.Length > 0) Assert.DoesNotContain(why, body, StringComparison.Ordinal);
        Assert.DoesNotMatch(StackTrace(), body + text);
    }

    private static readonly string[] RequestIds = ["apigw-requestid", "x-amz-cf-id", "x-amzn-requestid", "x-amz-request-id"];

    [GeneratedRegex(@"\bat [\w.]+\(| in /")]
    private static partial Regex StackTrace();

    internal sealed record Key(string Id, string Secret);

    public sealed class App : IAsyncLifetime
    {
        /// <summary>What a page's form and cookie have in common.</summary>
        internal const string Csrf = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

        internal const string Callback = "https://app.example/authenticate";
        private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        private GalleyServer _server = null!;
        private TestFunctions _functions = null!;

        internal Key Root => new(_server.AccessKeyId, _server.SecretAccessKey);

        internal Key Ann { get; private set; } = null!;

        internal string ClientId { get; private set; } = "";

        internal string ApiHost { get; private set; } = "";

        internal string UrlHost { get; private set; } = "";

        internal string SiteHost { get; private set; } = "";

        internal string SignedHost { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            _server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
            _functions = new TestFunctions(_server);
            var aws = new AwsJs(_server);
            await aws.Call("iam", "CreateUser", new { UserName = "ann" });
            await aws.Call("iam", "PutUserPolicy", new { UserName = "ann", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"dynamodb:ListTables","Resource":"*"}]}""" });
            var key = (await aws.Call("iam", "CreateAccessKey", new { UserName = "ann" }))["AccessKey"]!;
            Ann = new((string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
            await aws.Call("dynamodb", "CreateTable", new
            {
                TableName = "recipes",
                BillingMode = "PAY_PER_REQUEST",
                AttributeDefinitions = new[] { new { AttributeName = "name", AttributeType = "S" } },
                KeySchema = new[] { new { AttributeName = "name", KeyType = "HASH" } },
            });
            foreach (var bucket in (string[])["private", "plain"]) await aws.Call("s3", "CreateBucket", new { Bucket = bucket, CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
            await aws.Call("s3", "PutBucketWebsite", new { Bucket = "private", WebsiteConfiguration = new { IndexDocument = new { Suffix = "index.html" } } });

            var pool = (string)(await aws.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
            ClientId = (string)(await aws.Call("cognito-identity-provider", "CreateUserPoolClient", new
            {
                UserPoolId = pool,
                ClientName = "c",
                ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" },
                SupportedIdentityProviders = new[] { "COGNITO" },
                CallbackURLs = new[] { Callback },
                LogoutURLs = new[] { Callback },
                AllowedOAuthFlows = new[] { "code" },
                AllowedOAuthScopes = new[] { "openid" },
                AllowedOAuthFlowsUserPoolClient = true,
            }))["UserPoolClient"]!["ClientId"]!;
            await aws.Call("cognito-identity-provider", "CreateUserPoolDomain", new { UserPoolId = pool, Domain = "refusals" });

            await _functions.Python("f", "def handler(event, context):\n    return {}\n", await _functions.Role("functions"));
            await aws.Call("lambda", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 0 });
            UrlHost = new Uri((string)(await aws.Call("lambda", "CreateFunctionUrlConfig", new { FunctionName = "f", AuthType = "NONE" }))["FunctionUrl"]!).Host;
            await MakeApi(aws, pool);
            (_, SiteHost) = await Configs.Create(aws, Configs.Custom(1));
            using var rsa = System.Security.Cryptography.RSA.Create(2048);
            var signer = (string)(await aws.Call("cloudfront", "CreatePublicKey", new { PublicKeyConfig = new { CallerReference = "k", Name = "k", EncodedKey = rsa.ExportSubjectPublicKeyInfoPem() } }))["PublicKey"]!["Id"]!;
            var group = (string)(await aws.Call("cloudfront", "CreateKeyGroup", new { KeyGroupConfig = new { Name = "k", Items = new[] { signer } } }))["KeyGroup"]!["Id"]!;
            (_, SignedHost) = await Configs.Create(aws, Configs.With(Configs.Custom(2), "DefaultCacheBehavior/TrustedKeyGroups", new JsonObject { ["Enabled"] = true, ["Quantity"] = 1, ["Items"] = new JsonArray(group) }));
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _server.DisposeAsync();
        }

        internal Task<HttpResponseMessage> Api(string service, string target, string body, Key? key, (string, string)? headers = null)
            => key is null
                ? Send(HttpMethod.Post, "localhost", "/", body, "application/x-amz-json-" + Version(target), ("X-Amz-Target", target))
                : Signed(service, HttpMethod.Post, "/", key, body, TimeSpan.Zero, Json(target, headers));

        internal Task<HttpResponseMessage> Api(string service, string target, string body, TimeSpan age = default, (string, string)? headers = null)
            => Signed(service, HttpMethod.Post, "/", Root, body, age, Json(target, headers));

        internal Task<HttpResponseMessage> Query(string service, string form, Key? key = null)
            => Signed(service, HttpMethod.Post, "/", key, form, TimeSpan.Zero, ("Content-Type", "application/x-www-form-urlencoded"));

        internal Task<HttpResponseMessage> SignIn(HttpMethod method, string target, string? form = null, params (string, string)[] headers)
            => Send(method, "refusals.auth.eu-west-2.amazoncognito.com", target, form, "application/x-www-form-urlencoded", headers);

        internal async Task<HttpResponseMessage> Presigned(TimeSpan life, TimeSpan age, params (string Name, string Value)[] headers)
        {
            var url = SigV4.Presign(new(Root.Id, Root.Secret, _server.Region, "s3"), "GET", new Uri(_server.Endpoint, "/private/a"), life, DateTimeOffset.UtcNow - age);
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            foreach (var (name, value) in headers) request.Headers.Add(name, value);
            return await _http.SendAsync(request);
        }

        internal async Task<HttpResponseMessage> Signed(string service, HttpMethod method, string target, Key? key = null, string? body = null, TimeSpan age = default, params (string Name, string Value)[] headers)
        {
            key ??= Root;
            var url = new Uri(_server.Endpoint, target);
            var bytes = Encoding.UTF8.GetBytes(body ?? "");
            using var request = new HttpRequestMessage(method, url) { Content = body is null ? null : new ByteArrayContent(bytes) };
            var pairs = headers.Select(header => KeyValuePair.Create(header.Name, header.Value)).ToList();
            foreach (var (name, value) in pairs.Concat(SigV4.Sign(new(key.Id, key.Secret, _server.Region, service), method.Method, url, pairs, SigV4.HashPayload(bytes), DateTimeOffset.UtcNow - age)))
                if (name == "Content-Type") request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
                else request.Headers.TryAddWithoutValidation(name, value);
            return await _http.SendAsync(request);
        }

        internal async Task<HttpResponseMessage> Send(HttpMethod method, string host, string target, string? body = null, string type = "text/plain", params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(method, _server.Endpoint + target.TrimStart('/')) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, type) };
            request.Headers.Host = host;
            foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
            return await _http.SendAsync(request);
        }

        private static (string, string)[] Json(string target, (string, string)? more)
            => [("Content-Type", "application/x-amz-json-" + Version(target)), ("X-Amz-Target", target), .. more is { } one ? [one] : Array.Empty<(string, string)>()];

        private static string Version(string target) => target.StartsWith("DynamoDB", StringComparison.Ordinal) ? "1.0" : "1.1";

        private async Task MakeApi(AwsJs aws, string pool)
        {
            var api = (string)(await aws.Call("apigatewayv2", "CreateApi", new { Name = "a", ProtocolType = "HTTP" }))["ApiId"]!;
            ApiHost = $"{api}.execute-api.eu-west-2.amazonaws.com";
            var integration = (string)(await aws.Call("apigatewayv2", "CreateIntegration", new { ApiId = api, IntegrationType = "AWS_PROXY", PayloadFormatVersion = "2.0", IntegrationUri = "arn:aws:lambda:eu-west-2:123456789012:function:f" }))["IntegrationId"]!;
            var authorizer = (string)(await aws.Call("apigatewayv2", "CreateAuthorizer", new
            {
                ApiId = api,
                Name = "jwt",
                AuthorizerType = "JWT",
                IdentitySource = new[] { "$request.header.Authorization" },
                JwtConfiguration = new { Audience = new[] { ClientId }, Issuer = $"https://cognito-idp.eu-west-2.amazonaws.com/{pool}" },
            }))["AuthorizerId"]!;
            await aws.Call("apigatewayv2", "CreateRoute", new { ApiId = api, RouteKey = "GET /open", Target = "integrations/" + integration });
            await aws.Call("apigatewayv2", "CreateRoute", new { ApiId = api, RouteKey = "GET /closed", Target = "integrations/" + integration, AuthorizationType = "JWT", AuthorizerId = authorizer });
            await aws.Call("apigatewayv2", "CreateStage", new { ApiId = api, StageName = "$default", AutoDeploy = true });
        }
    }
}
