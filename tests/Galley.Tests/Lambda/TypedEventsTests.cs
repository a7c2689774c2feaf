using System.Text.Json.Nodes;
using Galley.Tests.ApiGateway;
using Galley.Tests.CloudFront;
using Galley.Tests.Cognito;
using Microsoft.AspNetCore.Http;
using Typed = Galley.Functions;

namespace Galley.Tests.Lambda;

/// <summary>The types of Galley.Functions beyond one of each service (<see cref="GalleyFunctionsTests"/>): real C# functions (project Galley.Tests.Functions), which fail when an event says what its type cannot hold.</summary>
public class TypedEventsTests
{
    public static TheoryData<string> Documents => [.. Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Galley.Tests", "ApiGateway", "Events")).Select(file => Path.GetFileNameWithoutExtension(file))];

    /// <summary>All that API Gateway sends in both formats, as EventDocumentsTests has it from AWS's documentation.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Every_event_of_API_Gateway_has_its_place_in_a_type(string document)
    {
        var json = await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "tests", "Galley.Tests", "ApiGateway", "Events", document + ".json"));
        switch (document[..3], document.EndsWith("-asked", StringComparison.Ordinal))
        {
            case ("1.0", true):
                Assert.NotEmpty(Tests.Functions.Places.Read(json, Typed.EventJson.Default.AuthorizerRequestV1).MethodArn);
                break;
            case ("2.0", true):
                Assert.NotEmpty(Tests.Functions.Places.Read(json, Typed.EventJson.Default.AuthorizerRequest).RouteArn);
                break;
            case ("1.0", false):
                var first = Tests.Functions.Places.Read(json, Typed.HttpApiJson.Default.HttpApiRequestV1);
                Assert.Equal(document.Contains("jwt", StringComparison.Ordinal), first.Claim("iss") is not null);
                Assert.Equal(document.Contains("identity-pool", StringComparison.Ordinal), first.RequestContext.Identity.CognitoIdentityId is not null);
                break;
            default:
                var second = Tests.Functions.Places.Read(json, Typed.HttpApiJson.Default.HttpApiRequest);
                Assert.Equal(document.Contains("jwt", StringComparison.Ordinal), second.Claim("iss") is not null);
                Assert.Equal(document.Contains("identity-pool", StringComparison.Ordinal), second.RequestContext.Authorizer?.Iam?.CognitoIdentity is not null);
                break;
        }
    }

    [Fact]
    public async Task Routes_and_authorizers_of_format_1_0_and_policies_of_both_are_typed()
    {
        await using var api = await HttpApiFixture.Start();
        var functions = new TestFunctions(api.Server);
        var role = await functions.Role("r");
        foreach (var name in (string[])["page", "page1", "guard1", "policy"])
        {
            await functions.Create(name, "provided.al2023", name, TestFunctions.Typed(), role, f => f["Timeout"] = 60);
            await api.Permit(name, "*");
        }

        async Task<object> Guarded(string function, string version) => new
        {
            AuthorizationType = "CUSTOM",
            AuthorizerId = (string)(await api.Call("CreateAuthorizer", new
            {
                api.ApiId,
                Name = function,
                AuthorizerType = "REQUEST",
                AuthorizerPayloadFormatVersion = version,
                AuthorizerUri = api.InvocationUri(Arn(function)),
                IdentitySource = new[] { "$request.header.X-Key" },
            }))["AuthorizerId"]!,
        };
        await api.FunctionRoute("POST /one/{id}", Arn("page1"), "1.0", await Guarded("guard1", "1.0"));
        await api.FunctionRoute("GET /page/{id}", Arn("page"), "2.0", await Guarded("policy", "2.0"));

        using var body = new StringContent("hello");
        using var answer = await api.Send(HttpMethod.Post, "/one/7?a=1&a=2", body, ("X-Key", "good"));
        Assert.Equal((201, "POST /one/{id} 7 ann REQUEST 7 hello"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(("good 2 127.0.0.1", "a=1|b=2"), (answer.Headers.GetValues("x-seen").Single(), string.Join('|', answer.Headers.GetValues("Set-Cookie"))));
        using var refused = await api.Send(HttpMethod.Post, "/one/7", null, ("X-Key", "bad"));
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Equal("200 \"8 GET /page/{id} GET\"", await api.Says("/page/8", ("X-Key", "good")));
        Assert.StartsWith("403 ", await api.Says("/page/8", ("X-Key", "bad")));

        static string Arn(string function) => $"arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:{function}";
    }

    [Fact]
    public async Task Requests_and_responses_at_the_edge_are_typed()
    {
        await using var origin = await TestOrigin.Start(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            await http.Response.WriteAsync($"{http.Request.Path} {http.Request.Headers["X-Origin"]} {http.Request.Headers["X-Gone"]} {await reader.ReadToEndAsync()}");
        });
        await using var functions = new TestFunctions(await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, Region = "us-east-1" }));
        var js = functions.Js;
        await functions.Create("edge", "provided.al2023", "edge", TestFunctions.Typed(), await functions.Role("r"), f => f["Timeout"] = 60);
        var version = (string)(await js.Call("lambda", "PublishVersion", new { FunctionName = "edge" }))["FunctionArn"]!;
        var (_, domain) = await Configs.Create(js, Configs.Custom(origin.Port, Configs.CachingDisabled)
            .With("DefaultCacheBehavior/OriginRequestPolicyId", "216adef6-5c7f-47e4-b989-5492eafa07d3")
            .With("DefaultCacheBehavior/AllowedMethods", JsonNode.Parse("""{"Quantity":7,"Items":["GET","HEAD","OPTIONS","PUT","PATCH","POST","DELETE"],"CachedMethods":{"Quantity":2,"Items":["GET","HEAD"]}}"""))
            .With("DefaultCacheBehavior/LambdaFunctionAssociations", new JsonObject
            {
                ["Quantity"] = 4,
                ["Items"] = new JsonArray([.. ((string[])["viewer-request", "viewer-response", "origin-request", "origin-response"]).Select(type => new JsonObject { ["EventType"] = type, ["LambdaFunctionARN"] = version, ["IncludeBody"] = type == "viewer-request" })]),
            }));
        using var viewer = new TestViewer(functions.Server, domain);
        var seen = await viewer.Get("/a", ("X-Gone", "here"));
        Assert.Equal((200, "/a.html localhost 127.0.0.1  new ", "200", "200"), (seen.Status, seen.Text, seen["X-viewer-response"], seen["X-origin-response"]));
        Assert.Equal("/there/moved.html localhost 127.0.0.1  new ", (await viewer.Get("/moved")).Text);
        var made = await viewer.Get("/made");
        Assert.Equal((418, "tea", "one, two"), (made.Status, made.Text, made["X-Made"]));
        using var http = new HttpClient();
        using var sent = new HttpRequestMessage(HttpMethod.Post, functions.Server.Endpoint + "form") { Headers = { Host = domain }, Content = new StringContent("old") };
        using var answer = await http.SendAsync(sent);
        Assert.Equal("/form.html localhost 127.0.0.1  new old", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_function_urls_streamed_answer_has_a_typed_head()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Create("events", "provided.al2023", "events", TestFunctions.Typed(), await functions.Role("r"), f => f["Timeout"] = 60);
        var url = new Uri((string)(await functions.Js.Call("lambda", "CreateFunctionUrlConfig", new { FunctionName = "events", AuthType = "NONE", InvokeMode = "RESPONSE_STREAM" }))["FunctionUrl"]!);
        foreach (var action in (string[])["InvokeFunctionUrl", "InvokeFunction"])
            await functions.Js.Call("lambda", "AddPermission", new JsonObject { ["FunctionName"] = "events", ["StatementId"] = action, ["Action"] = "lambda:" + action, ["Principal"] = "*", [action == "InvokeFunction" ? "InvokedViaFunctionUrl" : "FunctionUrlAuthType"] = action == "InvokeFunction" ? true : "NONE" });
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{functions.Server.Port}/a/b") { Headers = { Host = url.Host } };
        using var answer = await http.SendAsync(request);
        Assert.Equal((202, "text/event-stream", "a=1|b=2", "data: GET\n\ndata: /a/b\n\n"),
            ((int)answer.StatusCode, $"{answer.Content.Headers.ContentType}", string.Join('|', answer.Headers.GetValues("Set-Cookie")), await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Every_trigger_of_a_pool_is_typed()
    {
        await using var fixture = await Fixture.Start(new { ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } });
        var functions = new TestFunctions(fixture.Server);
        var arn = (string)(await functions.Create("user", "provided.al2023", "user", TestFunctions.Typed(), await functions.Role("r", "logs:*"), f => f["Timeout"] = 60))["FunctionArn"]!;
        await functions.Js.Call("lambda", "AddPermission", new { FunctionName = "user", StatementId = "pool", Action = "lambda:InvokeFunction", Principal = "cognito-idp.amazonaws.com" });
        var config = new JsonObject { ["PreTokenGenerationConfig"] = new JsonObject { ["LambdaVersion"] = "V3_0", ["LambdaArn"] = arn } };
        foreach (var trigger in (string[])["PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication", "CustomMessage", "DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse", "UserMigration"]) config[trigger] = arn;
        await fixture.Call("UpdateUserPool", new JsonObject { ["UserPoolId"] = fixture.PoolId, ["AutoVerifiedAttributes"] = new JsonArray("email"), ["LambdaConfig"] = config });

        await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } }, ClientMetadata = new { invited = "no" } });
        Assert.Equal("Typed for bob@example.com", (await fixture.Server.Mail.List("bob@example.com"))[0].Subject);
        await fixture.Call("ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = await fixture.MailedCode("bob@example.com") });

        var tokens = (await fixture.SignIn("bob"))["AuthenticationResult"]!;
        var (id, access) = (Fixture.Claims((string)tokens["IdToken"]!), Fixture.Claims((string)tokens["AccessToken"]!));
        Assert.Equal(("3", "3 1", "aws.cognito.signin.user.admin extra", """["typed"]"""), ((string)id["greeting"]!, (string)access["greeting"]!, (string)access["scope"]!, access["cognito:groups"]!.ToJsonString()));

        var challenge = await fixture.Call("InitiateAuth", new { fixture.ClientId, AuthFlow = "CUSTOM_AUTH", AuthParameters = new { USERNAME = "bob", SECRET_HASH = fixture.Hash("bob") } });
        Assert.Equal("6*7", (string)challenge["ChallengeParameters"]!["question"]!);
        Assert.NotNull((await fixture.Call("RespondToAuthChallenge", new { fixture.ClientId, ChallengeName = "CUSTOM_CHALLENGE", Session = (string)challenge["Session"]!, ChallengeResponses = new { USERNAME = "bob", ANSWER = "42", SECRET_HASH = fixture.Hash("bob") } }))["AuthenticationResult"]);

        await fixture.SignIn("moved");
        Assert.Contains((await fixture.Call("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "moved" }))["UserAttributes"]!.AsArray(), one => (string)one!["Value"]! == $"moved@{Fixture.Password}.example");
    }

    [Fact]
    public async Task A_custom_senders_event_is_typed()
    {
        await using var functions = await TestFunctions.Start();
        var js = functions.Js;
        var arn = (string)(await functions.Create("user", "provided.al2023", "user", TestFunctions.Typed(), await functions.Role("r", "logs:*"), f => f["Timeout"] = 60))["FunctionArn"]!;
        await js.Call("lambda", "AddPermission", new { FunctionName = "user", StatementId = "pool", Action = "lambda:InvokeFunction", Principal = "cognito-idp.amazonaws.com" });
        var config = Senders.Config(arn, (string)(await js.Call("kms", "CreateKey"))["KeyMetadata"]!["Arn"]!, "CustomEmailSender");
        var pool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new JsonObject { ["PoolName"] = "p", ["AutoVerifiedAttributes"] = new JsonArray("email"), ["LambdaConfig"] = config }))["UserPool"]!["Id"]!;
        var client = (string)(await js.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c" }))["UserPoolClient"]!["ClientId"]!;
        await js.Call("cognito-identity-provider", "SignUp", new { ClientId = client, Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } }, ClientMetadata = new { lang = "fr" } });
        await functions.Logged("user", "customEmailSenderRequestV1 bob@example.com fr AYADe");
    }

    /// <summary>The window's end comes with the clock.</summary>
    [Fact]
    public async Task A_tumbling_windows_state_is_typed()
    {
        await using var functions = await TestFunctions.Start();
        var js = functions.Js;
        var stream = (string)(await js.Call("dynamodb", "CreateTable", JsonNode.Parse("""{"TableName":"things","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}""")!))["TableDescription"]!["LatestStreamArn"]!;
        await functions.Create("sum", "provided.al2023", "sum", TestFunctions.Typed(), await functions.Role("r", "dynamodb:*", "logs:*"), f => f["Timeout"] = 60);
        await js.Call("lambda", "CreateEventSourceMapping", new { FunctionName = "sum", EventSourceArn = stream, StartingPosition = "TRIM_HORIZON", TumblingWindowInSeconds = 1 });
        await js.Call("dynamodb", "PutItem", JsonNode.Parse("""{"TableName":"things","Item":{"id":{"S":"one"}}}""")!);
        await functions.Logged("sum", "1 in 1 s of things True");
    }
}
